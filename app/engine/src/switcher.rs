//! PGM and PVW, and the transitions between them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use show::{
    BusName, ComponentId, ItemId, LayoutId, Pace, SceneId, Show, Source, SourceId, TransitionKind,
};

use crate::{
    BusItems, FrameIndex, Graphic, Picture, Pinned, Prep, PrepKey, PrepState, Rejection,
    SourceState,
};

/// Changes to what is on the buses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// PVW gets a scene: its layout and its graphics.
    LoadScene(SceneId),
    /// PVW gets a layout and keeps its graphics.
    LoadLayout(LayoutId),
    /// Swaps the buses on the next frame; completes a running transition.
    Cut,
    /// Swaps the buses with the show's transition.
    Auto,
    /// PGM becomes what PVW is, with the show's transition; PVW stays ("Synchronize to PGM").
    Sync,
    /// Moves the T-bar, in ten-thousandths of its travel: 0 is back, 10,000 completes.
    Bar(u16),
    /// Brings PGM's items to the present document.
    Update,
    /// Loads the scene and cuts to it, on one frame.
    Take(SceneId),
    /// Loads the layout and cuts to it, on one frame.
    TakeLayout(LayoutId),
}

/// Changes to the graphics of one bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The bus.
    pub bus: BusName,
    /// The graphic.
    pub component: ComponentId,
    /// Whether to show it.
    pub on: bool,
}

/// The full travel of the T-bar.
const BAR_END: u16 = 10_000;

/// The two buses, and the transition between them.
#[derive(Clone, Debug)]
pub struct Switcher {
    pub pgm: Arc<Pinned>,
    pub pvw: BusItems,
    pub transition: Option<Running>,
    /// What stands in for PGM.
    pub standby: Option<Arc<Pinned>>,
    /// What was on PGM before the last take; `None` if that was nothing, or PGM went back to it by itself.
    pub before: Option<BeforeTake>,
    /// The sources whose strips are open if they follow video; changed only by a take or an update
    /// with *follow* on.
    open: BTreeSet<SourceId>,
}

/// What was on PGM before a take.
#[derive(Clone, Debug)]
pub struct BeforeTake {
    pub items: BusItems,
    /// The sources that came with the take.
    brought: BTreeSet<SourceId>,
}

/// A transition that runs.
#[derive(Clone, Debug)]
pub struct Running {
    pub to: Arc<Pinned>,
    pub progress: Progress,
    /// Whether PVW gets what leaves PGM (AUTO, T-bar) or stays (SYNC).
    pub swaps: bool,
    /// Whether the sound follows, as the mixer was set at its start.
    follows: bool,
    /// Whether PGM goes back by itself, since a film has ended.
    returns: bool,
}

/// The progress of a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Automatic: frame `start` shows 1/frames, `start + frames - 1` the whole of the new picture.
    Frames {
        /// The first frame that differs.
        start: FrameIndex,
        /// How many there are.
        frames: u32,
    },
    /// By hand: the T-bar's position in ten-thousandths.
    Hand(u16),
}

impl Progress {
    /// The share of the new picture on frame `n`: numerator and denominator.
    pub fn share(self, n: FrameIndex) -> (u32, u32) {
        match self {
            Self::Frames { start, frames } => {
                let part = (n.0 + 1).saturating_sub(start.0);
                (u32::try_from(part).unwrap_or(frames).min(frames), frames)
            }
            Self::Hand(place) => (u32::from(place), u32::from(BAR_END)),
        }
    }
}

/// The state that a switch depends on, on the frame on which it lands.
pub struct SwitchContext<'a> {
    pub show: &'a Show,
    pub frame: FrameIndex,
    pub sources: &'a BTreeMap<SourceId, SourceState>,
    pub prepared: &'a BTreeMap<PrepKey, PrepState>,
    /// Whether takes move the strips that follow video.
    pub follow: bool,
    /// Whether a take waits for the first picture of what it brings.
    pub holds: bool,
    /// Whether everything counts as ready: only to learn what a take would do.
    pub assume_ready: bool,
}

impl Switcher {
    pub fn new() -> Self {
        let pgm = Pinned::empty();
        let (pvw, open) = (BusItems::default(), BTreeSet::new());
        Self { pgm, pvw, transition: None, standby: None, before: None, open }
    }

    pub fn switch(&mut self, switch: Switch, now: &SwitchContext<'_>) -> Result<(), Rejection> {
        match switch {
            Switch::LoadScene(id) => self.load_scene(id, now),
            Switch::LoadLayout(id) => self.load_layout(id, now),
            Switch::Cut => self.cut(now),
            Switch::Auto => self.start(now, true),
            Switch::Sync => self.start(now, false),
            Switch::Bar(place) => self.move_bar(place, now),
            Switch::Update => {
                self.update(now);
                Ok(())
            }
            Switch::Take(id) => {
                self.load_scene(id, now)?;
                self.cut(now)
            }
            Switch::TakeLayout(id) => {
                self.load_layout(id, now)?;
                self.cut(now)
            }
        }
    }

    fn load_scene(&mut self, id: show::SceneId, now: &SwitchContext<'_>) -> Result<(), Rejection> {
        self.require_no_transition()?;
        let scene = now.show.scene(id).ok_or(Rejection::NotFound(id.into()))?;
        self.pvw = BusItems::of_scene(scene);
        Ok(())
    }

    fn load_layout(&mut self, id: LayoutId, now: &SwitchContext<'_>) -> Result<(), Rejection> {
        self.require_no_transition()?;
        let layout = now.show.layout(id).ok_or(Rejection::NotFound(id.into()))?;
        self.pvw = self.pvw.with_layout(layout.id);
        Ok(())
    }

    fn require_no_transition(&self) -> Result<(), Rejection> {
        if self.transition.is_some() { Err(Rejection::InTransition) } else { Ok(()) }
    }

    fn cut(&mut self, now: &SwitchContext<'_>) -> Result<(), Rejection> {
        let running = match self.transition.take() {
            Some(running) => running,
            None => self.prepare(now, true, Progress::Hand(BAR_END))?,
        };
        self.land(running);
        Ok(())
    }

    fn start(&mut self, now: &SwitchContext<'_>, swaps: bool) -> Result<(), Rejection> {
        self.require_no_transition()?;
        self.transition = Some(self.prepare(now, swaps, automatic(now))?);
        Ok(())
    }

    /// Brings PGM back to what was on it, by itself and with the show's transition; PVW stays.
    pub fn go_back(&mut self, to: Arc<Pinned>, now: &SwitchContext<'_>) -> Result<(), Rejection> {
        self.require_no_transition()?;
        self.require_ready(&to, now)?;
        let (progress, follows) = (automatic(now), now.follow);
        self.transition = Some(Running { to, progress, swaps: false, follows, returns: true });
        Ok(())
    }

    /// Whether a source came to PGM with the last take.
    pub fn brought(&self, source: SourceId) -> bool {
        self.before.as_ref().is_some_and(|before| before.brought.contains(&source))
    }

    fn move_bar(&mut self, place: u16, now: &SwitchContext<'_>) -> Result<(), Rejection> {
        if place > BAR_END {
            return Err(Rejection::BarRange(place));
        }
        match &mut self.transition {
            Some(Running { progress: Progress::Hand(at), .. }) => *at = place,
            Some(_) => return Err(Rejection::InTransition),
            None if place == 0 => return Ok(()),
            None => self.transition = Some(self.prepare(now, true, Progress::Hand(place))?),
        }
        if place == 0 {
            self.transition = None;
        }
        Ok(())
    }

    /// The transition to PVW, if PVW can go on air.
    fn prepare(
        &self,
        now: &SwitchContext<'_>,
        swaps: bool,
        progress: Progress,
    ) -> Result<Running, Rejection> {
        let to = self.pvw.pin(now.show);
        if to.layout.is_none() {
            return Err(Rejection::PvwEmpty);
        }
        if !now.assume_ready {
            self.require_ready(&to, now)?;
        }
        Ok(Running { to, progress, swaps, follows: now.follow, returns: false })
    }

    /// Refuses a bus that cannot go on air yet.
    pub fn require_ready(&self, to: &Pinned, now: &SwitchContext<'_>) -> Result<(), Rejection> {
        if let Some(source) = to.sources.iter().find(|source| !self.is_ready(source, now)) {
            return Err(Rejection::NotReady(source.id));
        }
        if to.preps().any(|prep| !now.prepared.contains_key(&prep.key)) {
            return Err(Rejection::NotPrepared);
        }
        Ok(())
    }

    /// PGM, the incoming bus of a transition, and what stands in for both.
    pub fn on_air(&self) -> impl Iterator<Item = &Arc<Pinned>> {
        let coming = self.transition.as_ref().map(|running| &running.to);
        std::iter::once(&self.pgm).chain(coming).chain(&self.standby)
    }

    /// Whether a source is on air.
    pub fn shows(&self, source: SourceId) -> bool {
        self.on_air().any(|bus| bus.shows(source))
    }

    /// Whether this very bus is on air.
    pub fn has(&self, bus: &Arc<Pinned>) -> bool {
        self.on_air().any(|other| Arc::ptr_eq(other, bus))
    }

    /// A file that starts on its take must be cued, and any other source that is opened must have come to its
    /// first picture, unless it is on PGM already. A lost source does not recover by waiting, and shows its
    /// placeholder; and an empty PGM has nothing to hold meanwhile.
    fn is_ready(&self, source: &Source, now: &SwitchContext<'_>) -> bool {
        if self.shows(source.id) {
            return true;
        }
        let state = now.sources.get(&source.id);
        if source.starts_on_take() {
            return matches!(state, Some(SourceState::Cued | SourceState::Lost));
        }
        let is_opened = source.kind.nature().pace != Pace::Composed;
        let is_held = now.holds && is_opened && self.pgm.layout.is_some();
        !(is_held && matches!(state, None | Some(SourceState::Connecting)))
    }

    fn land(&mut self, running: Running) {
        if running.follows {
            self.open = audible(&running.to);
        }
        let left = std::mem::replace(&mut self.pgm, running.to);
        self.before = (!running.returns && left.layout.is_some()).then(|| {
            let came = self.pgm.sources.iter().filter(|source| !left.shows(source.id));
            let brought = came.map(|source| source.id).collect();
            BeforeTake { items: left.items.clone(), brought }
        });
        if running.swaps {
            self.pvw = left.items.clone();
        }
    }

    /// Moves a transition to frame `n`; true if it landed there.
    pub fn advance(&mut self, n: FrameIndex) -> bool {
        let done = match &self.transition {
            Some(Running { progress: Progress::Frames { start, frames }, .. }) => {
                n.0 + 1 >= start.0 + u64::from(*frames)
            }
            Some(Running { progress: Progress::Hand(place), .. }) => *place == BAR_END,
            None => false,
        };
        if done && let Some(running) = self.transition.take() {
            self.land(running);
        }
        done
    }

    /// What is on air on frame `n`: PGM, or what stands in for it.
    pub fn picture(&self, n: FrameIndex) -> Picture {
        if let Some(standby) = &self.standby {
            return Picture::One(Arc::clone(standby));
        }
        let pgm = Arc::clone(&self.pgm);
        let Some(running) = &self.transition else { return Picture::One(pgm) };
        let (part, whole) = running.progress.share(n);
        Picture::Mix { from: pgm, to: Arc::clone(&running.to), part, whole }
    }

    /// Brings the live graphics of PGM to the present document, each once it is ready; the others
    /// are added to `pending`.
    pub fn follow_live(
        &mut self,
        show: &Show,
        prepared: &BTreeMap<PrepKey, PrepState>,
        pending: &mut Vec<Prep>,
    ) {
        let mut update = |bus: &mut Arc<Pinned>| {
            for index in 0..bus.graphics.len() {
                let old = &bus.graphics[index].component;
                let present = show.component(old.id).filter(|present| present.live);
                let Some(present) = present.filter(|present| *present != old) else { continue };
                let graphic = Graphic::new(present, show);
                let waits = |prep: &&Prep| !prepared.contains_key(&prep.key);
                match graphic.prep.as_ref().filter(waits) {
                    Some(prep) => pending.push(prep.clone()),
                    None => Arc::make_mut(bus).graphics[index] = graphic,
                }
            }
        };
        update(&mut self.pgm);
        if let Some(running) = &mut self.transition {
            update(&mut running.to);
        }
    }

    /// Brings the settings of the sources on air to the present document: they follow at once, as the mixer does.
    pub fn follow_settings(&mut self, show: &Show) {
        let coming = self.transition.as_mut().map(|running| &mut running.to);
        for bus in [&mut self.pgm].into_iter().chain(coming).chain(&mut self.standby) {
            for index in 0..bus.sources.len() {
                let old = &bus.sources[index];
                let present = show.source(old.id).map(|source| source.settings);
                if let Some(settings) = present.filter(|settings| *settings != old.settings) {
                    Arc::make_mut(bus).sources[index].settings = settings;
                }
            }
        }
    }

    pub fn key(&mut self, key: Key, show: &Show) -> Result<(), Rejection> {
        let Key { bus, component, on } = key;
        if on && show.component(component).is_none() {
            return Err(Rejection::NotFound(ItemId::Component(component)));
        }
        match bus {
            BusName::Pvw => set_key(&mut self.pvw.components, component, on),
            BusName::Pgm => {
                let mut pgm = Pinned::clone(&self.pgm);
                set_key(&mut pgm.items.components, component, on)?;
                key_pinned(&mut pgm, component, on, show);
                self.pgm = Arc::new(pgm);
                // The incoming bus counts as PGM, too: the graphic neither fades nor comes back.
                if let Some(running) = &mut self.transition {
                    let mut to = Pinned::clone(&running.to);
                    if set_key(&mut to.items.components, component, on).is_ok() {
                        key_pinned(&mut to, component, on, show);
                        running.to = Arc::new(to);
                    }
                }
                Ok(())
            }
        }
    }

    fn update(&mut self, now: &SwitchContext<'_>) {
        // A layout that was deleted stays on air as it is: an update never makes PGM black.
        let update = |old: &mut Arc<Pinned>| {
            let new = old.items.pin(now.show);
            if new.layout.is_some() || old.layout.is_none() {
                *old = new;
            }
        };
        update(&mut self.pgm);
        if let Some(running) = &mut self.transition {
            update(&mut running.to);
        }
        if now.follow {
            self.open = audible(&self.pgm);
        }
    }

    /// How far the strip of a source that follows video is open on frame `n`, 0 to 1. A source on
    /// both sides of a transition does not dip.
    pub fn share(&self, source: SourceId, n: FrameIndex) -> f32 {
        let before = self.open.contains(&source);
        let running = self.transition.as_ref().filter(|running| running.follows);
        let after = running.map_or(before, |running| audible(&running.to).contains(&source));
        match (running, before, after) {
            (Some(running), false, true) => running.share(n),
            (Some(running), true, false) => 1.0 - running.share(n),
            _ if before => 1.0,
            _ => 0.0,
        }
    }
}

/// The progress of the show's transition from this frame on.
fn automatic(now: &SwitchContext<'_>) -> Progress {
    let frames = match now.show.transition.kind {
        TransitionKind::Cut => 1,
        TransitionKind::Mix => now.show.transition.frames.max(1),
    };
    Progress::Frames { start: now.frame, frames }
}

impl Running {
    fn share(&self, n: FrameIndex) -> f32 {
        let (part, whole) = self.progress.share(n);
        part as f32 / whole as f32
    }
}

/// The sources that a layout has in its mix.
fn audible(bus: &Pinned) -> BTreeSet<SourceId> {
    let Some(layout) = &bus.layout else { return BTreeSet::new() };
    layout.sources().filter(|id| layout.audio_of(*id).in_mix).collect()
}

fn set_key(list: &mut Vec<ComponentId>, id: ComponentId, on: bool) -> Result<(), Rejection> {
    match (list.iter().position(|other| *other == id), on) {
        (None, true) => list.push(id),
        (Some(at), false) => {
            list.remove(at);
        }
        (Some(_), true) => return Err(Rejection::KeyedAlready(id)),
        (None, false) => return Err(Rejection::NotKeyed(id)),
    }
    Ok(())
}

/// Adds or removes one pinned graphic; the others stay as they were pinned.
fn key_pinned(pinned: &mut Pinned, id: ComponentId, on: bool, show: &Show) {
    if !on {
        pinned.graphics.retain(|graphic| graphic.component.id != id);
    } else if let Some(component) = show.component(id) {
        pinned.graphics.push(Graphic::new(component, show));
    }
}
