//! Keeps a source that starts on its take at its in point.

use engine::{Run, SourceState};
use media::link::SourceLink;
use media::source::{Origin, Seen};

use super::source::Control;

/// Pictures that must wait for a source to count as cued. More are decoded while it stands.
const MIN_CUED: usize = 3;

/// Where a source stands with its takes.
#[derive(Default)]
pub struct Cue {
    take: Option<u32>,
    told: bool,
    runs: bool,
    ended: bool,
}

impl Cue {
    /// Follows how the source is asked to run.
    pub fn follow(
        &mut self,
        run: Run,
        origin: &mut dyn Origin,
        link: &SourceLink,
        control: &Control,
        seen: Seen,
    ) {
        let (take, runs) = match run {
            Run::Free => return,
            Run::Cued(take) => (take, false),
            Run::Since(take, _) => (take, true),
        };
        self.ended |= seen == Seen::Ended;
        if self.take != Some(take) {
            if self.take.is_some() {
                control.tell(SourceState::Connecting, take, None);
                origin.cue(take);
            }
            *self = Self { take: Some(take), ..Self::default() };
        }
        if runs && !self.runs {
            origin.roll();
            control.tell(SourceState::Live, take, None);
        }
        self.runs = runs;
        let ready = self.ended || link.video.fullest() > MIN_CUED.min(media::link::MOST_PICTURES);
        if !runs && !self.told && ready {
            self.told = true;
            control.tell(SourceState::Cued, take, None);
        }
    }
}
