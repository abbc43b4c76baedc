//! A show is built by hand: sources, layouts, scenes, graphics and settings by their dialogs.

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use engine::{CommandKind, OutputState};
use show::{
    AssetKind, BusName, ComponentId, ComponentKind, Edit, Feed, Item, ItemId, KeyChange, LayoutId,
    LoginChange, OutputId, OutputKind, Show, SourceId, SourceKind,
};
use std::path::PathBuf;
use std::sync::Arc;
use ui::{Action, Chosen, FilePurpose, Language, Paths, Reason};

use crate::desk::{SIZES, Shown, look, snapshot};

pub const CTRL: Modifiers = Modifiers::COMMAND;

pub fn desk(language: Language, size: (f32, f32)) -> Shown {
    Shown::new(language, size, look(snapshot()))
}

/// What the show becomes if this is done; every edit must be one that can be made.
pub fn done(show: &Show, actions: &[Action]) -> Show {
    let mut show = show.clone();
    for action in actions {
        let kinds = match action.command() {
            Some(CommandKind::Batch(kinds)) => kinds,
            Some(kind) => vec![kind],
            None => Vec::new(),
        };
        for kind in kinds {
            if let CommandKind::Edit(engine::EditCommand::Do(edit)) = kind {
                show = show.apply(&edit).unwrap_or_else(|error| panic!("{edit:?}: {error}"));
            }
        }
    }
    show
}

impl Shown {
    pub fn show(&self) -> Arc<Show> {
        Arc::clone(&self.look.borrow().snapshot.show)
    }

    /// Writes into the line of text of this name, over what is there.
    pub fn write(&mut self, label: &str, text: &str) -> Vec<Action> {
        let role = |role| self.harness.query_by_role_and_label(role, label);
        let line = role(Role::TextInput).or_else(|| role(Role::PasswordInput));
        line.unwrap_or_else(|| panic!("no line of text is called {label}")).focus();
        self.took();
        self.harness.key_press_modifiers(CTRL, Key::A);
        self.took();
        self.harness.event(Event::Text(text.to_owned()));
        self.took()
    }

    pub fn press(&mut self, label: &str) -> Vec<Action> {
        self.harness.get_by_role_and_label(Role::Button, label).click();
        self.took()
    }

    pub fn drag(&mut self, from: egui::Pos2, to: egui::Pos2) -> Vec<Action> {
        self.harness.drag_at(from);
        let mut asked = self.took();
        for part in [0.3, 0.7, 1.0] {
            self.harness.hover_at(from.lerp(to, part));
            asked.extend(self.took());
        }
        self.harness.drop_at(to);
        asked.extend(self.took());
        asked
    }

    pub fn has(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }
}

/// The words of a key in this language.
pub fn words(language: Language, key: &str) -> String {
    ui::Translations::new(language).get(key)
}

#[test]
fn media_of_each_kind_is_added_in_both_languages_at_two_sizes() {
    for size in SIZES {
        for language in Language::ALL {
            let say = |key: &str| words(language, key);
            let mut desk = desk(language, size);
            let before = desk.show();
            let mut add = |kind: &str, fill: &dyn Fn(&mut Shown)| -> show::Source {
                desk.key(CTRL, Key::M);
                desk.click(&say(kind));
                fill(&mut desk);
                let asked = desk.press(&say("add"));
                let edits: Vec<_> =
                    asked.iter().filter(|action| action.command().is_some()).cloned().collect();
                assert_eq!(edits.len(), 1, "one step of undo: {asked:?}");
                done(&before, &edits).sources.last().unwrap().clone()
            };
            let live = add("media-live", &|desk| {
                desk.write(&say("url"), "rtmp://127.0.0.1/live/one");
                desk.write(&say("name"), "Guest");
            });
            let url = "rtmp://127.0.0.1/live/one".to_owned();
            assert_eq!(live.kind, SourceKind::Live { url, latency_millis: 200 });
            assert_eq!(live.name, "Guest");
            let film = add("media-file", &|desk| {
                desk.write(&say("path"), "/films/Ferry.mp4");
                desk.click(&say("play-loop"));
                desk.click(&say("hidden-play-on"));
            });
            let SourceKind::File(play) = film.kind else { panic!("{film:?}") };
            assert_eq!((play.end, play.starts()), (show::FileEnd::Loop, show::Start::Free));
            assert_eq!(play.hidden, show::WhenHidden::PlayOn);
            assert_eq!(film.name, "Ferry", "a file gives its name");
            // What follows its end is chosen, and said, for one that plays once.
            for (end, key) in [
                (show::FileEnd::Once, "hold"),
                (show::FileEnd::Black, "black"),
                (show::FileEnd::Standby, "standby"),
                (show::FileEnd::Back, "back"),
            ] {
                // The dialog begins with the kind that was added last, whose label its path has as well.
                add("media-colour", &|_| {});
                let film = add("media-file", &|desk| {
                    desk.write(&say("path"), "/films/Ferry.mp4");
                    desk.click(&say(&format!("film-end-{key}")));
                    let why = if key == "standby" { "no-standby" } else { key };
                    let is_said = key == "hold" || desk.has(&say(&format!("film-end-why-{why}")));
                    assert!(is_said, "{key}");
                    desk.click(&say("play-loop"));
                    assert!(!desk.has(&say(&format!("film-end-{key}"))));
                    desk.click(&say("play-once"));
                    desk.click(&say(&format!("film-end-{key}")));
                });
                let SourceKind::File(play) = film.kind else { panic!("{film:?}") };
                assert_eq!((play.end, play.starts()), (end, show::Start::OnTake));
            }
            let picture = add("media-picture", &|desk| {
                desk.write(&say("path"), "/pictures/logo.png");
            });
            assert!(matches!(picture.kind, SourceKind::Still { .. }));
            let colour = add("media-colour", &|_| {});
            assert!(matches!(colour.kind, SourceKind::Colour { .. }));
            let pattern = add("media-pattern", &|_| {});
            assert_eq!(pattern.kind, SourceKind::TestPattern { tag: 1 });
            let bars = add("media-pattern", &|desk| {
                let label = say("pattern-picture");
                desk.harness.get_by_role_and_label(Role::ComboBox, &label).click();
                desk.took();
                desk.click(&say("pattern-ebu-bars"));
                desk.click(&say("tone-18"));
                assert!(!desk.has(&say("pattern-tag")));
            });
            let (picture, tone) = (show::StandardPicture::EbuBars, show::Tone::Minus18);
            let pattern = show::StandardPattern { picture, tone };
            assert_eq!(bars.kind, SourceKind::StandardPattern(pattern));
        }
    }
}

#[test]
fn what_is_wrong_is_said_at_its_field_and_is_not_asked_for() {
    let mut desk = desk(Language::English, SIZES[0]);
    desk.key(CTRL, Key::M);
    desk.press("Live stream");
    desk.write("URL", "no url");
    assert!(desk.has("Write it like rtmp://host/app/stream, or what GStreamer opens."));
    assert_eq!(desk.press("Add"), []);
    desk.write("URL", "rtmp://host/app/stream");
    desk.write("Source name in SEI", "camera-1");
    assert!(desk.has("Another source has this name in SEI: give each its own."));
    assert_eq!(desk.press("Add"), []);
}

#[test]
fn paths_are_completed_pasted_and_browsed_for() {
    let mut desk = desk(Language::English, SIZES[0]);
    desk.key(CTRL, Key::M);
    let asked = desk.write("File", "/films/Fe");
    assert_eq!(asked.last(), Some(&Action::Complete("/films/Fe".to_owned())));
    let entries = vec!["/films/Ferry 1.mp4".to_owned(), "/films/Ferry 2.mp4".to_owned()];
    let paths = Paths { of: "/films/Fe".to_owned(), entries };
    desk.look.borrow_mut().paths = Some(Arc::new(paths));
    desk.took();
    // Tab goes as far as there is no choice.
    let asked = desk.key(Modifiers::NONE, Key::Tab);
    assert_eq!(asked.last(), Some(&Action::Complete("/films/Ferry ".to_owned())));
    let asked = desk.press("Browse…");
    assert_eq!(asked, [Action::Browse(FilePurpose::Media)]);
    let no = Chosen::NoDialog(Reason::new("portal-silent", []));
    desk.look.borrow_mut().chosen = Some((FilePurpose::Media, no));
    desk.took();
    desk.look.borrow_mut().chosen = None;
    desk.took();
    let said =
        "No file dialog: the desktop's portal does not answer. Type or paste the path instead.";
    assert!(desk.has(said));
    let file = Chosen::File(PathBuf::from("/films/Other.mkv"));
    desk.look.borrow_mut().chosen = Some((FilePurpose::Media, file));
    desk.took();
    desk.look.borrow_mut().chosen = None;
    let asked = desk.press("Add");
    let show = done(&desk.show(), &asked);
    assert_eq!(show.assets.last().unwrap().path, "/films/Other.mkv");
    assert_eq!(show.sources.last().unwrap().name, "Other");
}

#[test]
fn a_layout_is_made_by_dragging_sources_onto_its_panes() {
    for size in SIZES {
        for language in Language::ALL {
            let say = |key| words(language, key);
            let mut desk = desk(language, size);
            desk.key(CTRL, Key::L);
            let empty: Vec<_> = desk
                .harness
                .query_all_by_role(Role::ComboBox)
                .map(|pane| pane.rect().center_bottom() + egui::vec2(0.0, 40.0))
                .collect();
            assert_eq!(empty.len(), 2, "side by side at first");
            assert_eq!(desk.press(&say("save-to-pvw")), [], "its panes are empty");
            let source = |desk: &Shown, name: &str| {
                let all = desk.harness.query_all_by_role(Role::Button);
                let found = all.filter(|node| {
                    let label = node.accesskit_node().label().unwrap_or_default();
                    label.starts_with(name) && node.rect().left() > size.0 / 2.0
                });
                found.collect::<Vec<_>>().pop().expect(name).rect().center()
            };
            let camera = source(&desk, "Camera 2");
            desk.drag(camera, empty[0]);
            desk.drag(camera, empty[1]);
            assert_eq!(desk.press(&say("save-to-pvw")), [], "the same source twice");
            let film = source(&desk, "Film");
            desk.drag(film, empty[1]);
            let asked = desk.press(&say("save-to-pvw"));
            let show = done(&desk.show(), &asked);
            let layout = show.layouts.last().unwrap();
            let feeds: Vec<Feed> = layout.panes.iter().map(|pane| pane.feed).collect();
            assert_eq!(feeds, [12, 13].map(|id| Feed::Source(SourceId(id))));
            let made = asked.iter().find(|action| matches!(action, Action::All(_))).unwrap();
            let Action::All(parts) = made else { unreachable!() };
            assert_eq!(parts.last(), Some(&Action::LoadLayout(layout.id)));
        }
    }
}

#[test]
fn a_source_is_shown_alone_by_a_click_and_its_layout_is_made_once() {
    let mut desk = desk(Language::English, SIZES[0]);
    // The demo has a layout of Camera 1 alone, and none of the film.
    let film = |desk: &Shown| {
        let all = desk.harness.query_all_by_label("Film");
        all.last().expect("the film's cell").rect().center()
    };
    let at = film(&desk);
    desk.harness.hover_at(at);
    desk.harness.drag_at(at);
    desk.harness.drop_at(at);
    let asked = desk.took();
    let show = done(&desk.show(), &asked);
    let layout = show.layouts.last().unwrap();
    assert_eq!((layout.name.as_str(), layout.panes.len()), ("Film", 1));
    assert_eq!(layout.panes[0].feed, Feed::Source(SourceId(13)));
}

#[test]
fn pvw_becomes_a_scene_and_items_are_renamed_and_removed() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let mut desk = desk(language, SIZES[0]);
        desk.press(&say("save-scene-short"));
        desk.write(&say("name"), "Evening");
        // Enter is as good as the button.
        let asked = desk.key(Modifiers::NONE, Key::Enter);
        let show = done(&desk.show(), &asked);
        let scene = show.scenes.last().unwrap();
        assert_eq!((scene.name.as_str(), scene.layout), ("Evening", LayoutId(22)));
        assert_eq!(scene.components, [31, 32].map(ComponentId));
        desk.harness.get_by_label("Film and camera").focus();
        desk.took();
        desk.key(Modifiers::NONE, Key::F2);
        desk.write(&say("name"), "Ferry");
        let asked = desk.key(Modifiers::NONE, Key::Enter);
        assert_eq!(done(&desk.show(), &asked).scenes[2].name, "Ferry");
        desk.harness.get_by_label("Film and camera").focus();
        desk.took();
        let asked = desk.key(Modifiers::NONE, Key::Delete);
        assert_eq!(asked, [Action::Edit(vec![Edit::Remove(show::SceneId(43).into())])]);
    }
}

#[test]
fn graphics_are_added_on_pvw_and_changed_while_they_are_seen() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let mut desk = desk(language, SIZES[0]);
        desk.click(&say("graphics"));
        let asked = desk.press(&say("add-text-short"));
        let show = done(&desk.show(), &asked);
        let text = show.components.last().unwrap().clone();
        let on = engine::Key { bus: BusName::Pvw, component: text.id, on: true };
        let Some(Action::All(parts)) = asked.first() else { panic!("{asked:?}") };
        assert_eq!(parts.last(), Some(&Action::Key(on)));
        // It is in the show now, and open.
        let mut snapshot = desk.look.borrow().snapshot.as_ref().clone();
        snapshot.show = Arc::new(show);
        desk.look.borrow_mut().snapshot = Arc::new(snapshot);
        desk.took();
        let changed = |asked: &[Action]| -> show::Component {
            let [Action::Adjust(edit)] = asked else { panic!("{asked:?}") };
            let Edit::Replace(Item::Component(component)) = &**edit else { panic!("{edit:?}") };
            component.clone()
        };
        desk.harness.get_by_label(&say("at-top-right")).click();
        let asked = desk.took();
        assert_eq!(changed(&asked[..1]).place.anchor, show::Anchor::TopRight);
        desk.harness.get_by_label(&say("nudge-left")).click();
        let asked = desk.took();
        let moved = changed(&asked[..1]).place;
        // From where it was just put, whether the document has that yet or not.
        assert!((moved.x - (-0.05 - 0.005)).abs() < 1e-9, "{moved:?}");
    }
}

#[test]
fn a_picture_is_added_as_a_graphic() {
    let mut desk = desk(Language::English, SIZES[0]);
    desk.click("Graphics");
    desk.press("+ Picture");
    desk.write("File", "/pictures/ds.png");
    let asked = desk.press("Add to PVW");
    let show = done(&desk.show(), &asked);
    let ComponentKind::Image { asset, .. } = show.components.last().unwrap().kind else {
        panic!("{:?}", show.components.last());
    };
    let asset = show.asset(asset).unwrap();
    assert_eq!((asset.path.as_str(), asset.kind), ("/pictures/ds.png", AssetKind::Picture));
}

/// What is not edited here follows the show; what was removed elsewhere does not come back.
#[test]
fn settings_follow_what_changes_beside_them() {
    let mut desk = desk(Language::English, SIZES[0]);
    desk.key(CTRL, Key::Comma);
    desk.click("Recordings");
    let change = |desk: &Shown, change: &dyn Fn(&mut Show)| {
        let mut look = desk.look.borrow_mut();
        let mut snapshot = engine::Snapshot::clone(&look.snapshot);
        change(Arc::make_mut(&mut snapshot.show));
        look.snapshot = Arc::new(snapshot);
    };
    change(&desk, &|show| show.outputs[0].name = "Archive".to_owned());
    desk.took();
    assert_eq!(desk.press("Apply"), [], "nothing was edited here");
    let name = |desk: &Shown| {
        let line = desk.harness.get_by_role_and_label(Role::TextInput, "Name");
        line.accesskit_node().value().unwrap_or_default()
    };
    assert_eq!(name(&desk), "Archive");
    // What is being written is kept.
    desk.write("Name", "Mine");
    change(&desk, &|show| show.outputs[0].name = "Theirs".to_owned());
    desk.took();
    assert_eq!(name(&desk), "Mine");
    change(&desk, &|show| show.outputs.clear());
    desk.took();
    assert!(desk.has(&words(Language::English, "no-recordings")));
    desk.took();
    assert!(!desk.has("Apply"), "it does not come back");
}

#[test]
fn settings_change_format_destinations_and_recordings_with_their_reasons() {
    for language in Language::ALL {
        let say = |key| words(language, key);
        let mut desk = desk(language, SIZES[0]);
        desk.key(CTRL, Key::Comma);
        desk.harness.get_by_role_and_label(Role::Tab, &say("destinations")).click();
        desk.took();
        desk.press(&say("add-destination"));
        desk.write(&say("url"), "rtmp://host/app?key=open");
        assert!(desk.has(&say("fault-bad-url")));
        desk.write(&say("url"), "rtmp://host/app");
        desk.write(&say("stream-key"), "not-to-be-seen");
        desk.harness.get_by_role_and_label(Role::Button, &say("apply")).scroll_to_me();
        desk.took();
        let asked = desk.press(&say("apply"));
        let show = done(&desk.show(), &asked);
        let output = show.outputs.last().unwrap();
        let OutputKind::Rtmp { url, key } = &output.kind else { panic!("{output:?}") };
        assert_eq!(url, "rtmp://host/app");
        let typed = Some("not-to-be-seen".to_owned());
        let change = KeyChange { key: typed, login: LoginChange::Keep };
        let kept = Action::KeepKey(key.clone(), change);
        assert!(asked.contains(&kept));
        assert!(!format!("{asked:?}").contains("not-to-be-seen"), "a key is never written out");
    }
}

#[test]
fn a_format_is_not_changed_while_something_goes_out() {
    let mut desk = desk(Language::English, SIZES[0]);
    let choose = |desk: &mut Shown| {
        desk.key(CTRL, Key::Comma);
        let combo = desk.harness.query_all_by_role(Role::ComboBox).next().unwrap().rect();
        desk.harness.hover_at(combo.center());
        desk.harness.drag_at(combo.center());
        desk.harness.drop_at(combo.center());
        desk.took();
        desk.click("1920 × 1080");
        desk.press("Apply")
    };
    let format = show::Format { raster: show::Raster::Uhd, rate: show::FrameRate::R25 };
    assert_eq!(choose(&mut desk), [Action::Format(format)]);
    desk.key(Modifiers::NONE, Key::Escape);
    desk.key(Modifiers::NONE, Key::Escape);
    desk.look.borrow_mut().outputs[0].state = Some(OutputState::Live);
    assert_eq!(choose(&mut desk), []);
    assert!(
        desk.has("Stop every stream and recording first: the format cannot change while they run.")
    );
}

#[test]
fn items_are_opened_by_their_menu() {
    let mut desk = desk(Language::English, SIZES[0]);
    let all = desk.harness.query_all_by_label("Film");
    all.last().expect("the film's cell").click_secondary();
    desk.took();
    desk.click("Edit…");
    assert!(desk.has("Start on its take"), "the dialog of a file");
    desk.write("Name", "Ferry");
    let asked = desk.press("Apply");
    assert_eq!(done(&desk.show(), &asked).source(SourceId(13)).unwrap().name, "Ferry");
}

#[test]
fn outputs_that_are_removed_or_unknown_ask_for_nothing_else() {
    let mut desk = desk(Language::English, SIZES[0]);
    desk.key(CTRL, Key::Comma);
    desk.harness.get_by_role_and_label(Role::Tab, "Recordings").click();
    desk.took();
    desk.harness.get_by_role_and_label(Role::Button, "Remove").scroll_to_me();
    desk.took();
    let id = ItemId::Output(OutputId(51));
    assert_eq!(desk.press("Remove"), [Action::Edit(vec![Edit::Remove(id)])]);
}
