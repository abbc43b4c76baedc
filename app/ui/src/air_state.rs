//! What the head of the window says of all streams, or of all recordings: true at arm's length.

use engine::OutputState;

use crate::look::OutputLook;
use crate::translations::Translations;
use crate::units::hours;

/// How all outputs of a kind are doing together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AirState {
    /// None was started.
    Off,
    /// None is live yet, or again.
    Connecting {
        /// How many were started.
        started: usize,
    },
    /// None is live: what was sent last waits to be acknowledged.
    Stalled {
        /// How many were started.
        started: usize,
    },
    /// None is live, and none is on its way.
    Failed {
        /// How many were started.
        started: usize,
    },
    /// Some are live.
    Live {
        /// How many are.
        live: usize,
        /// How many were started.
        started: usize,
        /// Seconds since the first acknowledged picture, or written frame, of the one that has run for longest.
        seconds: u64,
    },
}

impl AirState {
    /// Of the streams, or of the recordings, among these outputs.
    pub fn of(outputs: &[OutputLook], records: bool) -> Self {
        let started = || outputs.iter().filter(|o| o.records == records && o.runs());
        let are = |states: &[OutputState]| {
            started().filter(|output| output.state.is_some_and(|s| states.contains(&s))).count()
        };
        let live = are(&[OutputState::Live]);
        let coming = are(&[OutputState::Connecting, OutputState::Reconnecting]);
        let waiting = are(&[OutputState::Slow, OutputState::Stalled]);
        let all = started().count();
        match (all, live, coming, waiting) {
            (0, ..) => Self::Off,
            (_, 0, 0, 0) => Self::Failed { started: all },
            (_, 0, 0, _) => Self::Stalled { started: all },
            (_, 0, ..) => Self::Connecting { started: all },
            _ => {
                let is_live = |output: &&OutputLook| output.state == Some(OutputState::Live);
                let seconds = started().filter(is_live).map(|output| output.seconds).max();
                Self::Live { live, started: all, seconds: seconds.unwrap_or(0) }
            }
        }
    }

    /// Whether all that was started is live.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Live { live, started, .. } if live == started)
    }

    /// In words. One output alone is not counted.
    pub fn text(self, records: bool, words: &Translations) -> String {
        let of = |live: &'static str, rec: &'static str| if records { rec } else { live };
        let said = match self {
            Self::Off => words.get(of("live-off", "rec-off")),
            Self::Connecting { started } => {
                words.with(of("live-connecting", "rec-connecting"), "count", count(0, started))
            }
            Self::Stalled { started } => {
                words.with(of("live-stalled", "rec-stalled"), "count", count(0, started))
            }
            Self::Failed { started } => {
                words.with(of("live-failed", "rec-failed"), "count", count(0, started))
            }
            Self::Live { live, started, seconds } => {
                let (count, time) = (count(live, started), hours(seconds));
                words.with_two(of("live-for", "rec-for"), ("count", &count), ("time", &time))
            }
        };
        said.trim_end().to_owned()
    }
}

/// `3/5 `, or nothing for one alone.
fn count(live: usize, started: usize) -> String {
    if started > 1 { format!("{live}/{started} ") } else { String::new() }
}
