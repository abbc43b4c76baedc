//! The real window on a display of its own, by mouse and keys alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use show::{
    Feed, FrameRate, LayoutId, Output, OutputId, OutputKind, Rect, Scene, SceneId, SourceId,
    SourceKind,
};
use tests::canary::{Fault, real_time};
use tests::display::{AUTO, Display, MONITORS, RECORD};
use tests::downstage::{Downstage, Signal};
use tests::numbers::{self, Area};
use tests::order::every_number;
use tests::time::{self, PATIENCE};
use tests::{decode, shows};

use crate::browse::{LINE, wrong};
use crate::disk;
use crate::end_to_end::numbers_of;

/// Opens [`show`] in a window.
pub(crate) fn open(folder: &Path, display: &Display) -> Downstage {
    display.run(folder, Some(&show(folder)))
}

/// The tags on PVW and PGM, once they are these.
pub(crate) fn tags(display: &Display, folder: &Path, wanted: [Option<u8>; 2]) -> Result<(), Fault> {
    let shot = folder.join("shot.mkv");
    let look = || {
        display.shot(&shot);
        seen(&shot).map(|monitor| monitor.map(|(tag, _)| tag))
    };
    let seen = time::wait_for(PATIENCE, || (look() == wanted).then_some(()));
    seen.ok_or_else(|| format!("{:?} instead of {wanted:?}", look()).into())
}

/// Two test patterns, a scene of each, and a recording.
pub(crate) fn show(folder: &Path) -> std::path::PathBuf {
    let mut show = show::Show::new("By hand", shows::HD25);
    for (id, tag) in [(11, 3), (12, 4)] {
        show.sources.push(shows::source(id, SourceKind::TestPattern { tag }));
        let feed = Feed::Source(SourceId(id));
        let (layout, name) = (LayoutId(id + 10), format!("Camera {}", id - 10));
        show.layouts.push(show::Template::Single.layout(layout, name.clone(), &[feed]));
        let (id, components) = (SceneId(id + 30), Vec::new());
        show.scenes.push(Scene { id, name, layout, components });
    }
    let kind = OutputKind::Record { path: "out.mkv".to_owned() };
    let (profile, bus, sei) = Default::default();
    let (id, name) = (OutputId(51), "Recording".to_owned());
    show.outputs.push(Output { id, name, kind, profile, bus, sei });
    let path = folder.join("show.json");
    fs::write(&path, show::file::encode(&show)).unwrap();
    path
}

/// The tag and the number on each monitor, at the top: the name of its source lies over the bottom of
/// what PVW shows.
fn seen(shot: &Path) -> [Option<(u8, u64)>; 2] {
    seen_at(shot, MONITORS)
}

fn seen_at<const N: usize>(shot: &Path, places: [Rect; N]) -> [Option<(u8, u64)>; N] {
    let pictures = decode::pictures(shot, |luma| {
        let size = (luma.width as u32, luma.height as u32);
        places.map(|rect| numbers::read(&luma, Area::pane(rect, size)).top)
    });
    pictures.first().expect("a picture").what
}

#[test]
fn the_window_shows_what_is_on_air_and_ends_with_its_recording_whole() {
    real_time("the window", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let display = Display::start(folder.path());
        let mut downstage = open(folder.path(), &display);
        let shot = folder.path().join("shot.mkv");
        let look = || {
            display.shot(&shot);
            seen(&shot)
        };
        let tags = |pvw, pgm| tags(&display, folder.path(), [pvw, pgm]);
        // The first scene waits on PVW; nothing is on air until somebody takes it.
        tags(Some(3), None)?;
        display.focus();
        display.hand(&["key", "space"]);
        display.hand(&["key", "2"]);
        tags(Some(4), Some(3))?;
        // RECORD, and AUTO by its button.
        display.click(RECORD);
        time::sleep(Duration::from_secs(2));
        display.click(AUTO);
        tags(Some(3), Some(4))?;
        // What moves on air moves in the window.
        let before = look()[1].ok_or("PGM is not to be read")?.1;
        time::sleep(Duration::from_secs(2));
        let after = look()[1].ok_or("PGM is not to be read")?.1;
        if after < before + 25 {
            return Err(Fault::Late(format!("{before} to {after} in two seconds")));
        }
        downstage.signal(Signal::TERM);
        let ended = downstage.wait(PATIENCE).ok_or("it does not end")?;
        assert_eq!(ended.code(), Some(0), "{}", downstage.stderr());
        let record = folder.path().join("out.mkv");
        let length = decode::probe(&record, "format=duration");
        assert!(length.trim().parse::<f64>().unwrap() > 4.0, "{length}");
        // Before the mix, and after it, every number once and in order.
        let frames = numbers_of(&record, &[Rect::FULL], &[3]);
        let first: Vec<_> = frames.iter().take_while(|frame| frame[0].is_some()).cloned().collect();
        assert!(first.len() > 25, "{}", first.len());
        every_number(&first, &[None], downstage.repeated())?;
        let frames = numbers_of(&record, &[Rect::FULL], &[4]);
        let from = frames.iter().rposition(|frame| frame[0].is_none()).map_or(0, |at| at + 1);
        assert!(frames.len() - from > 25, "{from} of {}", frames.len());
        every_number(&frames[from..], &[None], downstage.repeated()).map(drop)
    });
}

#[test]
fn on_a_gpu_both_monitors_show_what_is_next_and_what_is_on_air() {
    let folder = tempfile::tempdir().unwrap();
    let display = Display::start(folder.path());
    let mut command = display.command(folder.path());
    command.arg(show(folder.path())).args(["--compositor", "gpu"]);
    command.env("DOWNSTAGE_LOG", "studio=info");
    let mut downstage = Downstage::run(command);
    let tags = |pvw, pgm| tags(&display, folder.path(), [pvw, pgm]).unwrap();
    tags(Some(3), None);
    display.focus();
    display.hand(&["key", "space"]);
    display.hand(&["key", "2"]);
    tags(Some(4), Some(3));
    display.click(AUTO);
    tags(Some(3), Some(4));
    downstage.signal(Signal::TERM);
    let ended = downstage.wait(PATIENCE).expect("it ends");
    let said = downstage.stderr();
    assert_eq!(ended.code(), Some(0), "{said}");
    for words in ["composing on ", "PVW is drawn by the window's GPU"] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!said.contains("CPU"), "{said}");
}

/// Where PVW is if everything is drawn in 125 %.
const LARGER_PVW: Rect = Rect::new(8.0 / 1_280.0, 83.0 / 720.0, 403.0 / 1_280.0, 226.0 / 720.0);

#[test]
fn a_new_window_has_the_size_and_the_labels_of_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let display = Display::start(folder.path());
    let mut downstage = open(folder.path(), &display);
    tags(&display, folder.path(), [Some(3), None]).unwrap();
    display.focus();
    for wish in ["Scale 125", "Source names"] {
        display.hand(&["key", "ctrl+k"]);
        display.hand(&["type", "--delay", "20", wish]);
        display.hand(&["key", "Return"]);
    }
    let kept = folder.path().join("downstage/desk.json");
    let is_kept = || {
        let kept = studio::storage::settings::load(&kept);
        (kept.scale == 125 && !kept.labels).then_some(())
    };
    time::wait_for(PATIENCE, is_kept).expect("it is kept");
    downstage.signal(Signal::TERM);
    downstage.wait(PATIENCE).expect("it ends");
    let _again = open(folder.path(), &display);
    let shot = folder.path().join("shot.mkv");
    let larger = time::wait_for(PATIENCE, || {
        display.shot(&shot);
        let [tag] = seen_at(&shot, [LARGER_PVW]);
        (tag?.0 == 3).then_some(())
    });
    larger.expect("it begins as large as it was");
}

/// Where the line at the bottom says what is wrong; whom the keys are for is right of it. How far along the
/// disk is depends on what else is said.
const FOOT: (std::ops::Range<u32>, std::ops::Range<u32>) = (0..960, 698..718);
/// Where it says that a disk does not answer, it has so many more amber pixels; counts of late frames, which are
/// amber on a busy machine, grow by a few digits meanwhile.
const SAID: usize = 90;

#[test]
fn a_disk_that_hangs_is_said_and_a_show_that_comes_too_late_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let display = Display::start(folder.path());
    let _downstage = open(folder.path(), &display);
    tags(&display, folder.path(), [Some(3), None]).unwrap();
    display.focus();
    let hung = ["one.json", "two.json"].map(|name| Hung::new(&display, folder.path(), name));
    let kept = folder.path().join("downstage/desk.json");
    let opened = || studio::storage::settings::load(&kept).recent;
    // However late, it is opened where nothing was changed meanwhile.
    hung[0].ask();
    hung[0].answer();
    let first = || (opened() == [hung[0].path.clone()]).then_some(());
    time::wait_for(PATIENCE, first).expect("it is opened");
    // What was changed meanwhile would be lost, and nobody was asked.
    hung[1].ask();
    display.hand(&["key", "ctrl+k"]);
    display.hand(&["type", "--delay", "20", "Add text"]);
    display.hand(&["key", "Return"]);
    hung[1].answer();
    time::sleep(Duration::from_secs(2));
    assert_eq!(opened(), [hung[0].path.clone()]);
}

#[test]
fn a_show_that_comes_too_late_ends_no_recording_that_was_started_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let display = Display::start(folder.path());
    let mut downstage = open(folder.path(), &display);
    tags(&display, folder.path(), [Some(3), None]).unwrap();
    display.focus();
    let hung = Hung::new(&display, folder.path(), "late.json");
    hung.ask();
    display.hand(&["key", "space"]);
    display.click(RECORD);
    let record = folder.path().join("out.mkv");
    let length = || fs::metadata(&record).map_or(0, |data| data.len());
    time::wait_for(PATIENCE, || (length() > 0).then_some(())).expect("it records");
    hung.answer();
    time::sleep(Duration::from_secs(2));
    let before = length();
    time::sleep(Duration::from_secs(2));
    assert!(length() > before, "{before}");
    tags(&display, folder.path(), [None, Some(3)]).unwrap();
    downstage.signal(Signal::TERM);
    let ended = downstage.wait(PATIENCE).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", downstage.stderr());
}

/// A show on a disk that does not answer.
struct Hung<'a> {
    display: &'a Display,
    path: PathBuf,
    shot: PathBuf,
}

impl<'a> Hung<'a> {
    fn new(display: &'a Display, folder: &Path, name: &str) -> Self {
        Self { display, path: folder.join(name), shot: folder.join("shot.png") }
    }

    fn amber(&self) -> usize {
        wrong(self.display, &self.shot, FOOT)
    }

    /// Asks for it by hand, and waits until it is said that it takes long.
    fn ask(&self) {
        disk::silent(&self.path);
        let before = self.amber();
        self.display.hand(&["key", "ctrl+o"]);
        self.display.click(LINE);
        self.display.hand(&["type", "--delay", "20", self.path.to_str().unwrap()]);
        self.display.hand(&["key", "Return"]);
        let said = time::wait_for(PATIENCE, || (self.amber() > before + SAID).then_some(()));
        said.expect("it is said that the disk does not answer");
    }

    /// The disk answers after all.
    fn answer(&self) {
        let bytes = show::file::encode(&show::Show::new("Late", shows::HD25));
        let before = self.amber();
        fs::write(&self.path, bytes).unwrap();
        let well = time::wait_for(PATIENCE, || (self.amber() + SAID < before).then_some(()));
        well.expect("it answers again");
    }
}
