//! Screens and windows of this computer, as the dialog of a source lists them.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use media::source::OpenError;
use media::source::screen::ScreenError;
use show::{Edit, Item, ScreenArea, ScreenSource, SourceId, SourceKind};
use studio::window::reasons;
use ui::{Action, Language, ScreensLook};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::{CTRL, desk, words};

fn found() -> ScreensLook {
    let name = str::to_owned;
    ScreensLook {
        desktop: (3_840, 1_080),
        monitors: vec![(name("HDMI-1"), (1_920, 1_080)), (name("DP-2"), (1_920, 1_080))],
        windows: vec![(name("XTerm"), name("top")), (name("Helper"), String::new())],
    }
}

/// A desk with the dialog of a new screen, once it is known what there is.
fn dialog(language: Language, size: (f32, f32)) -> Shown {
    let mut desk = desk(language, size);
    desk.key(CTRL, Key::M);
    let mut asked = desk.press(&words(language, "media-screen"));
    asked.extend(desk.took());
    asked.extend(desk.took());
    assert_eq!(asked, [Action::ListScreens], "it is asked for once");
    desk.look.borrow_mut().screens = Some(Arc::new(Ok(found())));
    desk.took();
    desk
}

/// Opens the list, which asks again what there is, and chooses one of it.
fn choose(desk: &mut Shown, language: Language, name: &str) {
    let label = words(language, "screen-area");
    desk.harness.get_by_role_and_label(Role::ComboBox, &label).click();
    assert_eq!(desk.took(), [Action::ListScreens]);
    desk.press(name);
}

/// The source that is asked for.
fn source_of(asked: &[Action]) -> (String, ScreenSource) {
    let [Action::Edit(edits)] = asked else { panic!("{asked:?}") };
    let [Edit::Add(Item::Source(source)) | Edit::Replace(Item::Source(source))] = &edits[..] else {
        panic!("{edits:?}")
    };
    let SourceKind::Screen(screen) = source.kind.clone() else { panic!("{source:?}") };
    (source.name.clone(), screen)
}

#[test]
fn the_desktop_monitors_and_windows_are_listed_and_one_is_chosen() {
    let window = |class: &str, title: Option<&str>| ScreenArea::Window {
        class: class.to_owned(),
        title: title.map(str::to_owned),
    };
    let monitor = ScreenArea::Monitor { name: "DP-2".to_owned() };
    for size in SIZES {
        for (language, desktop, second, any) in [
            (
                Language::English,
                "Whole desktop · 3840 × 1080",
                "Monitor DP-2 · 1920 × 1080",
                "Helper (any window)",
            ),
            (
                Language::Chinese,
                "整个桌面 · 3840 × 1080",
                "显示器 DP-2 · 1920 × 1080",
                "Helper（任意窗口）",
            ),
        ] {
            let add = words(language, "add");
            let mut new = dialog(language, size);
            let (_, screen) = source_of(&new.press(&add));
            let area = ScreenArea::Desktop;
            assert_eq!(screen, ScreenSource { area, cursor: true, rate: None });
            for (name, area, called) in [
                (second, monitor.clone(), None),
                ("top · XTerm", window("XTerm", Some("top")), Some("top")),
                (any, window("Helper", None), Some("Helper")),
            ] {
                let mut new = dialog(language, size);
                choose(&mut new, language, name);
                new.click(&words(language, "show-cursor"));
                let (source, screen) = source_of(&new.press(&add));
                assert_eq!(screen, ScreenSource { area, cursor: false, rate: None });
                assert!(called.is_none_or(|called| called == source), "{source}");
            }
            // Its title may change: any window of its program will do, and that can be taken back.
            let any_title = words(language, "screen-any-title");
            let mut new = dialog(language, size);
            assert!(!new.has(&any_title), "a desktop has no title");
            choose(&mut new, language, "top · XTerm");
            new.click(&any_title);
            new.click(&any_title);
            new.click(&any_title);
            assert_eq!(source_of(&new.press(&add)).1.area, window("XTerm", None));
            assert!(!new.has(desktop));
        }
    }
}

#[test]
fn why_nothing_is_listed_is_said() {
    let error = ScreenError::Server("EIO".to_owned());
    let reason = reasons::problem(&OpenError::Screen(error).into());
    for (language, said) in [
        (
            Language::English,
            "the X server cannot be reached: EIO. Check that a desktop with X11 runs, and DISPLAY.",
        ),
        (Language::Chinese, "无法连接 X 服务器：EIO。请检查 X11 桌面是否在运行，以及 DISPLAY。"),
    ] {
        let mut desk = dialog(language, SIZES[0]);
        assert!(!desk.has(said));
        desk.look.borrow_mut().screens = Some(Arc::new(Err(reason.clone())));
        desk.took();
        assert!(desk.has(said));
    }
}

#[test]
fn a_source_whose_window_is_not_open_stays_as_it_is_when_another_thing_is_changed() {
    let mut shown = snapshot();
    let mut show = (*shown.show).clone();
    let film = show.sources.iter_mut().find(|source| source.id == SourceId(13)).unwrap();
    let (class, title) = ("Gone".to_owned(), Some("away".to_owned()));
    let area = ScreenArea::Window { class, title };
    let screen = ScreenSource { area, cursor: false, rate: Some(12) };
    film.kind = SourceKind::Screen(screen.clone());
    shown.show = Arc::new(show);
    let mut desk = Shown::new(Language::English, SIZES[0], look(shown));
    desk.look.borrow_mut().screens = Some(Arc::new(Ok(found())));
    let cell = desk.harness.query_all_by_role(Role::Button).rfind(|node| {
        node.accesskit_node().label().unwrap_or_default().split(", ").next() == Some("Film")
    });
    cell.unwrap().focus();
    desk.took();
    desk.key(Modifiers::NONE, Key::Menu);
    desk.press("Edit…");
    desk.write("Name", "Slides");
    let (name, edited) = source_of(&desk.press("Apply"));
    assert_eq!((name.as_str(), edited), ("Slides", screen));
}
