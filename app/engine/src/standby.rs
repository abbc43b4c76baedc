//! What stands in for PGM: by hand, or by itself while PGM's sources are gone.
//!
//! PGM goes on below it: it can be switched meanwhile, and is what comes back.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use show::{FrameRate, LayoutId, Pace, SceneId, Show};

use crate::signals::{StandbyContext, brings_nothing};
use crate::switcher::Switcher;
use crate::{BusItems, FrameIndex, Pinned, PrepState, SourceState};

/// For how long PGM must be well before it comes back by itself, in milliseconds: what comes and goes would flicker.
const BACK_MILLIS: u32 = 1_000;

/// Whether something stands in for PGM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandbyState {
    /// PGM is on air.
    #[default]
    Off,
    /// It came by itself, and goes by itself.
    Automatic,
    /// The operator wants it: it stays until the operator takes it away.
    ByHand,
}

/// The standby of a program.
#[derive(Clone, Debug, Default)]
pub struct LiveStandby {
    state: StandbyState,
    /// Since when PGM brings nothing.
    gone: Option<FrameIndex>,
    /// Since when they are not.
    well: Option<FrameIndex>,
    /// The operator took it away while they were gone: it does not come again before they were back.
    is_dismissed: bool,
    /// Whether PGM's graphics are above what is shown.
    keeps_graphics: bool,
    /// What PGM was when it came by itself.
    over: Option<(Option<SceneId>, Option<LayoutId>)>,
}

impl LiveStandby {
    pub fn state(&self) -> StandbyState {
        self.state
    }

    /// Shows it or takes it away, as the operator wishes. False if there is none to be shown.
    pub fn switch(&mut self, on: bool, show: &Show) -> bool {
        if on && show.standby_source().is_none() {
            return false;
        }
        self.is_dismissed = !on && self.gone.is_some();
        self.state = if on { StandbyState::ByHand } else { StandbyState::Off };
        true
    }

    /// Follows PGM's sources; true if the state has changed.
    pub fn follow(&mut self, now: &StandbyContext<'_>) -> bool {
        let is_gone = brings_nothing(now);
        let since = |before: Option<FrameIndex>, is_so: bool| {
            if is_so { before.or(Some(now.frame)) } else { None }
        };
        (self.gone, self.well) = (since(self.gone, is_gone), since(self.well, !is_gone));
        self.is_dismissed &= is_gone;
        let before = self.state;
        match before {
            StandbyState::Off if self.is_due(now) => {
                self.state = StandbyState::Automatic;
                self.over = Some(identity(now.switcher));
            }
            StandbyState::Automatic if self.is_over(now) => self.state = StandbyState::Off,
            _ => {}
        }
        self.state != before
    }

    fn is_due(&self, now: &StandbyContext<'_>) -> bool {
        let after = now.show.standby.and_then(|standby| standby.after_millis);
        let rate = now.show.format.rate;
        let is_late = after.is_some_and(|after| has_lasted(self.gone, now.frame, rate, after));
        is_late && !self.is_dismissed && is_ready(now)
    }

    /// What the operator takes is shown at once if it is well.
    fn is_over(&self, now: &StandbyContext<'_>) -> bool {
        let rate = now.show.format.rate;
        let is_other = self.over != Some(identity(now.switcher));
        let is_well = self.well.is_some_and(|_| is_other);
        is_well || has_lasted(self.well, now.frame, rate, BACK_MILLIS)
    }

    /// What is shown, if something stands in for PGM: what was pinned when it came, since no edit changes what is on
    /// air, with PGM's graphics as they are by now.
    pub fn bus(
        &mut self,
        show: &Show,
        pgm: &Pinned,
        before: Option<Arc<Pinned>>,
    ) -> Option<Arc<Pinned>> {
        if self.state == StandbyState::Off {
            return None;
        }
        let mut bus = match (before, show.standby) {
            (Some(before), _) => before,
            (None, Some(standby)) => {
                self.keeps_graphics = standby.keeps_graphics;
                Arc::new(Pinned::new(BusItems::default(), Some(standby.layout()), show))
            }
            (None, None) => return None,
        };
        if self.keeps_graphics && bus.graphics != pgm.graphics {
            let bus = Arc::make_mut(&mut bus);
            bus.items.components.clone_from(&pgm.items.components);
            bus.graphics.clone_from(&pgm.graphics);
        }
        Some(bus)
    }
}

fn has_lasted(since: Option<FrameIndex>, now: FrameIndex, rate: FrameRate, millis: u32) -> bool {
    since.is_some_and(|since| now.0 >= since.0 + FrameIndex::in_millis(rate, millis))
}

fn identity(switcher: &Switcher) -> (Option<SceneId>, Option<LayoutId>) {
    (switcher.pgm.items.scene, switcher.pgm.items.layout)
}

/// Whether the standby has something to show: it never comes by itself in place of a last picture otherwise.
fn is_ready(now: &StandbyContext<'_>) -> bool {
    let Some(source) = now.show.standby_source() else { return false };
    if source.kind.nature().pace != Pace::Composed {
        let state = now.sources.get(&source.id);
        return matches!(state, Some(SourceState::Live | SourceState::Cued | SourceState::Ended));
    }
    let Some(standby) = now.show.standby else { return false };
    let bus = Pinned::new(BusItems::default(), Some(standby.layout()), now.show);
    bus.preps().all(|prep| now.prepared.get(&prep.key) == Some(&PrepState::Ready))
}
