//! What the engine does by itself: the standby, and what follows the end of a film.

use super::{Engine, EngineState};
use crate::ends;
use crate::signals::StandbyContext;
use crate::switcher::SwitchContext;
use crate::{EventKind, Rejection};

impl Engine {
    pub(super) fn switch_standby(&mut self, on: bool) -> Result<(), Rejection> {
        let EngineState { show, standby, .. } = &mut self.state;
        let before = standby.state();
        if !standby.switch(on, show) {
            return Err(Rejection::NoStandby);
        }
        let state = standby.state();
        if state != before {
            self.event(EventKind::Standby(state));
        }
        Ok(())
    }

    /// Shows what stands in for PGM while its sources are gone.
    pub(super) fn follow_standby(&mut self) {
        let EngineState {
            show, switcher, mixer, sources, signals, prepared, ends, standby, ..
        } = &mut self.state;
        let (frame, mixer) = (self.next, mixer.values());
        let now = StandbyContext { show, frame, switcher, mixer, sources, signals, prepared, ends };
        if standby.follow(&now) {
            let state = standby.state();
            self.derived.stale = true;
            self.event(EventKind::Standby(state));
        }
    }

    /// Brings PGM back once a film on it has ended. What the operator does comes first: a take that waits, and a
    /// transition that runs.
    pub(super) fn follow_ends(&mut self) {
        let EngineState { switcher, sources, ends, arming, .. } = &mut self.state;
        ends.follow(switcher, sources);
        let Some(film) = ends.before_return(switcher) else { return };
        if arming.is_some() || switcher.transition.is_some() {
            return;
        }
        let EngineState { show, switcher, mixer, sources, prepared, .. } = &mut self.state;
        let Some(to) = ends::return_bus(show, switcher) else { return };
        let (frame, follow, holds) = (self.next, mixer.values().follow, self.holds);
        let now =
            SwitchContext { show, frame, sources, prepared, follow, assume_ready: false, holds };
        let items = to.items.clone();
        // One that is not ready yet is asked again on the next frame.
        if switcher.go_back(to, &now).is_ok() {
            self.derived.stale = true;
            self.event(EventKind::WentBack(film));
            self.event(EventKind::Taken(items));
        }
    }
}
