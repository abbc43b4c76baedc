//! What happens to sources, in lines for the command line. The window says it on their thumbnails and in its log.

use std::collections::BTreeMap;

use media::live_health::LiveState;
use media::signal::Lack;
use show::SourceId;

use crate::program::session::Session;

/// Tells what has changed in how sources come in.
#[derive(Default)]
pub struct LiveChanges {
    live: BTreeMap<SourceId, LiveState>,
    lacks: BTreeMap<SourceId, Lack>,
}

impl LiveChanges {
    /// A line for each change since the last call.
    pub fn lines(&mut self, session: &Session) -> Vec<String> {
        let wiring = session.shared.wiring.load();
        let live = wiring.sources.iter().filter_map(|wired| {
            let link = wired.pushed.as_ref()?;
            Some((wired.id, link.live.get()))
        });
        let live: BTreeMap<SourceId, LiveState> = live.collect();
        let lines = live.iter().flat_map(|(id, now)| {
            // What was counted before it was looked at belongs to another program.
            let before = self.live.get(id).unwrap_or(now);
            changes(*before, *now).into_iter().map(move |line| format!("{id}: {line}"))
        });
        let mut lines: Vec<String> = lines.collect();
        self.live = live;
        let supervision = session.shared.snapshot.load().show.supervision;
        let lacks = wiring.sources.iter().filter_map(|wired| {
            let lack = wired.signal.get().lack(&supervision)?;
            Some((wired.id, lack))
        });
        let lacks: BTreeMap<SourceId, Lack> = lacks.collect();
        let known = |id: &SourceId| wiring.sources.iter().any(|wired| wired.id == *id);
        for id in lacks.keys().chain(self.lacks.keys().filter(|id| !lacks.contains_key(id))) {
            let [before, now] = [&self.lacks, &lacks].map(|of| of.get(id).map(|lack| what(*lack)));
            match (before, now) {
                (_, Some(now)) if before != Some(now) => lines.push(format!("{id}: it is {now}")),
                (Some(before), None) if known(id) => {
                    lines.push(format!("{id}: no longer {before}"))
                }
                _ => {}
            }
        }
        self.lacks = lacks;
        lines
    }
}

fn what(lack: Lack) -> &'static str {
    match lack {
        Lack::Black(_) => "black",
        Lack::Frozen(_) => "frozen",
        Lack::Silent(_) => "silent",
    }
}

/// What has changed from one state to another.
fn changes(before: LiveState, now: LiveState) -> Vec<String> {
    let mut lines = Vec::new();
    if now.lates > before.lates {
        let late = now.late / 1_000_000;
        lines.push(format!("late by {late} ms, played that much later from now on"));
    }
    if now.jumps > before.jumps {
        lines.push("its timestamps jumped".to_owned());
    }
    if now.skipped > before.skipped {
        let skipped = now.skipped - before.skipped;
        lines.push(format!("{skipped} pictures left out, they came too late"));
    }
    for (before, now, what) in
        [(before.no_picture, now.no_picture, "pictures"), (before.no_sound, now.no_sound, "sound")]
    {
        match (before, now) {
            (false, true) => lines.push(format!("no {what}")),
            (true, false) => lines.push(format!("{what} again")),
            _ => {}
        }
    }
    lines
}
