//! How the engine takes: at once, or once what comes is ready.

use std::sync::Arc;

use super::{Engine, EngineState};
use crate::arming::{Arming, Batch};
use crate::switcher::SwitchContext;
use crate::{CommandKind, EventKind, Pinned, Rejection, Switch};

impl Engine {
    /// A switch by itself: a take whose sources are not cued yet waits for them.
    pub(super) fn switch(&mut self, switch: Switch) -> Result<(), Rejection> {
        match self.switch_now(switch, false) {
            Err(rejection) if rejection.is_waited_for() => {
                // What a take loads is on PVW by now, where its files are being cued.
                let loads = matches!(switch, Switch::Take(_) | Switch::TakeLayout(_));
                self.arm(if loads { Switch::Cut } else { switch }, None);
                Ok(())
            }
            done => done,
        }
    }

    fn arm(&mut self, switch: Switch, batch: Option<Batch>) {
        let until = Arming::until(self.next, self.state.show.format.rate);
        self.state.arming = Some(Arming { switch, batch, until });
        self.event(EventKind::Arming(switch));
    }

    /// Does all of a batch, on this frame. If a take in it has to wait, all of it waits.
    pub(super) fn land_or_arm(&mut self, mut batch: Batch) -> Result<(), Rejection> {
        let (before, happened) = (self.state.clone(), self.events.len());
        let waits = match self.land(&batch) {
            Err(rejection) if rejection.is_waited_for() => rejection,
            done => return done,
        };
        // What would be refused later is refused now.
        self.state = before.clone();
        let rehearsed = self.rehearse(&batch);
        self.state = before;
        self.events.truncate(happened);
        let (switch, coming) = rehearsed?;
        batch.coming = coming.into();
        self.arm(switch.ok_or(waits)?, Some(batch));
        Ok(())
    }

    fn land(&mut self, batch: &Batch) -> Result<(), Rejection> {
        let (show, history) = (Arc::clone(&self.state.show), self.state.history.clone());
        batch.kinds.iter().try_for_each(|kind| self.apply_one(kind, batch.gesture))?;
        // However many edits a batch holds, it is one step of undo.
        if !Arc::ptr_eq(&show, &self.state.show) {
            self.state.history = history;
            self.state.history.record(&show, batch.gesture);
        }
        Ok(())
    }

    /// Does a batch as if everything was ready: yields its first take that is not, and all that its
    /// switches bring to PGM.
    fn rehearse(&mut self, batch: &Batch) -> Result<(Option<Switch>, Vec<Arc<Pinned>>), Rejection> {
        let (mut first, mut coming) = (None, Vec::new());
        for kind in batch.kinds.iter() {
            let CommandKind::Switch(switch) = kind else {
                self.apply_one(kind, batch.gesture)?;
                continue;
            };
            let before = self.state.switcher.clone();
            self.switch_now(*switch, true)?;
            if *switch == Switch::Update {
                // It waits for nothing.
                continue;
            }
            let now = self.switch_context();
            for bus in self.state.switcher.on_air().filter(|bus| !before.has(bus)) {
                if first.is_none() && before.require_ready(bus, &now).is_err() {
                    first = Some(*switch);
                }
                coming.push(Arc::clone(bus));
            }
        }
        Ok((first, coming))
    }

    pub(super) fn switch_now(
        &mut self,
        switch: Switch,
        assume_ready: bool,
    ) -> Result<(), Rejection> {
        let EngineState { show, switcher, mixer, sources, prepared, .. } = &mut self.state;
        let (pgm, ran) = (Arc::clone(&switcher.pgm), switcher.transition.is_some());
        let follow = mixer.values().follow;
        let frame = self.next;
        let holds = self.holds;
        let now = SwitchContext { show, frame, sources, prepared, follow, assume_ready, holds };
        switcher.switch(switch, &now)?;
        let runs = switcher.transition.as_ref();
        if let Some(running) = runs
            && !ran
        {
            let items = running.to.items.clone();
            self.event(EventKind::Taken(items));
        } else if !Arc::ptr_eq(&pgm, &switcher.pgm) && switch != Switch::Update {
            let items = switcher.pgm.items.clone();
            self.event(if ran { EventKind::Landed } else { EventKind::Taken(items) });
        } else if ran && runs.is_none() {
            self.event(EventKind::Withdrawn);
        }
        Ok(())
    }

    /// Tries the take that waits again: on every frame, so it copies nothing unless it lands.
    pub(super) fn retry_armed_take(&mut self) {
        let Some(arming) = self.state.arming.take() else { return };
        self.derived.stale = true;
        let done = match &arming.batch {
            None => self.switch_now(arming.switch, false),
            Some(batch) => match self.require_coming(batch) {
                Ok(()) => self.land_whole(batch),
                waits => waits,
            },
        };
        let Err(rejection) = done else { return };
        if rejection.is_waited_for() && self.next < arming.until {
            self.state.arming = Some(arming);
        } else {
            self.event(EventKind::Rejected(rejection));
        }
    }

    /// Lands a batch, or leaves everything as it was.
    fn land_whole(&mut self, batch: &Batch) -> Result<(), Rejection> {
        let (before, happened) = (self.state.clone(), self.events.len());
        let done = self.land(batch);
        if done.is_err() {
            self.state = before;
            self.events.truncate(happened);
        }
        done
    }

    fn require_coming(&self, batch: &Batch) -> Result<(), Rejection> {
        let now = self.switch_context();
        batch.coming.iter().try_for_each(|bus| self.state.switcher.require_ready(bus, &now))
    }

    /// What a switch would depend on now.
    fn switch_context(&self) -> SwitchContext<'_> {
        let EngineState { show, sources, prepared, mixer, .. } = &self.state;
        let (frame, follow, holds) = (self.next, mixer.values().follow, self.holds);
        SwitchContext { show, frame, sources, prepared, follow, assume_ready: false, holds }
    }
}
