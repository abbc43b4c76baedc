//! The table of all commands. Menus, the palette, keys, buttons and tooltips read it, and so can other
//! controllers.

use egui::{Key, Modifiers};
use engine::{Mix, StandbyState};
use show::{OutputId, Transition, TransitionKind};

use crate::action::{Action, MonitorChange, OpenDialog, ShowFile, ViewChange};
use crate::command::{
    Category, CommandResult, DeskCommand, Press, Shortcut, Situation, Unavailable, Value, command,
};
use crate::film_commands::FILM;
use crate::language::Language;
use crate::numbered_commands::{
    GRAPHIC_ON_PGM, GRAPHIC_ON_PVW, LOAD_SCENE, MUTE_STRIP, TAKE_SCENE,
};
use crate::waiting::waiting_changes;

/// All of them, in the order of the menus.
pub fn all() -> impl Iterator<Item = &'static DeskCommand> {
    let numbered: [&[DeskCommand]; 5] =
        [&LOAD_SCENE, &TAKE_SCENE, &MUTE_STRIP, &GRAPHIC_ON_PVW, &GRAPHIC_ON_PGM];
    let others: [&[DeskCommand]; 8] = [&SHOW, &EDIT, &SWITCH, &FILM, &OUTPUT, &SOUND, &VIEW, &HELP];
    others.into_iter().chain(numbered).flatten()
}

/// Finds a command by its id.
pub fn find(id: &str) -> Option<&'static DeskCommand> {
    all().find(|command| command.id == id)
}

/// User interface scales that are offered, in percent.
pub const SCALES: [u32; 4] = [100, 125, 150, 200];

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const NONE: Modifiers = Modifiers::NONE;

/// A key with Ctrl, wherever the focus is.
const fn ctrl(key: Key) -> Shortcut {
    Shortcut::everywhere(CTRL, key)
}

/// The action if the condition holds, else the reason.
fn if_so(is_so: bool, action: Action, reason: &'static str) -> CommandResult {
    if is_so { Ok(action) } else { Err(Unavailable::because(reason)) }
}

/// The same where the engine decides: the desk sees its state some frames late.
fn if_engine_agrees(is_so: bool, action: Action, reason: &'static str) -> CommandResult {
    if is_so { Ok(action) } else { Err(Unavailable { reason, action: Some(Box::new(action)) }) }
}

const fn show_command(
    names: (&'static str, &'static str),
    keys: &'static [Shortcut],
    ask: fn(&Situation<'_>) -> CommandResult,
) -> DeskCommand {
    command(names, Category::Show, keys, ask)
}

static SHOW: [DeskCommand; 8] = [
    show_command(("show.start", "start-panel"), &[], |_| Ok(Action::Open(OpenDialog::Start))),
    show_command(("show.new", "new-show"), &[ctrl(Key::N)], |_| Ok(Action::File(ShowFile::New))),
    show_command(("show.open", "open-show"), &[ctrl(Key::O)], |_| {
        Ok(Action::Open(OpenDialog::OpenShow))
    }),
    show_command(("show.save", "save"), &[ctrl(Key::S)], |now| {
        let file = &now.look.file;
        let save = match file.path {
            Some(_) => Action::File(ShowFile::Save),
            None => Action::Open(OpenDialog::SaveAs),
        };
        if_so(file.is_changed || file.path.is_none(), save, "nothing-to-save")
    }),
    show_command(("show.save-as", "save-as"), &[Shortcut::everywhere(CTRL_SHIFT, Key::S)], |_| {
        Ok(Action::Open(OpenDialog::SaveAs))
    }),
    show_command(("show.recover", "recover"), &[], |now| {
        let is_left = now.look.recovery.is_some();
        if_so(is_left, Action::Open(OpenDialog::Recovery), "nothing-to-recover")
    }),
    show_command(("show.settings", "settings"), &[ctrl(Key::Comma)], |_| {
        Ok(Action::Open(OpenDialog::Settings))
    }),
    show_command(("desk.quit", "quit"), &[ctrl(Key::Q)], |_| Ok(Action::Close)),
];

const fn edit_command(
    names: (&'static str, &'static str),
    keys: &'static [Shortcut],
    ask: fn(&Situation<'_>) -> CommandResult,
) -> DeskCommand {
    command(names, Category::Edit, keys, ask)
}

static EDIT: [DeskCommand; 7] = [
    edit_command(("edit.undo", "undo"), &[Shortcut::desk(CTRL, Key::Z)], |now| {
        let (undo, _) = now.look.snapshot.history;
        if_engine_agrees(undo > 0, Action::Undo, "rejected-nothing-to-undo")
    }),
    edit_command(
        ("edit.redo", "redo"),
        &[Shortcut::desk(CTRL_SHIFT, Key::Z), Shortcut::desk(CTRL, Key::Y)],
        |now| {
            let (_, redo) = now.look.snapshot.history;
            if_engine_agrees(redo > 0, Action::Redo, "rejected-nothing-to-redo")
        },
    ),
    edit_command(("edit.add-media", "add-media"), &[ctrl(Key::M)], |_| {
        Ok(Action::Open(OpenDialog::AddMedia))
    }),
    edit_command(("edit.new-layout", "new-layout"), &[ctrl(Key::L)], |now| {
        let has_room = now.look.snapshot.show.counted_layouts() < show::MAX_LAYOUTS;
        if_so(has_room, Action::Open(OpenDialog::NewLayout), "fault-too-many-layouts")
    }),
    edit_command(("edit.save-scene", "save-scene"), &[], |now| {
        let save = Action::Open(OpenDialog::SaveScene);
        if_so(now.look.snapshot.pvw.layout.is_some(), save, "rejected-pvw-empty")
    }),
    edit_command(("edit.add-picture", "add-picture"), &[], |_| {
        Ok(Action::Open(OpenDialog::AddPicture))
    }),
    edit_command(("edit.add-text", "add-text"), &[], |_| Ok(Action::Open(OpenDialog::AddText))),
];

const fn switch_command(
    names: (&'static str, &'static str),
    keys: &'static [Shortcut],
    ask: fn(&Situation<'_>) -> CommandResult,
) -> DeskCommand {
    command(names, Category::Switch, keys, ask)
}

/// A command that brings PVW to PGM.
fn take_pvw(now: &Situation<'_>, action: Action) -> CommandResult {
    if_engine_agrees(now.look.snapshot.pvw.layout.is_some(), action, "rejected-pvw-empty")
}

const STANDBY_OFF: &[Shortcut] = &[Shortcut::switcher(Modifiers::SHIFT, Key::S)];

static SWITCH: [DeskCommand; 7] = [
    switch_command(("switch.cut", "cut"), &[Shortcut::switcher(NONE, Key::Space)], |now| {
        take_pvw(now, Action::Cut)
    }),
    switch_command(("switch.auto", "auto"), &[Shortcut::switcher(NONE, Key::Enter)], |now| {
        take_pvw(now, Action::Auto)
    }),
    switch_command(("switch.sync", "sync"), &[], |now| take_pvw(now, Action::Sync)),
    switch_command(("switch.update", "update"), &[], |now| {
        let snapshot = &now.look.snapshot;
        let is_on_air = snapshot.pgm.layout.is_some();
        let reason = if is_on_air { "nothing-to-update" } else { "nothing-on-air" };
        if_engine_agrees(waiting_changes(snapshot) > 0, Action::Update, reason)
    }),
    // Two keys: in a hurry one is pressed twice, and must not bring back what was to be hidden.
    switch_command(("switch.standby", "standby"), &[Shortcut::switcher(NONE, Key::S)], |now| {
        let snapshot = &now.look.snapshot;
        match (snapshot.show.standby, snapshot.standby) {
            (None, _) => Ok(Action::Open(OpenDialog::Standby)),
            (_, state) => {
                let is_off = state != StandbyState::ByHand;
                if_engine_agrees(is_off, Action::Standby(true), "standby-already")
            }
        }
    }),
    DeskCommand {
        press: Press::Held,
        ..switch_command(("switch.standby-off", "standby-off"), STANDBY_OFF, |now| {
            let is_on = now.look.snapshot.standby != StandbyState::Off;
            if_so(is_on, Action::Standby(false), "standby-not-on")
        })
    },
    switch_command(("switch.transition", "transition"), &[], |now| {
        let transition = now.look.snapshot.show.transition;
        let kind = match transition.kind {
            TransitionKind::Cut => TransitionKind::Mix,
            TransitionKind::Mix => TransitionKind::Cut,
        };
        Ok(Action::Transition(Transition { kind, ..transition }))
    }),
];

/// Running or idle outputs, of streams or of recordings.
fn outputs(now: &Situation<'_>, records: bool, run: bool) -> Vec<OutputId> {
    let of_kind = now.look.outputs.iter().filter(|output| output.records == records);
    of_kind.filter(|output| output.runs() == run).map(|output| output.id).collect()
}

/// Starts all idle streams or recordings.
fn start(
    now: &Situation<'_>,
    records: bool,
    none: &'static str,
    all: &'static str,
) -> CommandResult {
    let idle = outputs(now, records, false);
    let is_none = idle.is_empty() && outputs(now, records, true).is_empty();
    let reason = if is_none { none } else { all };
    if_so(!idle.is_empty(), Action::StartAll(idle), reason)
}

/// Stops all running streams or recordings.
fn stop(now: &Situation<'_>, records: bool, none: &'static str) -> CommandResult {
    let running = outputs(now, records, true);
    if_so(!running.is_empty(), Action::StopAll(running), none)
}

const fn output_command(
    names: (&'static str, &'static str),
    (press, keys): (Press, &'static [Shortcut]),
    ask: fn(&Situation<'_>) -> CommandResult,
) -> DeskCommand {
    DeskCommand { press, ..command(names, Category::Output, keys, ask) }
}

/// Going out and coming back have keys of their own: pressed twice, neither does the opposite.
const GO_LIVE: &[Shortcut] = &[Shortcut::switcher(CTRL, Key::G)];
const STOP_LIVE: &[Shortcut] = &[Shortcut::switcher(CTRL_SHIFT, Key::G)];
const RECORD: &[Shortcut] = &[Shortcut::switcher(CTRL, Key::R)];
const STOP_RECORDING: &[Shortcut] = &[Shortcut::switcher(CTRL_SHIFT, Key::R)];

static OUTPUT: [DeskCommand; 6] = [
    output_command(("output.add-destination", "new-destination"), (Press::Once, &[]), |_| {
        Ok(Action::Open(OpenDialog::NewDestination))
    }),
    output_command(("output.go-live", "start-streams"), (Press::Held, GO_LIVE), |now| {
        start(now, false, "all-live-none", "all-live-already")
    }),
    output_command(("output.stop-live", "stop-streams"), (Press::Held, STOP_LIVE), |now| {
        stop(now, false, "all-live-stopped")
    }),
    output_command(("output.record", "start-recordings"), (Press::Once, RECORD), |now| {
        start(now, true, "all-record-none", "all-record-already")
    }),
    output_command(
        ("output.stop-recording", "stop-recordings"),
        (Press::Held, STOP_RECORDING),
        |now| stop(now, true, "all-record-stopped"),
    ),
    output_command(("output.reset-losses", "reset-losses"), (Press::Once, &[]), |now| {
        if_so(now.look.has_losses(), Action::ResetLosses, "no-losses")
    }),
];

static SOUND: [DeskCommand; 3] = [
    DeskCommand {
        on: Some(|now| now.look.snapshot.mixer.follow),
        ..command(("sound.follow", "follow-takes"), Category::Sound, &[], |now| {
            Ok(Action::Mix(Mix::Follow(!now.look.snapshot.mixer.follow)))
        })
    },
    command(("sound.clear-solo", "clear-solo"), Category::Sound, &[], |now| {
        let solo = &now.look.snapshot.solo;
        let clear = Action::Unsolo(solo.iter().copied().collect());
        if_so(!solo.is_empty(), clear, "clear-solo-none")
    }),
    DeskCommand {
        on: Some(|now| now.look.monitor.mute),
        ..command(
            ("sound.mute-monitor", "monitor-mute"),
            Category::Sound,
            &[Shortcut::switcher(NONE, Key::M)],
            |now| Ok(Action::Listen(MonitorChange::Mute(!now.look.monitor.mute))),
        )
    },
];

/// An option of the View menu.
const fn view_option(
    names: (&'static str, &'static str),
    value: Value,
    ask: fn(&Situation<'_>) -> CommandResult,
    on: fn(&Situation<'_>) -> bool,
) -> DeskCommand {
    DeskCommand { value, on: Some(on), ..command(names, Category::View, &[], ask) }
}

/// One of several numbers of the View menu.
macro_rules! numbered {
    ($id:literal, $words:literal, $value:literal, $number:literal, $change:ident, $field:ident) => {
        view_option(
            (concat!($id, ".", $number), $words),
            Value::Text($value, stringify!($number)),
            |_| Ok(Action::View(ViewChange::$change($number))),
            |now| now.views.$field == $number,
        )
    };
}

static VIEW: [DeskCommand; 14] = [
    view_option(
        ("view.safe-areas", "safe-areas"),
        Value::None,
        |now| Ok(Action::View(ViewChange::SafeAreas(!now.views.safe_areas))),
        |now| now.views.safe_areas,
    ),
    view_option(
        ("view.source-labels", "source-labels"),
        Value::None,
        |now| Ok(Action::View(ViewChange::Labels(!now.views.labels))),
        |now| now.views.labels,
    ),
    numbered!("view.monitor-rate", "monitor-rate", "rate", 5, MonitorRate, monitor_rate),
    numbered!("view.monitor-rate", "monitor-rate", "rate", 13, MonitorRate, monitor_rate),
    numbered!("view.monitor-rate", "monitor-rate", "rate", 25, MonitorRate, monitor_rate),
    numbered!("view.monitor-rate", "monitor-rate", "rate", 50, MonitorRate, monitor_rate),
    numbered!("view.scale", "scale", "percent", 100, Scale, scale),
    numbered!("view.scale", "scale", "percent", 125, Scale, scale),
    numbered!("view.scale", "scale", "percent", 150, Scale, scale),
    numbered!("view.scale", "scale", "percent", 200, Scale, scale),
    view_option(
        ("view.language.en", "language"),
        Value::Text("name", Language::English.name()),
        |_| Ok(Action::Speak(Language::English)),
        |now| now.language == Language::English,
    ),
    view_option(
        ("view.language.zh-cn", "language"),
        Value::Text("name", Language::Chinese.name()),
        |_| Ok(Action::Speak(Language::Chinese)),
        |now| now.language == Language::Chinese,
    ),
    command(("view.reset-arrangement", "reset-arrangement"), Category::View, &[], |_| {
        Ok(Action::View(ViewChange::ResetArrangement))
    }),
    command(("view.palette", "palette"), Category::View, &[ctrl(Key::K)], |_| {
        Ok(Action::Open(OpenDialog::Palette))
    }),
];

static HELP: [DeskCommand; 2] = [
    command(("help.keys", "keys"), Category::Help, &[Shortcut::everywhere(NONE, Key::F1)], |_| {
        Ok(Action::Open(OpenDialog::Keys))
    }),
    command(("help.about", "about"), Category::Help, &[], |_| Ok(Action::Open(OpenDialog::About))),
];
