//! The commands of a program's first frames: what is on the buses and runs when it begins.

use engine::{
    BusItems, Command, CommandKind, Deliver, FrameIndex, Issuer, Key, ProgramId, Snapshot,
    StandbyState, Switch,
};
use show::{BusName, OutputId, Show};

/// Commands for the first frames of a program.
pub type Opening = Vec<(FrameIndex, Command)>;

/// The opening of a show: the demo starts on air, any other show waits on PVW.
pub fn opening(show: &Show, is_demo: bool) -> Opening {
    let mut scenes = show.scenes.iter().map(|scene| scene.id);
    let mut script = Opening::new();
    let mut at = 0;
    if is_demo && let Some(first) = scenes.next() {
        script.push(command_at(at, CommandKind::Switch(Switch::Take(first))));
        at = after_takes(show);
    }
    if let Some(next) = scenes.next() {
        script.push(command_at(at, CommandKind::Switch(Switch::LoadScene(next))));
    }
    script
}

/// What a program goes on with.
#[derive(Clone, Copy, Debug)]
pub struct OnBuses<'a> {
    /// What is on PGM.
    pub pgm: &'a BusItems,
    /// What is on PVW.
    pub pvw: &'a BusItems,
    /// Whether the operator has put the standby on air.
    pub standby: bool,
}

impl<'a> OnBuses<'a> {
    /// What a program has.
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let standby = snapshot.standby == StandbyState::ByHand;
        Self { pgm: &snapshot.pgm, pvw: &snapshot.pvw, standby }
    }
}

/// The opening that brings a program back to where it was: this on PGM and on PVW, and then these
/// outputs. What the show does not have any more is left out.
pub fn going_on(show: &Show, buses: OnBuses<'_>, outputs: &[OutputId]) -> Opening {
    let OnBuses { pgm, pvw, standby } = buses;
    let mut script = Opening::new();
    let mut at = 0;
    if standby && show.standby.is_some() {
        script.push(command_at(at, CommandKind::Standby(true)));
    }
    if let Some(mut load) = load(show, pgm) {
        load.push(CommandKind::Switch(Switch::Cut));
        script.push(command_at(at, CommandKind::Batch(load)));
        at = after_takes(show);
    }
    if let Some(load) = load(show, pvw) {
        script.push(command_at(at, CommandKind::Batch(load)));
    }
    // One that is not in the show any more must not keep the others from starting.
    let outputs = outputs.iter().filter(|id| show.output(**id).is_some());
    script.extend(outputs.map(|id| command_at(at, CommandKind::Deliver(Deliver::Start(*id)))));
    script
}

/// What loads an empty PVW with these items; `None` if their layout is gone.
fn load(show: &Show, items: &BusItems) -> Option<Vec<CommandKind>> {
    let scene = items.scene.and_then(|id| show.scene(id));
    let (load, before) = match (scene, items.layout) {
        // A layout that was changed since the scene was loaded is not the scene's.
        (Some(scene), layout) if layout == Some(scene.layout) => {
            (Switch::LoadScene(scene.id), scene.components.as_slice())
        }
        (_, Some(layout)) if show.layout(layout).is_some() => {
            (Switch::LoadLayout(layout), [].as_slice())
        }
        _ => return None,
    };
    let mut kinds = vec![CommandKind::Switch(load)];
    if before != items.components {
        let key = |component, on| CommandKind::Key(Key { bus: BusName::Pvw, component, on });
        let there = items.components.iter().filter(|id| show.component(**id).is_some());
        kinds.extend(before.iter().map(|id| key(*id, false)));
        kinds.extend(there.map(|id| key(*id, true)));
    }
    Some(kinds)
}

/// A frame on which the first take is over: it may wait for its sources, and a load meanwhile would supersede it.
fn after_takes(show: &Show) -> u64 {
    u64::from(show.format.rate.nominal())
}

/// A command of the window for a frame of a program that is about to start.
fn command_at(frame: u64, kind: CommandKind) -> (FrameIndex, Command) {
    let (program, origin) = (ProgramId::default(), Issuer::Window);
    (FrameIndex(frame), Command { program, origin, gesture: None, kind })
}
