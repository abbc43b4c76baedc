//! Files chosen by the desktop: where it has no dialog, that is said, and soon.

use std::fs;
use std::ops::Range;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use show::{FrameRate, Show};
use studio::storage::file_dialog::{FileChoice, FileDialog, FileKind};
use studio::storage::settings;
use tests::bus::Bus;
use tests::canary::{Fault, real_time, within};
use tests::display::Display;
use tests::shows;
use tests::time::{self, PATIENCE};

use crate::window::{open, tags};

/// What is said of a bus that has no file chooser, and after how long.
fn said(bus: &str) -> (&'static str, Duration) {
    let browse = FileDialog::on(Some(bus.to_owned()));
    let began = time::now();
    assert!(browse.show(FileKind::Media, "Add media", None));
    assert!(!browse.show(FileKind::Media, "Add media", None), "one dialog at a time");
    let done = time::wait_for(PATIENCE, || browse.done());
    let took = began.elapsed();
    let Some(FileChoice::NoPortal(FileKind::Media, reason)) = done else { panic!("{done:?}") };
    assert!(reason.to_string().ends_with("Type or paste the path instead"), "{reason}");
    assert!(!browse.is_open());
    assert!(browse.show(FileKind::SaveShow, "Save the show", Some(Path::new("/tmp"))), "once more");
    (reason.code(), took)
}

#[test]
fn without_a_portal_browse_says_so() {
    real_time("no file chooser", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| format!("unix:path={}", folder.path().join(name).display());
        let _listens_and_says_nothing = UnixListener::bind(folder.path().join("silent")).unwrap();
        let bus = Bus::start(folder.path(), &at("bus"));
        for (address, code) in [
            (at("nobody"), "no_bus"),
            (at("silent"), "portal_silent"),
            (bus.address.clone(), "no_portal"),
        ] {
            let (said, took) = said(&address);
            assert!(said == code || said == "portal_silent", "{said} instead of {code}");
            within(code, took, Duration::from_secs(1))?;
            if said != code {
                return Err(Fault::Late(format!("{code} was not said in time")));
            }
        }
        Ok(())
    });
}

/// The button behind the line of the dialog that opens a show, the line, and where it is said that there
/// is no dialog of the desktop's.
const BROWSE: (u32, u32) = (436, 382);
pub(crate) const LINE: (u32, u32) = (250, 382);
const SAID: (Range<u32>, Range<u32>) = (10..548, 398..442);

/// How many points of a part of the window have the colour of what is wrong.
pub(crate) fn wrong(
    display: &Display,
    shot: &Path,
    (columns, rows): (Range<u32>, Range<u32>),
) -> usize {
    display.picture(shot);
    let picture = image::open(shot).unwrap().into_rgb8();
    let colour = ui::theme::ATTENTION.to_array();
    // Small letters are mostly edges.
    let is_wrong = |(x, y): (u32, u32)| {
        let mut parts = picture.get_pixel(x, y).0.into_iter().zip(colour);
        parts.all(|(part, of)| part.abs_diff(of) < 60)
    };
    rows.flat_map(|y| columns.clone().map(move |x| (x, y))).filter(|at| is_wrong(*at)).count()
}

#[test]
fn the_window_says_that_there_is_no_dialog_and_takes_a_path_that_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let display = Display::start(folder.path());
    let _downstage = open(folder.path(), &display);
    tags(&display, folder.path(), [Some(3), None]).unwrap();
    display.focus();
    display.hand(&["key", "ctrl+o"]);
    let shot = folder.path().join("shot.png");
    // Until it is drawn, what is behind it may have such a colour.
    let is_quiet = || (wrong(&display, &shot, SAID) == 0).then_some(());
    time::wait_for(PATIENCE, is_quiet).expect("nothing is wrong yet");
    display.click(BROWSE);
    // Two or three lines of small letters.
    let said = time::wait_for(PATIENCE, || (wrong(&display, &shot, SAID) > 300).then_some(()));
    assert!(said.is_some(), "it is not said: {} points", wrong(&display, &shot, SAID));
    let other = folder.path().join("other.json");
    fs::write(&other, show::file::encode(&Show::new("Typed", shows::HD25))).unwrap();
    display.click(LINE);
    display.hand(&["type", "--delay", "20", other.to_str().unwrap()]);
    display.hand(&["key", "Return"]);
    let kept = folder.path().join("downstage/desk.json");
    let is_open = || (settings::load(&kept).recent.first() == Some(&other)).then_some(());
    time::wait_for(PATIENCE, is_open).expect("it is opened");
}
