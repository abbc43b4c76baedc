//! What happens to live sources, in lines for the command line. The window says it on their thumbnails and in its log.

use std::collections::BTreeMap;

use media::live_health::LiveState;
use show::SourceId;

use crate::program::session::Session;

/// Tells what has changed in how live sources come in.
#[derive(Default)]
pub struct LiveChanges(BTreeMap<SourceId, LiveState>);

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
            let before = self.0.get(id).unwrap_or(now);
            changes(*before, *now).into_iter().map(move |line| format!("{id}: {line}"))
        });
        let lines = lines.collect();
        self.0 = live;
        lines
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
