//! Screens and windows captured from a real X server, picture by picture.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::Frame;
use media::link::{Channel, SourceLink};
use media::pattern::Pattern;
use media::source::screen::{self, MonitorOffer, ScreenError, ScreenOffers};
use media::source::{
    OpenError, Opener, Opening, Origin, ScreenOpener, SourceError, SourceEvent, SourceHost,
};
use show::{Format, FrameRate, Raster, ScreenArea, ScreenSource};
use tests::display::Display;
use tests::numbers::{self, Area, Luma};
use tests::time;
use tests::x_window::XWindow;

const NAMES: (&str, &str) = ("Player", "Film – one");
const WHITE: u32 = 0xff_ffff;
const RED: u32 = 0xff_0000;
const BLUE: u32 = 0x00_00ff;

/// How long something is waited for that a machine of any speed has done by then.
const SOON: Duration = Duration::from_secs(10);

fn window() -> ScreenArea {
    ScreenArea::Window { class: NAMES.0.to_owned(), title: Some(NAMES.1.to_owned()) }
}

/// An open screen, and what came of it.
struct Captured {
    origin: Box<dyn Origin>,
    channel: Arc<Channel<Frame>>,
    link: Arc<SourceLink>,
    began: Instant,
    last: Option<Frame>,
    /// Pictures so far.
    count: usize,
}

impl Captured {
    fn open(display: &str, area: ScreenArea, cursor: bool) -> Result<Self, OpenError> {
        media::init().unwrap();
        let link = Arc::<SourceLink>::default();
        let channel = link.video.subscribe();
        let source = ScreenSource { area, cursor, rate: None };
        let display = Some(display.to_owned());
        let opener = ScreenOpener { source, rate: FrameRate::R25, display };
        let opening = Opening { take: 1, ..Opening::default() };
        let began = time::now();
        let now = move || i64::try_from(began.elapsed().as_nanos()).unwrap();
        let host = SourceHost::new(now, || {});
        let origin = opener.open(opening, &link, host)?;
        Ok(Self { origin, channel, link, began, last: None, count: 0 })
    }

    /// Goes on for so long, or until it ends, or its last picture is so.
    fn run(
        &mut self,
        length: Duration,
        is_so: impl Fn(&Frame) -> bool,
    ) -> Result<bool, SourceError> {
        let end = time::now() + length;
        while time::now() < end {
            if let Some(event) = self.origin.next(Duration::from_millis(20)) {
                let SourceEvent::Broke(error) = event else { panic!("{event:?}") };
                return Err(error);
            }
            while let Some(item) = self.channel.pop() {
                let now = i64::try_from(self.began.elapsed().as_nanos()).unwrap();
                assert!(item.take == 1 && item.pts <= now, "{} at {now}", item.pts);
                self.last = item.what;
                self.count += 1;
            }
            if self.last.as_ref().is_some_and(&is_so) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits for a picture of this size that is all of this colour.
    #[track_caller]
    fn shows(&mut self, size: (u32, u32), colour: u32) {
        let is_so = |frame: &Frame| {
            frame.size() == size
                && [(0.02, 0.02), (0.5, 0.5), (0.98, 0.98)].iter().all(|at| is(frame, *at, colour))
        };
        let is_shown = self.run(SOON, is_so).unwrap();
        assert!(is_shown, "{:?} instead of {size:?}: {}", self.last, said(self.last.as_ref()));
    }

    /// It ends with this error.
    #[track_caller]
    fn ends(&mut self, with: &ScreenError) {
        assert_eq!(self.run(SOON, |_| false), Err(SourceError::Screen(with.clone())));
    }

    /// How many pictures come in so long, once it is still.
    fn pictures_in(&mut self, length: Duration) -> usize {
        let before = self.count;
        self.run(length, |_| false).unwrap();
        self.count - before
    }
}

/// The Y', Cb and Cr of a pixel, at this part of a picture.
fn codes(frame: &Frame, (x, y): (f64, f64)) -> [f64; 3] {
    [0, 1, 2].map(|index| {
        let (plane, (width, height)) = (frame.plane(index), frame.plane_size(index));
        let (column, row) = ((x * width as f64) as usize, (y * height as f64) as usize);
        f64::from(plane.data[row * plane.stride + column])
    })
}

/// The codes of a colour, by Recommendation ITU-R BT.709-6.
fn codes_of(colour: u32) -> [f64; 3] {
    let [_, r, g, b] = colour.to_be_bytes().map(|part| f64::from(part) / 255.0);
    let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    [16.0 + 219.0 * y, 128.0 + 224.0 * (b - y) / 1.8556, 128.0 + 224.0 * (r - y) / 1.5748]
}

fn is(frame: &Frame, at: (f64, f64), colour: u32) -> bool {
    let (seen, wanted) = (codes(frame, at), codes_of(colour));
    seen.iter().zip(wanted).all(|(seen, wanted)| (seen - wanted).abs() <= 2.0)
}

fn said(frame: Option<&Frame>) -> String {
    frame.map_or_else(String::new, |frame| format!("{:?}", codes(frame, (0.5, 0.5))))
}

fn display() -> (tempfile::TempDir, Display) {
    let folder = tempfile::tempdir().unwrap();
    let display = Display::start(folder.path());
    (folder, display)
}

#[test]
fn a_window_is_whole_wherever_it_is_and_whatever_covers_it() {
    let (_folder, display) = display();
    let shown = XWindow::open(&display.name, NAMES, (100, 100, 320, 240), RED);
    let mut captured = Captured::open(&display.name, window(), false).unwrap();
    captured.shows((320, 240), RED);
    let format = *captured.link.format.load().as_deref().unwrap();
    assert_eq!(
        (format.size, captured.last.as_ref().unwrap().format()),
        ((320, 240), engine::PixelFormat::PROGRAMME)
    );
    // Covered.
    let cover = XWindow::open(&display.name, ("Cover", "cover"), (0, 0, 1_280, 720), WHITE);
    shown.fill(BLUE);
    captured.shows((320, 240), BLUE);
    drop(cover);
    // Half outside, and where a part of it has never been on the screen.
    shown.put((-160, 600, 320, 240));
    shown.fill(RED);
    captured.shows((320, 240), RED);
    // Odd sizes, larger and smaller.
    for (width, height) in [(641, 361), (33, 17), (1, 1), (320, 240)] {
        shown.put((50, 60, width, height));
        captured.shows((width.into(), height.into()), RED);
    }
    // Grey pixels are not coloured, black is black, and both rows and columns are where they were.
    let picture =
        Pattern::new(Format { raster: Raster::Ld, rate: FrameRate::R25 }, 3).picture(7_654);
    let (width, height) = picture.size();
    shown.put((0, 0, width as u16, height as u16));
    shown.picture(&picture);
    let is_read = |frame: &Frame| {
        let luma = Luma::of(frame);
        numbers::read(&luma, Area::whole(&luma)).both() == Some((3, 7_654))
    };
    assert!(captured.run(SOON, is_read).unwrap());
    let last = captured.last.unwrap();
    let (seen, wanted) = (Luma::of(&last), Luma::of(&picture));
    let worst = (0..seen.height).flat_map(|row| (0..seen.width).map(move |column| (row, column)));
    let worst = worst.map(|(row, column)| {
        let code = |luma: &Luma<'_>| luma.data[row * luma.stride + column].clamp(16, 235);
        code(&seen).abs_diff(code(&wanted))
    });
    assert!(worst.max().unwrap() <= 1);
}

#[test]
fn a_window_that_is_minimised_keeps_its_picture_and_one_that_is_closed_is_found_again() {
    let (_folder, display) = display();
    let lost = ScreenError::NoWindow(NAMES.1.to_owned());
    let refused = Captured::open(&display.name, window(), true).err();
    assert_eq!(refused, Some(OpenError::Screen(lost.clone())), "it is not there");
    let shown = XWindow::open(&display.name, NAMES, (10, 10, 64, 48), RED);
    let mut captured = Captured::open(&display.name, window(), false).unwrap();
    captured.shows((64, 48), RED);
    shown.show(false);
    shown.fill(BLUE);
    captured.run(Duration::from_millis(500), |_| false).unwrap();
    assert!(is(captured.last.as_ref().unwrap(), (0.5, 0.5), RED), "its last picture stays");
    let minimised = Captured::open(&display.name, window(), false).err();
    let error = ScreenError::Minimised(NAMES.1.to_owned());
    assert_eq!(minimised, Some(OpenError::Screen(error)));
    shown.show(true);
    captured.shows((64, 48), BLUE);
    drop(shown);
    captured.ends(&lost);
    // Another program's window, another window of the same one, and one of the same title.
    let _others = [("Player", "Film – two"), ("Other", NAMES.1), ("player", NAMES.1)]
        .map(|names| XWindow::open(&display.name, names, (0, 0, 32, 32), WHITE));
    let refused = Captured::open(&display.name, window(), false).err();
    assert_eq!(refused, Some(OpenError::Screen(lost)));
    let _again = XWindow::open(&display.name, NAMES, (600, 300, 128, 96), BLUE);
    Captured::open(&display.name, window(), false).unwrap().shows((128, 96), BLUE);
    // Without a title, any window of the program.
    let any = ScreenArea::Window { class: "Other".to_owned(), title: None };
    Captured::open(&display.name, any, false).unwrap().shows((32, 32), WHITE);
}

#[test]
fn windows_that_a_window_manager_lists_are_found_among_those_alone() {
    let (_folder, display) = display();
    let listed = XWindow::open(&display.name, NAMES, (0, 0, 64, 64), RED);
    let other = XWindow::open(&display.name, ("Other", "other"), (0, 0, 32, 32), BLUE);
    other.list(&[&other]);
    let refused = Captured::open(&display.name, window(), false).err();
    let error = ScreenError::NoWindow(NAMES.1.to_owned());
    assert_eq!(refused, Some(OpenError::Screen(error)));
    other.list(&[&other, &listed]);
    Captured::open(&display.name, window(), false).unwrap().shows((64, 64), RED);
}

#[test]
fn what_there_is_is_listed_but_for_our_own_windows() {
    let (_folder, display) = display();
    // This process is what lists them.
    let _ours = XWindow::open(&display.name, NAMES, (0, 0, 64, 64), RED);
    let found = screen::offers(Some(&display.name)).unwrap();
    let monitor = MonitorOffer { name: "screen".to_owned(), size: (1_280, 720) };
    let all = ScreenOffers { desktop: (1_280, 720), monitors: vec![monitor], windows: vec![] };
    assert_eq!(found, all);
    // Another program's.
    let _cover = display.cover();
    let windows = time::wait_for(SOON, || {
        let windows = screen::offers(Some(&display.name)).unwrap().windows;
        Some(windows).filter(|windows| !windows.is_empty())
    });
    let windows = windows.expect("a player's window");
    assert!(windows.len() == 1 && windows[0].class.contains("play"), "{windows:?}");
    let error = screen::offers(Some(":12345")).unwrap_err();
    assert!(matches!(error, ScreenError::Server(_)), "{error}");
}

#[test]
fn the_desktop_and_a_monitor_follow_the_size_of_the_screen() {
    let (_folder, display) = display();
    let shown = XWindow::open(&display.name, NAMES, (0, 0, 1_280, 720), RED);
    let mut desktop = Captured::open(&display.name, ScreenArea::Desktop, false).unwrap();
    desktop.shows((1_280, 720), RED);
    let monitor = |name: &str| ScreenArea::Monitor { name: name.to_owned() };
    let mut screen = Captured::open(&display.name, monitor("screen"), false).unwrap();
    screen.shows((1_280, 720), RED);
    let refused = Captured::open(&display.name, monitor("HDMI-7"), false).err();
    let error = ScreenError::NoMonitor("HDMI-7".to_owned());
    assert_eq!(refused, Some(OpenError::Screen(error)));
    shown.resize_screen((1_024, 600));
    desktop.shows((1_024, 600), RED);
    screen.shows((1_024, 600), RED);
    shown.fill(BLUE);
    desktop.shows((1_024, 600), BLUE);
    screen.shows((1_024, 600), BLUE);
}

#[test]
fn the_pointer_is_drawn_where_it_points_if_it_is_wanted() {
    let (_folder, display) = display();
    let shown = XWindow::open(&display.name, NAMES, (100, 100, 200, 100), WHITE);
    shown.point(200, 150);
    let mut with = Captured::open(&display.name, window(), true).unwrap();
    let mut without = Captured::open(&display.name, window(), false).unwrap();
    without.shows((200, 100), WHITE);
    // The pointer of a bare X server is a cross of black, with its hot spot in its middle.
    let is_at = |x: f64, y: f64| move |frame: &Frame| !is(frame, (x / 200.0, y / 100.0), WHITE);
    assert!(with.run(SOON, is_at(100.0, 50.0)).unwrap(), "it points there");
    shown.point(140, 120);
    let has_moved = |frame: &Frame| is_at(40.0, 20.0)(frame) && is(frame, (0.5, 0.5), WHITE);
    assert!(with.run(SOON, has_moved).unwrap(), "it has moved");
    shown.point(99, 99);
    with.shows((200, 100), WHITE);
    assert_eq!(without.count, 1, "it costs nothing where it is not wanted");
}

#[test]
fn a_still_screen_sends_nothing_and_a_lively_one_no_more_than_its_rate() {
    let (_folder, display) = display();
    let shown = XWindow::open(&display.name, NAMES, (0, 0, 320, 240), RED);
    let mut captured = Captured::open(&display.name, window(), false).unwrap();
    captured.shows((320, 240), RED);
    captured.run(Duration::from_millis(200), |_| false).unwrap();
    assert_eq!(captured.pictures_in(Duration::from_secs(1)), 0);
    // Sixty changes in 0.6 s.
    let before = captured.count;
    for step in 0..60 {
        shown.fill(step);
        captured.run(Duration::from_millis(10), |_| false).unwrap();
    }
    captured.shows((320, 240), 59);
    let (most, seen) = (captured.began.elapsed().as_millis() / 40, captured.count - before);
    assert!(seen >= 5 && seen as u128 <= most, "{seen} pictures, {most} at the most");
}

#[test]
fn an_x_server_that_is_gone_or_does_not_answer_is_an_error() {
    let (folder, mut display) = display();
    let _shown = XWindow::open(&display.name, NAMES, (0, 0, 64, 64), RED);
    let mut captured = Captured::open(&display.name, window(), false).unwrap();
    captured.shows((64, 64), RED);
    let server = |error: OpenError| match error {
        OpenError::Screen(ScreenError::Server(reason)) => reason,
        error => panic!("{error}"),
    };
    // It stands still for longer than is waited for.
    display.freeze_while(|| {
        let reason = Captured::open(&display.name, window(), false).err().map(server);
        assert!(reason.unwrap().contains("does not answer"));
    });
    display.kill();
    let ended = captured.run(SOON, |_| false).unwrap_err();
    assert!(matches!(ended, SourceError::Screen(ScreenError::Server(_))), "{ended}");
    server(Captured::open(&display.name, window(), false).err().unwrap());
    server(Captured::open("no display", ScreenArea::Desktop, false).err().unwrap());
    display.start_again(folder.path());
    let shown = XWindow::open(&display.name, NAMES, (0, 0, 64, 64), BLUE);
    Captured::open(&display.name, window(), false).unwrap().shows((64, 64), BLUE);
    drop(shown);
}
