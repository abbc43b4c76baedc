//! The desk by its labels: what a click or a key asks for, in both languages and at two sizes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use engine::{
    Command, CommandKind, Engine, Issuer, Mix, OutputState, ProgramId, Rejection, Snapshot, Switch,
};
use show::{Db, OutputId, SceneId, SourceId};
use ui::{
    Action, Beginning, Desk, Language, Look, LoudnessLook, Notice, OutputLook, PanelKind,
    PreviewRequest, Reason, Status, theme,
};

/// The demo show with a scene on each bus.
pub fn snapshot() -> Snapshot {
    let mut engine = Engine::new(ProgramId(0), Arc::new(studio::cli::demo::show()));
    let mut ask = |kind| {
        let (program, origin) = (ProgramId(0), Issuer::Window);
        engine.apply(Command { program, origin, gesture: None, kind }).unwrap();
    };
    ask(CommandKind::Switch(Switch::LoadScene(SceneId(41))));
    let mut snapshot = engine.snapshot();
    snapshot.pgm.scene = Some(SceneId(42));
    let scene = snapshot.show.scene(SceneId(42)).unwrap();
    (snapshot.pgm.layout, snapshot.pgm.components) = (Some(scene.layout), scene.components.clone());
    snapshot.on_air = snapshot.pgm.pin(&snapshot.show);
    snapshot
}

/// Something on PGM was edited, and is not on air yet.
pub fn edit_air(snapshot: &mut Snapshot) {
    let mut show = show::Show::clone(&snapshot.show);
    show.layouts[0].panes[0].opacity = 0.5;
    snapshot.show = Arc::new(show);
}

/// What the desk shows of it.
pub fn look(snapshot: Snapshot) -> Look {
    let outputs = snapshot.show.outputs.iter().map(|output| {
        let records = matches!(output.kind, show::OutputKind::Record { .. });
        OutputLook::new(output.id, output.name.clone(), records)
    });
    let mut look = Look::new(Arc::new(snapshot.clone()));
    look.outputs = outputs.collect();
    look.loudness =
        LoudnessLook { peak: [0.1; 2], true_peak: -19.0, short_term: -23.4, integrated: -23.1 };
    look.status = Status { clock: "20:14:03".to_owned(), ..Status::default() };
    look
}

/// A desk that shows `look`, and what was asked of it so far.
pub struct Shown {
    pub harness: Harness<'static>,
    pub look: Rc<RefCell<Look>>,
    /// A panel that is to panic when it is drawn next.
    pub rehearsed: Rc<Cell<Option<PanelKind>>>,
    /// The picture that its dialog wants to see.
    pub preview: Rc<RefCell<Option<PreviewRequest>>>,
    asked: Rc<RefCell<Vec<Action>>>,
}

impl Shown {
    pub fn new(language: Language, size: (f32, f32), look: Look) -> Self {
        Self::begun(Beginning::new(language), size, look)
    }

    /// A desk that begins with what was kept.
    pub fn begun(beginning: Beginning, size: (f32, f32), look: Look) -> Self {
        let look = Rc::new(RefCell::new(look));
        let asked = Rc::new(RefCell::new(Vec::new()));
        let (of_desk, out) = (Rc::clone(&look), Rc::clone(&asked));
        let rehearsed = Rc::new(Cell::new(None));
        let to_fail = Rc::clone(&rehearsed);
        let preview = Rc::new(RefCell::new(None));
        let wanted = Rc::clone(&preview);
        let mut desk = Desk::new(beginning);
        let mut is_new = true;
        let harness = Harness::builder().with_size(vec2(size.0, size.1)).build_ui(move |ui| {
            if std::mem::take(&mut is_new) {
                theme::apply(ui);
                desk.size(ui);
                ui.set_fonts(studio::window::font_definitions());
                // They are there from the next frame on.
                return;
            }
            let look = of_desk.borrow().clone();
            if let Some(part) = to_fail.take() {
                desk.rehearse(part);
            }
            out.borrow_mut().extend(desk.draw(ui, &look));
            *wanted.borrow_mut() = desk.preview().cloned();
        });
        Self { harness, look, rehearsed, preview, asked }
    }

    pub fn click(&mut self, label: &str) -> Vec<Action> {
        self.harness.get_by_label(label).click();
        self.took()
    }

    pub fn key(&mut self, modifiers: Modifiers, key: Key) -> Vec<Action> {
        self.harness.key_press_modifiers(modifiers, key);
        self.took()
    }

    /// Holds a button by the keyboard for longer than it takes to mean it.
    pub fn hold(&mut self, label: &str) -> Vec<Action> {
        self.harness.get_by_label(label).focus();
        self.took();
        self.harness.key_down(Key::Space);
        let mut asked = self.waited();
        self.harness.key_up(Key::Space);
        asked.extend(self.took());
        asked
    }

    /// Holds a key for as long.
    pub fn hold_key(&mut self, modifiers: Modifiers, key: Key) -> Vec<Action> {
        self.harness.key_down_modifiers(modifiers, key);
        let mut asked = self.waited();
        self.harness.key_up_modifiers(modifiers, key);
        asked.extend(self.took());
        asked
    }

    /// The same by the mouse.
    pub fn hold_by_mouse(&mut self, label: &str) -> Vec<Action> {
        let pos = self.harness.get_by_label(label).rect().center();
        self.harness.event(egui::Event::PointerMoved(pos));
        self.took();
        let button = |pressed| egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.harness.event(button(true));
        let mut asked = self.waited();
        self.harness.event(button(false));
        asked.extend(self.took());
        asked
    }

    /// What is asked in two seconds.
    pub fn waited(&mut self) -> Vec<Action> {
        (0..120)
            .flat_map(|_| {
                self.harness.step();
                std::mem::take(&mut *self.asked.borrow_mut())
            })
            .collect()
    }

    pub fn took(&mut self) -> Vec<Action> {
        self.harness.run_steps(3);
        std::mem::take(&mut *self.asked.borrow_mut())
    }
}

pub const SIZES: [(f32, f32); 2] = [(1_280.0, 720.0), (1_920.0, 1_080.0)];

#[test]
fn every_button_asks_for_what_it_says_in_both_languages_at_two_sizes() {
    for size in SIZES {
        for (language, cut, auto, sync, update) in [
            (Language::English, "CUT", "AUTO", "SYNC TO PGM", "Update on air (1)"),
            (Language::Chinese, "硬切", "自动", "同步到播出", "更新播出 (1)"),
        ] {
            let mut shown = snapshot();
            edit_air(&mut shown);
            let mut desk = Shown::new(language, size, look(shown));
            assert_eq!(desk.click(cut), [Action::Cut]);
            assert_eq!(desk.click(auto), [Action::Auto]);
            assert_eq!(desk.click(sync), [Action::Sync]);
            assert_eq!(desk.click(update), [Action::Update]);
            let record = if language == Language::English { "Record" } else { "录制" };
            assert_eq!(desk.click(record), [Action::Start(OutputId(51))]);
        }
    }
}

#[test]
fn a_click_loads_and_shift_or_a_second_click_takes() {
    let mut desk = Shown::new(Language::English, SIZES[0], look(snapshot()));
    let scene = SceneId(43);
    assert_eq!(desk.click("Film and camera"), [Action::LoadScene(scene)]);
    // Colour is not the only sign of what is where.
    desk.harness.get_by_label("Opening, next");
    desk.harness.get_by_label("Camera 1, on air");
    desk.harness.get_by_label("Film and camera").click_modifiers(Modifiers::SHIFT);
    assert_eq!(desk.took(), [Action::TakeScene(scene)]);
}

#[test]
fn keys_are_the_switchers_only_while_no_control_has_them() {
    let mut desk = Shown::new(Language::English, SIZES[0], look(snapshot()));
    let none = Modifiers::NONE;
    assert_eq!(desk.key(none, Key::Space), [Action::Cut]);
    assert_eq!(desk.key(none, Key::Enter), [Action::Auto]);
    assert_eq!(desk.key(none, Key::Num3), [Action::LoadScene(SceneId(43))]);
    assert_eq!(desk.key(Modifiers::COMMAND, Key::Num3), [Action::TakeScene(SceneId(43))]);
    // A control has them: the fader moves, and nothing is cut.
    desk.harness.get_by_role_and_label(Role::Slider, "Camera 1, +0.0 dB").focus();
    assert_eq!(desk.took(), []);
    let lower = Action::Mix(Mix::Fader(SourceId(11), Db(-1.0)));
    assert_eq!(desk.key(none, Key::ArrowDown), [lower]);
    assert!(!desk.key(none, Key::Space).contains(&Action::Cut));
    assert_eq!(desk.key(none, Key::Escape), []);
    assert_eq!(desk.key(none, Key::Space), [Action::Cut]);
}

#[test]
fn an_output_stops_only_when_its_button_is_held() {
    let mut shown = look(snapshot());
    shown.outputs[0].state = Some(OutputState::Live);
    let mut desk = Shown::new(Language::English, SIZES[0], shown);
    assert_eq!(desk.click("Hold to stop"), []);
    let stop = [Action::Stop(OutputId(51))];
    assert_eq!(desk.hold("Hold to stop"), stop, "once, however long it is held");
    // By mouse, too, though what lasts so long is no click; and not if the hand slides off.
    let button = desk.harness.get_by_label("Hold to stop").rect().center();
    desk.harness.drag_at(button);
    assert_eq!(desk.waited(), stop);
    desk.harness.drop_at(button);
    desk.took();
    desk.harness.drag_at(button);
    desk.took();
    desk.harness.hover_at(button + vec2(0.0, 200.0));
    assert_eq!(desk.waited(), []);
}

#[test]
fn what_is_wrong_is_said_on_what_it_is_wrong_with() {
    let mut desk = Shown::new(Language::English, SIZES[0], look(snapshot()));
    {
        let mut look = desk.look.borrow_mut();
        let file = ("path", "media/film.mkv".to_owned());
        look.problems.insert(SourceId(13).into(), Reason::new("trouble-no-picture", [file]));
        look.notices.push(Notice::Rejected(Rejection::PvwEmpty));
    }
    desk.harness.run_steps(2);
    desk.harness.get_by_label(
        "Film, media/film.mkv: neither a JPG, a PNG nor a WebP. Export it as one of these",
    );
    desk.harness.get_by_label("PVW is empty: load a scene or a layout first.");
}

#[test]
fn both_languages_have_every_word() {
    let keys = |language: Language| {
        let lines = language.source().lines().filter_map(|line| line.split_once(" = "));
        lines.map(|(key, value)| (key.to_owned(), value.to_owned())).collect::<BTreeMap<_, _>>()
    };
    let (english, chinese) = (keys(Language::English), keys(Language::Chinese));
    let names = |words: &BTreeMap<String, String>| words.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&english), names(&chinese));
    for language in Language::ALL {
        let words = ui::Translations::new(language);
        for (key, value) in keys(language) {
            let holes = |text: &str| text.matches("{ $").count();
            if holes(&value) == 0 {
                assert_eq!(words.get(&key), value, "{language:?}, {key}");
            }
            // As much is put in in both.
            assert_eq!(holes(&value), holes(&english[&key]), "{key}");
        }
    }
}

#[test]
fn no_word_is_left_over() {
    let mut code = String::new();
    let folders = [
        "ui/src",
        "ui/src/desk",
        "ui/src/dialog",
        "ui/src/widgets",
        "studio/src/window",
        "studio/src/window/files",
    ];
    for folder in folders {
        let folder = format!("{}/../app/{folder}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        for file in files.filter(|file| file.extension().is_some_and(|end| end == "rs")) {
            code += &std::fs::read_to_string(file).unwrap();
        }
    }
    // Faults, their places and refusals are asked for by what names them.
    let by_name = [
        "show/src/check.rs",
        "show/src/faults.rs",
        "show/src/live_url.rs",
        "show/src/settings_check.rs",
        "show/src/edit.rs",
        "engine/src/rejection.rs",
    ];
    for file in by_name {
        let file = format!("{}/../app/{file}", env!("CARGO_MANIFEST_DIR"));
        code += &std::fs::read_to_string(file).unwrap().replace(['_', ' '], "-");
    }
    for line in Language::English.source().lines() {
        let Some((key, _)) = line.split_once(" = ") else { continue };
        // A tip is asked for by the name of what it explains.
        let key = key.trim_end_matches("-tip");
        let whole = code.contains(&format!("\"{key}\""));
        let code_of = ["fault-", "rejected-", "field-"].iter().find_map(|of| key.strip_prefix(of));
        let code_of = code_of.unwrap_or(key);
        assert!(whole || code.contains(&format!("\"{code_of}\"")), "{key}");
    }
}

#[test]
fn a_panel_that_panics_becomes_a_card_and_comes_back() {
    for size in SIZES {
        for (language, card, again) in [
            (Language::English, "failed. The programme goes on.", "Reopen"),
            (Language::Chinese, "播出不受影响", "重新打开"),
        ] {
            let mut desk = Shown::new(language, size, look(snapshot()));
            desk.took();
            for part in [
                PanelKind::Pgm,
                PanelKind::Switching,
                PanelKind::OnAir,
                PanelKind::Sources,
                PanelKind::Mixer,
            ] {
                desk.rehearsed.set(Some(part));
                desk.took();
                assert!(desk.harness.query_by_label_contains(card).is_some(), "{part:?}");
                // The others go on meanwhile.
                assert_eq!(desk.key(Modifiers::NONE, Key::Space), [Action::Cut]);
                assert_eq!(desk.click(again), []);
                assert!(desk.harness.query_by_label_contains(card).is_none(), "{part:?}");
                desk.key(Modifiers::NONE, Key::Escape);
            }
        }
    }
}

#[test]
fn a_strip_says_when_it_is_heard_and_what_a_click_makes_of_it() {
    use show::StripMode::{Afv, Off, On};
    let id = SourceId(11);
    for language in Language::ALL {
        for (mode, key, next) in
            [(Afv, "afv", On), (On, "always-on", Off), (Off, "always-off", Afv)]
        {
            let mut shown = snapshot();
            shown.mixer.strips = vec![show::Strip { mode, ..show::Strip::new(id) }];
            let mut desk = Shown::new(language, SIZES[0], look(shown));
            desk.took();
            let name =
                format!("Camera 1, {}", ui::Translations::new(language).get(&format!("{key}-tip")));
            assert_eq!(desk.click(&name), [Action::Mix(Mix::Mode(id, next))], "{mode:?}");
        }
    }
}
