//! Cues a source that starts on its take, and starts it.

use engine::{Run, SourceState};
use media::link::SourceLink;
use media::source::{Observation, Origin};

use super::source::Control;

/// A source counts as cued once more pictures than this wait. More are decoded while it is cued.
const MIN_CUED: u32 = 2;

/// The cue state of a source.
#[derive(Default)]
pub struct Cue {
    take: Option<u32>,
    reported: bool,
    runs: bool,
    ended: bool,
}

impl Cue {
    /// Cues or starts the source as its control demands, and reports its state.
    pub fn update(
        &mut self,
        run: Run,
        origin: &mut dyn Origin,
        link: &SourceLink,
        control: &Control,
        seen: Observation,
    ) {
        let (take, runs) = match run {
            Run::Free | Run::Paused => return,
            Run::Cued(take) => (take, false),
            Run::Since(take, _) => (take, true),
        };
        self.ended |= seen == Observation::Ended;
        if self.take != Some(take) {
            if self.take.is_some() {
                control.report(SourceState::Connecting, take, None);
                origin.cue(take);
            }
            *self = Self { take: Some(take), ..Self::default() };
        }
        if runs && !self.runs {
            origin.roll();
            control.report(SourceState::Live, take, None);
        }
        self.runs = runs;
        // Those of an earlier take may still wait for the reader.
        // One with few pictures, or none, has all that it will ever have.
        let has_sound = link.audio.pushed(take) > 0;
        let has_all = link.video.is_complete(take) && has_sound;
        let ready = self.ended || has_all || link.video.pushed(take) > MIN_CUED;
        if !runs && !self.reported && ready {
            self.reported = true;
            control.report(SourceState::Cued, take, None);
        }
    }
}
