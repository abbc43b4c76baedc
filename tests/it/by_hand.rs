//! A whole show by hand, on the real window: built, mixed, recorded, sent, saved and opened again, by
//! mouse and keys alone. Pictures of its steps are left in `target/.../by-hand`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use show::{ComponentKind, FrameRate, OutputKind, Rect, Show, SourceKind};
use tests::canary::{Fault, real_time};
use tests::display::{Display, RECORD};
use tests::downstage::{self, Downstage};
use tests::jobs::numbers_of;
use tests::nginx::{self, Nginx};
use tests::order::every_number;
use tests::time::{self, PATIENCE};
use tests::{decode, media};

/// Places of the desk in a window of 1280x720.
mod at {
    /// The kinds of media, from the top: the fifth and the sixth.
    pub const KIND_FILE: (u32, u32) = (63, 494);
    pub const KIND_PICTURE: (u32, u32) = (63, 522);
    /// The first line of a form.
    pub const FIRST_LINE: (u32, u32) = (250, 382);
    /// The same beside the kinds of media.
    pub const MEDIA_LINE: (u32, u32) = (350, 382);
    pub const LOOP: (u32, u32) = (330, 412);
    pub const SOURCES: [(u32, u32); 2] = [(707, 392), (833, 392)];
    pub const PANES: [(u32, u32); 2] = [(310, 540), (520, 540)];
    pub const SAVE_LAYOUT: (u32, u32) = (250, 642);
    pub const GRAPHICS: (u32, u32) = (1_130, 52);
    pub const ADD_TEXT: (u32, u32) = (1_106, 118);
    pub const ADD_PICTURE: (u32, u32) = (1_218, 123);
    pub const TEXT: (u32, u32) = (320, 425);
    pub const SCENE_FROM_PVW: (u32, u32) = (582, 342);
    pub const DESTINATIONS: (u32, u32) = (145, 384);
    pub const ADD_DESTINATION: (u32, u32) = (65, 412);
    pub const DESTINATION_URL: (u32, u32) = (300, 487);
    pub const STREAM_KEY: (u32, u32) = (300, 517);
    pub const ON_AIR: (u32, u32) = (1_070, 52);
    pub const LIVE: (u32, u32) = (1_105, 313);
    pub const FADER: (u32, u32) = (65, 587);
    /// Of the question whether to go live with an empty PGM.
    pub const CUT_FIRST: (u32, u32) = (840, 391);
}

/// The operator.
struct Hand<'a> {
    display: &'a Display,
    pictures: PathBuf,
    taken: u32,
}

impl Hand<'_> {
    fn keys(&self, keys: &str) {
        self.display.hand(&["key", keys]);
    }

    fn write(&self, text: &str) {
        self.display.hand(&["type", "--delay", "20", text]);
    }

    fn click(&self, at: (u32, u32)) {
        self.display.click(at);
    }

    /// Presses, and lets go after so long.
    fn hold(&self, (x, y): (u32, u32), length: Duration) {
        self.display.hand(&["mousemove", &x.to_string(), &y.to_string(), "mousedown", "1"]);
        time::sleep(length);
        self.display.hand(&["mouseup", "1"]);
    }

    fn drag(&self, from: (u32, u32), to: (u32, u32)) {
        let part = |a: u32, b: u32, n: u32| (a * (4 - n) + b * n) / 4;
        self.display.hand(&["mousemove", &from.0.to_string(), &from.1.to_string()]);
        self.display.hand(&["mousedown", "1"]);
        for n in 1..=4 {
            let (x, y) = (part(from.0, to.0, n), part(from.1, to.1, n));
            self.display.hand(&["mousemove", &x.to_string(), &y.to_string()]);
        }
        self.display.hand(&["mouseup", "1"]);
    }

    /// Takes a picture of the desk, to be looked at.
    fn picture(&mut self, name: &str) {
        self.taken += 1;
        self.display.picture(&self.pictures.join(format!("{:02}-{name}.png", self.taken)));
    }

    /// Adds a file by the dialog.
    fn add(&self, kind: (u32, u32), path: &Path, loops: bool) {
        self.keys("ctrl+m");
        self.click(kind);
        self.click(at::MEDIA_LINE);
        self.write(path.to_str().unwrap());
        if loops {
            self.click(at::LOOP);
            self.click(at::MEDIA_LINE);
        }
        // Enter is as good as the dialog's button.
        self.keys("Return");
    }

    /// Leaves a line of text, and then the dialog it is in.
    fn leave(&self) {
        self.keys("Escape");
        self.keys("Escape");
    }
}

fn build(hand: &mut Hand<'_>, films: &[PathBuf], logo: &Path) {
    hand.keys("ctrl+n");
    hand.picture("new");
    for film in films {
        hand.add(at::KIND_FILE, film, true);
    }
    hand.add(at::KIND_PICTURE, logo, false);
    hand.keys("ctrl+l");
    hand.drag(at::SOURCES[0], at::PANES[0]);
    hand.drag(at::SOURCES[1], at::PANES[1]);
    hand.picture("layout");
    hand.click(at::SAVE_LAYOUT);
    hand.click(at::GRAPHICS);
    hand.click(at::ADD_TEXT);
    hand.click(at::TEXT);
    hand.keys("ctrl+a");
    hand.write("Harbour Tonight");
    hand.picture("text");
    hand.leave();
    hand.click(at::ADD_PICTURE);
    hand.click(at::FIRST_LINE);
    hand.write(logo.to_str().unwrap());
    hand.keys("Return");
    hand.picture("logo");
    hand.leave();
    hand.click(at::SCENE_FROM_PVW);
    hand.keys("ctrl+a");
    hand.write("Two boxes");
    hand.keys("Return");
    hand.picture("scene");
}

fn go_out(hand: &mut Hand<'_>, server: &Nginx) {
    hand.keys("ctrl+comma");
    hand.click(at::DESTINATIONS);
    hand.click(at::ADD_DESTINATION);
    hand.click(at::DESTINATION_URL);
    hand.keys("ctrl+a");
    hand.write(&server.url());
    hand.click(at::STREAM_KEY);
    hand.write(KEY);
    hand.picture("destination");
    hand.keys("Return");
    hand.leave();
    hand.click(at::ON_AIR);
    hand.click(RECORD);
    hand.hold(at::LIVE, HELD);
    hand.picture("empty");
    hand.click(at::CUT_FIRST);
    time::sleep(Duration::from_secs(3));
    hand.picture("on-air");
    hand.drag(at::FADER, (at::FADER.0, at::FADER.1 + 24));
    time::sleep(Duration::from_secs(4));
    hand.hold(at::LIVE, HELD);
    hand.hold(RECORD, HELD);
    hand.picture("off-air");
}

const KEY: &str = "by-hand";
/// Longer than what must be held to be meant.
const HELD: Duration = Duration::from_millis(1_500);
/// Frames of the films: six seconds.
const LAP: u64 = 150;
/// Where the films are in their halves of the picture.
const PANES: [Rect; 2] = [Rect::new(0.0, 0.25, 0.5, 0.5), Rect::new(0.5, 0.25, 0.5, 0.5)];
const TAGS: [u8; 2] = [3, 5];

fn assert_gapless(recording: &Path, downstage: &Downstage) -> Result<usize, Fault> {
    every_number(&numbers_of(recording, &PANES, &TAGS), &[Some(LAP); 2], downstage.repeated())
}

fn saved(path: &Path) -> Show {
    show::file::decode(&fs::read(path).expect("the show was saved")).expect("it is a show")
}

fn assert_saved(show: &Show, home: &Path) {
    assert_eq!(show.name, "by-hand", "called like its file");
    let kinds: Vec<_> = show.sources.iter().map(|source| &source.kind).collect();
    assert!(
        matches!(kinds[..], [SourceKind::File(_), SourceKind::File(_), SourceKind::Still { .. }]),
        "{kinds:?}, {:?}",
        show.assets
    );
    assert!(show.assets.iter().all(|asset| !asset.path.starts_with('/')), "beside the show");
    assert_eq!((show.layouts.len(), show.scenes.len(), show.components.len()), (1, 1, 2));
    assert_eq!(show.scenes[0].name, "Two boxes");
    let ComponentKind::Text(text) = &show.components[0].kind else { panic!("no text") };
    assert_eq!(text.text, "Harbour Tonight");
    let fader = show.mixer.strip(show.sources[0].id).fader.0;
    assert!(fader < -3.0, "{fader}");
    let OutputKind::Rtmp { key, .. } = &show.outputs[1].kind else { panic!("no destination") };
    assert_ne!(key.0, KEY, "a name, never the key");
    let text = fs::read_to_string(home.join("by-hand.json")).unwrap();
    assert!(
        !text.contains(&format!("\"{KEY}\"")) || show.name == KEY,
        "the key is not in the show"
    );
}

#[test]
fn a_show_is_built_and_run_and_saved_by_hand() {
    real_time("by hand", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        let films: Vec<PathBuf> = TAGS
            .iter()
            .map(|tag| {
                let film = home.join(format!("Film {tag}.mp4"));
                fs::copy(media::small_film(*tag), &film).unwrap();
                film
            })
            .collect();
        let logo = home.join("logo.png");
        media::logo(&logo, 300);
        let server = Nginx::start(nginx::Options { record: true, ..Default::default() });
        let display = Display::start(home);
        let pictures = downstage::built().join("by-hand");
        fs::create_dir_all(&pictures).unwrap();
        let mut downstage = display.run(home, None);
        wait_for_demo(&display, home);
        display.focus();
        let hand = &mut Hand { display: &display, pictures, taken: 0 };
        hand.picture("demo");
        build(hand, &films, &logo);
        go_out(hand, &server);
        // Ctrl+S of a show without a file asks for one.
        hand.keys("ctrl+s");
        hand.click(at::FIRST_LINE);
        hand.write(home.join("by-hand.json").to_str().unwrap());
        hand.keys("Return");
        let file = home.join("by-hand.json");
        let there = time::wait_for(PATIENCE, || file.exists().then_some(()));
        there.ok_or("the show was not saved")?;
        assert_saved(&saved(&file), home);
        hand.keys("ctrl+n");
        hand.keys("ctrl+o");
        hand.click(at::FIRST_LINE);
        hand.write(file.to_str().unwrap());
        hand.keys("Return");
        time::sleep(Duration::from_secs(2));
        hand.picture("opened-again");
        end(&mut downstage, hand)?;
        let recording = home.join("downstage/recordings/programme.mkv");
        let frames = assert_gapless(&recording, &downstage)?;
        assert!(frames > 150, "{frames}");
        let sent = server.records();
        let frames = assert_gapless(sent.first().ok_or("nothing was sent")?, &downstage)?;
        assert!(frames > 100, "{frames}");
        let length = decode::probe(&recording, "format=duration");
        assert!(length.trim().parse::<f64>().unwrap() > 8.0, "{length}");
        Ok(())
    });
}

/// The demo show is to be seen, moving, before anybody does anything.
fn wait_for_demo(display: &Display, home: &Path) {
    let shot = home.join("shot.mkv");
    let area = Rect::new(605.0 / 1_280.0, 117.0 / 720.0, 202.0 / 1_280.0, 114.0 / 720.0);
    let seen = time::wait_for(PATIENCE, || {
        display.shot(&shot);
        numbers_of(&shot, &[area], &[1]).first()?[0]
    });
    if seen.is_none() {
        // What there was instead is to be looked at.
        display.picture(&downstage::built().join("by-hand/00-no-demo.png"));
    }
    seen.expect("the demo is on air");
}

/// Nothing is unsaved and nothing goes out: it closes at once.
fn end(downstage: &mut Downstage, hand: &Hand<'_>) -> Result<(), Fault> {
    hand.keys("ctrl+q");
    let ended = downstage.wait(PATIENCE).ok_or("it does not close")?;
    assert_eq!(ended.code(), Some(0), "{}", downstage.stderr());
    Ok(())
}
