//! The commands of items by their numbers: scenes, strips and graphics in the order of the show.

use egui::{Key as K, Modifiers};
use engine::{Key, Mix};
use show::{BusName, SceneId};

use crate::action::Action;
use crate::command::{
    Category, CommandResult, DeskCommand, Shortcut, Situation, Unavailable, Value, command,
};

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const ALT: Modifiers = Modifiers::ALT;
const SHIFT: Modifiers = Modifiers::SHIFT;

/// Commands of the first items of a kind, for example `scene.load.1` on key 1.
macro_rules! numbered {
    (($id:literal, $words:literal, $of:ident), $category:ident, $modifiers:ident,
     $ask:expr; $($number:literal $key:ident),*) => {
        [$(DeskCommand {
            value: Value::$of($number - 1),
            ..command(
                (concat!($id, ".", $number), $words),
                Category::$category,
                &[Shortcut::switcher($modifiers, K::$key)],
                |now| $ask(now, $number - 1),
            )
        }),*]
    };
}

pub(crate) static LOAD_SCENE: [DeskCommand; 10] = numbered!(
    ("scene.load", "load-item", Scene), Scene, NONE,
    |now, index| scene(now, index, Action::LoadScene);
    1 Num1, 2 Num2, 3 Num3, 4 Num4, 5 Num5, 6 Num6, 7 Num7, 8 Num8, 9 Num9, 10 Num0
);
pub(crate) static TAKE_SCENE: [DeskCommand; 10] = numbered!(
    ("scene.take", "take-item", Scene), Scene, CTRL,
    |now, index| scene(now, index, Action::TakeScene);
    1 Num1, 2 Num2, 3 Num3, 4 Num4, 5 Num5, 6 Num6, 7 Num7, 8 Num8, 9 Num9, 10 Num0
);
pub(crate) static MUTE_STRIP: [DeskCommand; 10] = numbered!(
    ("sound.mute", "mute-strip", Source), Strip, ALT, mute;
    1 Num1, 2 Num2, 3 Num3, 4 Num4, 5 Num5, 6 Num6, 7 Num7, 8 Num8, 9 Num9, 10 Num0
);
pub(crate) static GRAPHIC_ON_PVW: [DeskCommand; 8] = numbered!(
    ("graphic.pvw", "graphic-pvw", Graphic), Graphic, NONE,
    |now, index| graphic(now, index, BusName::Pvw);
    1 F2, 2 F3, 3 F4, 4 F5, 5 F6, 6 F7, 7 F8, 8 F9
);
pub(crate) static GRAPHIC_ON_PGM: [DeskCommand; 8] = numbered!(
    ("graphic.pgm", "graphic-pgm", Graphic), Graphic, SHIFT,
    |now, index| graphic(now, index, BusName::Pgm);
    1 F2, 2 F3, 3 F4, 4 F5, 5 F6, 6 F7, 7 F8, 8 F9
);

/// Loads or takes the scene with this index.
fn scene(now: &Situation<'_>, index: usize, action: fn(SceneId) -> Action) -> CommandResult {
    let scene = now.look.snapshot.show.scenes.get(index);
    scene.map(|scene| action(scene.id)).ok_or(Unavailable::because("no-such-scene"))
}

/// Mutes the strip of the source with this index, or ends that.
fn mute(now: &Situation<'_>, index: usize) -> CommandResult {
    let snapshot = &now.look.snapshot;
    let source = snapshot.show.sources.get(index).ok_or(Unavailable::because("no-such-source"))?;
    let is_muted = snapshot.mixer.strip(source.id).mute;
    Ok(Action::Mix(Mix::Mute(source.id, !is_muted)))
}

/// Shows the graphic with this index on a bus, or takes it away.
fn graphic(now: &Situation<'_>, index: usize, bus: BusName) -> CommandResult {
    let snapshot = &now.look.snapshot;
    let component = snapshot.show.components.get(index);
    let component = component.ok_or(Unavailable::because("no-such-graphic"))?.id;
    let items = if bus == BusName::Pgm { &snapshot.pgm } else { &snapshot.pvw };
    let on = !items.components.contains(&component);
    Ok(Action::Key(Key { bus, component, on }))
}
