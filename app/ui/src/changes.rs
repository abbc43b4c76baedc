//! What changed since the last frame: notices for the operator.

use std::collections::BTreeMap;

use engine::{OutputState, SourceState, StandbyState, Tally};
use show::{FileEnd, LayoutId, OutputId, SceneId, SourceId};

use crate::look::{Look, Notice};
use crate::source_look::LiveLook;

/// The states as of the last frame.
#[derive(Debug, Default)]
pub struct Changes {
    outputs: BTreeMap<OutputId, OutputState>,
    sources: BTreeMap<SourceId, SourceState>,
    live: BTreeMap<SourceId, LiveLook>,
    on_air: (Option<SceneId>, Option<LayoutId>),
    standby: StandbyState,
}

impl Changes {
    /// Compares with the last frame; yields a notice for each change that matters.
    pub fn follow(&mut self, look: &Look) -> Vec<Notice> {
        let mut told = Vec::new();
        told.extend(self.on_air(look));
        told.extend(self.standby(look));
        for output in &look.outputs {
            let Some(state) = output.state else { continue };
            let before = self.outputs.insert(output.id, state);
            if before != Some(state) {
                told.extend(of_output(before, (state, output.records), &output.name));
            }
        }
        for (id, state) in &look.snapshot.sources {
            let before = self.sources.insert(*id, *state);
            if let Some(source) = look.snapshot.show.source(*id)
                && before != Some(*state)
            {
                let is_on_air = look.snapshot.tally.get(id) == Some(&Tally::Program);
                let ended = *state == SourceState::Ended && is_on_air;
                told.extend(match ended {
                    true => of_film_on_air(look, source),
                    false => of_source(before, *state, &source.name),
                });
            }
        }
        for (id, known) in &look.sources {
            let (Some(now), Some(source)) = (known.live, look.snapshot.show.source(*id)) else {
                continue;
            };
            if let Some(before) = self.live.insert(*id, now) {
                told.extend(of_live(before, now, &source.name));
            }
        }
        self.live.retain(|id, _| look.sources.contains_key(id));
        self.outputs.retain(|id, _| {
            look.outputs.iter().any(|output| output.id == *id && output.state.is_some())
        });
        self.sources.retain(|id, _| look.snapshot.sources.contains_key(id));
        told
    }

    fn standby(&mut self, look: &Look) -> Option<Notice> {
        let snapshot = &look.snapshot;
        let before = std::mem::replace(&mut self.standby, snapshot.standby);
        let name = || snapshot.show.standby_source().map(|source| source.name.clone());
        let name = || name().unwrap_or_default();
        match (before, snapshot.standby) {
            (before, now) if before == now => None,
            (_, StandbyState::Automatic) => Some(Notice::Error("told-standby", name())),
            (_, StandbyState::AfterFilm) => {
                Some(Notice::LogOnly("told-standby-after-film", name()))
            }
            (_, StandbyState::ByHand) => Some(Notice::LogOnly("told-standby-by-hand", name())),
            (StandbyState::Automatic, StandbyState::Off) => {
                Some(Notice::Done("told-standby-over", name()))
            }
            (_, StandbyState::Off) => Some(Notice::LogOnly("told-standby-over", name())),
        }
    }

    fn on_air(&mut self, look: &Look) -> Option<Notice> {
        let (pgm, show) = (&look.snapshot.pgm, &look.snapshot.show);
        let on_air = (pgm.scene, pgm.layout);
        if std::mem::replace(&mut self.on_air, on_air) == on_air {
            return None;
        }
        let scene = pgm.scene.and_then(|id| show.scene(id)).map(|scene| &scene.name);
        let layout = pgm.layout.and_then(|id| show.layout(id)).map(|layout| &layout.name);
        Some(Notice::LogOnly("told-on-air", scene.or(layout)?.clone()))
    }
}

fn of_output(
    before: Option<OutputState>,
    (state, records): (OutputState, bool),
    name: &str,
) -> Option<Notice> {
    use OutputState::{Connecting, Failed, Live, Reconnecting, Slow, Stalled, Stopped};
    let name = name.to_owned();
    Some(match state {
        Connecting => return None,
        Live if matches!(before, Some(Stalled | Reconnecting | Failed)) => {
            Notice::Done("told-output-again", name)
        }
        Live if before == Some(Slow) => return None,
        Live => Notice::LogOnly("told-output-live", name),
        Slow => Notice::LogOnly("told-output-slow", name),
        Stalled | Reconnecting if records => Notice::Error("told-recording-stalled", name),
        Stalled => Notice::Error("told-output-stalled", name),
        Reconnecting => Notice::Error("told-output-reconnecting", name),
        Failed => Notice::Error("told-output-failed", name),
        Stopped => Notice::LogOnly("told-output-stopped", name),
    })
}

/// What changed in how a live source comes in: for the log alone, since its thumbnail says it.
fn of_live(before: LiveLook, now: LiveLook, name: &str) -> Vec<Notice> {
    let changes = [
        (now.lates > before.lates, "told-source-late"),
        (now.jumps > before.jumps, "told-source-jumped"),
        (now.skipped > before.skipped, "told-source-skipped"),
        (now.no_picture && !before.no_picture, "told-source-no-picture"),
        (now.no_sound && !before.no_sound, "told-source-no-sound"),
    ];
    let told = changes.into_iter().filter(|(is_new, _)| *is_new);
    told.map(|(_, key)| Notice::LogOnly(key, name.to_owned())).collect()
}

/// What viewers see of a film that has ended. That the standby has come or that PGM goes back is told by itself.
fn of_film_on_air(look: &Look, film: &show::Source) -> Option<Notice> {
    let pinned = look.snapshot.on_air.sources.iter().find(|source| source.id == film.id);
    let end = pinned.unwrap_or(film).end().unwrap_or(FileEnd::Once);
    let name = film.name.clone();
    match end {
        FileEnd::Black => Some(Notice::Error("told-film-black", name)),
        FileEnd::Back if look.snapshot.transition.is_some() => None,
        // Viewers see a picture that stands, and hear nothing of it any more.
        _ => Some(Notice::Error("told-film-ended", name)),
    }
}

fn of_source(before: Option<SourceState>, state: SourceState, name: &str) -> Option<Notice> {
    use SourceState::{Connecting, Cued, Ended, Live, Lost, Stalled};
    let name = name.to_owned();
    Some(match state {
        Connecting | Cued => return None,
        Live if matches!(before, Some(Stalled | Lost)) => Notice::Done("told-source-again", name),
        Live => return None,
        Stalled => Notice::Error("told-source-stalled", name),
        Lost => Notice::Error("told-source-lost", name),
        Ended => Notice::LogOnly("told-source-ended", name),
    })
}
