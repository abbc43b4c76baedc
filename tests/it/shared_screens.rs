//! Screens and windows that a Wayland desktop shares, by a portal that is none and a real PipeWire.

use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use engine::Frame;
use media::link::{Channel, SourceLink};
use media::source::screen::ScreenError;
use media::source::screen::portal::{PortalError, PortalScreens, RestoreTokens};
use media::source::{
    OpenError, Opener, Opening, Origin, ScreenOpener, SourceError, SourceEvent, SourceHost,
};
use show::{FrameRate, ScreenArea, ScreenSource};
use studio::storage::screen_tokens::ScreenTokens;
use tests::bus::Bus;
use tests::fake_portal::{FakePortal, User};
use tests::media_server::MediaServer;
use tests::time;

/// How long something is waited for that a machine of any speed has done by then.
const SOON: Duration = Duration::from_secs(10);
const KEY: &str = "a-screen";

/// Pictures that change all the time, and one that stands.
const LIVELY: &str = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=BGRx,width=640,height=360,framerate=60/1";
const STILL: &str = "videotestsrc is-live=true pattern=white ! video/x-raw,format=BGRx,width=640,height=360,framerate=1/7";

/// A program that is shared with, and keeps what was chosen.
struct Program {
    screens: Arc<PortalScreens>,
    tokens: Arc<ScreenTokens>,
}

impl Program {
    fn on(bus: &str) -> Self {
        media::init().unwrap();
        let tokens = Arc::<ScreenTokens>::default();
        let kept: Arc<dyn RestoreTokens> = Arc::<ScreenTokens>::clone(&tokens);
        Self { screens: Arc::new(PortalScreens::new(Some(bus.to_owned()), kept)), tokens }
    }

    fn choose(&self) -> Result<bool, PortalError> {
        self.screens.choose(KEY, true, &|| true)
    }

    fn open(&self) -> Result<Captured, PortalError> {
        Captured::open(&self.screens, true).map_err(portal_error)
    }
}

fn portal_error(error: OpenError) -> PortalError {
    let OpenError::Screen(ScreenError::Portal(error)) = error else { panic!("{error}") };
    error
}

/// What is shared, open, and what came of it.
struct Captured {
    origin: Box<dyn Origin>,
    channel: Arc<Channel<Frame>>,
    began: Instant,
    last: Option<Frame>,
    count: usize,
}

impl Captured {
    fn open(screens: &Arc<PortalScreens>, cursor: bool) -> Result<Self, OpenError> {
        let link = Arc::<SourceLink>::default();
        let channel = link.video.subscribe();
        let area = ScreenArea::Portal { key: KEY.to_owned() };
        let source = ScreenSource { area, cursor, rate: None };
        let portal = Some(Arc::clone(screens));
        let opener = ScreenOpener { source, rate: FrameRate::R25, display: None, portal };
        let began = time::now();
        let now = move || i64::try_from(began.elapsed().as_nanos()).unwrap();
        let opening = Opening { take: 1, ..Opening::default() };
        let origin = opener.open(opening, &link, SourceHost::new(now, || {}))?;
        Ok(Self { origin, channel, began, last: None, count: 0 })
    }

    /// Goes on for so long, or until its last picture is so; what ends it.
    fn run(
        &mut self,
        length: Duration,
        is_so: impl Fn(&Frame) -> bool,
    ) -> Result<bool, PortalError> {
        let end = time::now() + length;
        while time::now() < end {
            match self.origin.next(Duration::from_millis(20)) {
                None => {}
                Some(SourceEvent::Broke(SourceError::Screen(ScreenError::Portal(error)))) => {
                    return Err(error);
                }
                Some(event) => panic!("{event:?}"),
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

    /// Waits for a picture of this size.
    #[track_caller]
    fn shows(&mut self, size: (u32, u32)) {
        let is_shown = self.run(SOON, |frame| frame.size() == size).unwrap();
        assert!(is_shown, "{:?} instead of {size:?}", self.last);
    }
}

/// A media server, and the portal of its bus.
fn desktop() -> Option<(MediaServer, FakePortal, Program)> {
    let server = MediaServer::start()?;
    let (bus, folder) = server.places();
    let (portal, program) = (FakePortal::start(&bus, folder), Program::on(&bus));
    Some((server, portal, program))
}

#[test]
fn what_is_chosen_is_shown_and_again_by_its_token_without_a_question() {
    let Some((server, portal, program)) = desktop() else { return };
    assert_eq!(program.open().err(), Some(PortalError::NotChosen));
    assert_eq!(portal.desktop().dialogs, 0, "nobody is asked by itself");
    let (_screen, node) = server.screen("screen", LIVELY);
    portal.desktop().node = node;
    assert_eq!(program.choose(), Ok(true));
    let began = time::now();
    let mut shown = program.open().unwrap();
    shown.shows((640, 360));
    println!("from what was chosen to the first picture: {:?}", began.elapsed());
    assert_eq!(portal.desktop().starts, [(None, 2)], "the session of the dialog is used");
    drop(shown);
    assert!(portal.desktop().sessions.is_empty(), "nothing stays shared");
    // Each use has another token.
    for number in 1..=2 {
        let token = Some(format!("token-{number}"));
        assert_eq!(program.tokens.get(KEY), token);
        let began = time::now();
        let mut again = program.open().unwrap();
        again.shows((640, 360));
        println!("from a token to the first picture: {:?}", began.elapsed());
        assert_eq!(portal.desktop().starts.last(), Some(&(token, 2)));
        // Two programs, or two rates, share one session.
        let mut other = program.open().unwrap();
        other.shows((640, 360));
        drop(again);
        other.run(Duration::from_millis(500), |_| false).unwrap();
        assert_eq!(portal.desktop().sessions.len(), 1, "it is open while anybody shows it");
        drop(other);
        assert!(portal.desktop().sessions.is_empty());
    }
    // Without its pointer it is another session.
    let with = program.open().unwrap();
    let without = Captured::open(&program.screens, false).unwrap();
    assert_eq!(portal.desktop().sessions.len(), 2);
    assert_eq!(portal.desktop().starts.last(), Some(&(Some("token-4".to_owned()), 1)));
    drop((with, without));
    assert_eq!(portal.desktop().dialogs, 1);
}

#[test]
fn a_still_screen_sends_nothing_more_and_a_lively_one_no_more_than_the_programme_shows() {
    let Some((server, portal, program)) = desktop() else { return };
    let (screen, node) = server.screen("lively", LIVELY);
    portal.desktop().node = node;
    program.choose().unwrap();
    let mut lively = program.open().unwrap();
    lively.shows((640, 360));
    let before = lively.count;
    lively.run(Duration::from_secs(4), |_| false).unwrap();
    let count = lively.count - before;
    println!("of 60 pictures a second {count} in 4 s");
    assert!((60..=101).contains(&count), "{count}");
    drop((lively, screen));
    let (_still, node) = server.screen("still", STILL);
    portal.desktop().node = node;
    program.choose().unwrap();
    let mut still = program.open().unwrap();
    still.shows((640, 360));
    // It has another picture each seven seconds. For longer than a stream is silent that has ended:
    still.run(Duration::from_millis(5_500), |_| false).unwrap();
    assert_eq!(still.count, 1, "a still screen sends nothing");
}

#[test]
fn what_ends_it_is_told_apart() {
    let Some((mut server, portal, program)) = desktop() else { return };
    let (screen, node) = server.screen("screen", LIVELY);
    portal.desktop().node = node;
    program.choose().unwrap();
    let mut shown = program.open().unwrap();
    shown.shows((640, 360));
    portal.stop_sharing();
    assert_eq!(shown.run(SOON, |_| false), Err(PortalError::Stopped));
    drop(shown);
    let mut shown = program.open().unwrap();
    shown.shows((640, 360));
    let began = time::now();
    drop(screen);
    assert_eq!(shown.run(SOON, |_| false), Err(PortalError::NoPictures));
    println!("a stream that ends is seen after {:?}", began.elapsed());
    drop(shown);
    // The same is there again.
    let (screen, node) = server.screen("screen", LIVELY);
    portal.desktop().node = node;
    let mut shown = program.open().unwrap();
    shown.shows((640, 360));
    let began = time::now();
    server.kill();
    assert_eq!(shown.run(SOON, |_| false), Err(PortalError::NoPictures));
    println!("PipeWire's death is seen after {:?}", began.elapsed());
    let began = time::now();
    drop((shown, screen));
    println!("and closed in {:?}", began.elapsed());
    server.restart();
    let (_screen, node) = server.screen("screen", LIVELY);
    portal.desktop().node = node;
    let mut shown = program.open().unwrap();
    shown.shows((640, 360));
    assert_eq!(portal.desktop().dialogs, 1);
}

/// A stream whose format changes cannot be had: PipeWire's sink of this version sends pictures of another size and goes on
/// saying the first one.
#[test]
fn pictures_of_another_size_than_is_said_are_never_shown_and_those_of_a_new_stream_are() {
    let Some((server, portal, program)) = desktop() else { return };
    let pictures = "concat name=c videotestsrc is-live=true num-buffers=90 ! video/x-raw,format=BGRx,width=640,height=360,framerate=30/1 \
         ! c. videotestsrc is-live=true ! video/x-raw,format=BGRx,width=321,height=241,framerate=30/1 ! c. c.";
    let (screen, node) = server.screen("screen", pictures);
    portal.desktop().node = node;
    program.choose().unwrap();
    let mut shown = program.open().unwrap();
    shown.shows((640, 360));
    let ended = shown.run(SOON, |frame| frame.size() != (640, 360));
    assert_eq!(ended, Err(PortalError::NoPictures), "{:?}", shown.last);
    drop((shown, screen));
    let (_screen, node) =
        server.screen("screen", &LIVELY.replace("640", "321").replace("360", "241"));
    portal.desktop().node = node;
    let mut shown = program.open().unwrap();
    shown.shows((321, 241));
    let picture = shown.last.clone().unwrap();
    // A white ball on black, wherever it is: a picture with the wrong rows would be grey.
    let (plane, (width, height)) = (picture.plane(0), picture.plane_size(0));
    let rows = (0..height).map(|row| &plane.data[row * plane.stride..row * plane.stride + width]);
    let black = rows.flatten().filter(|luma| **luma <= 18).count();
    assert!(black * 10 >= width * height * 9, "{black} of {width} x {height}");
}

#[test]
fn a_node_that_is_not_there_holds_nobody_up() {
    let Some((server, portal, program)) = desktop() else { return };
    portal.desktop().node = 4_711;
    program.choose().unwrap();
    let began = time::now();
    let mut shown = program.open().unwrap();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(shown.run(SOON, |_| true), Err(PortalError::NoPictures));
    println!("a node that is not there is given up after {:?}", began.elapsed());
    let began = time::now();
    drop(shown);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    // While the element still waits for it, another one is shown.
    let (_screen, node) = server.screen("screen", LIVELY);
    portal.desktop().node = node;
    program.open().unwrap().shows((640, 360));
}

#[test]
fn why_nothing_is_shared_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("unix:path={}", folder.path().join(name).display());
    let none = Program::on(&at("nobody"));
    assert!(matches!(none.choose(), Err(PortalError::NoBus(_))), "{:?}", none.choose());
    let _listens_and_says_nothing = UnixListener::bind(folder.path().join("silent")).unwrap();
    assert_eq!(Program::on(&at("silent")).choose(), Err(PortalError::Silent));
    let bus = Bus::start(folder.path(), &at("bus"));
    let program = Program::on(&bus.address);
    assert_eq!(program.choose(), Err(PortalError::NoPortal));
    let portal = FakePortal::start(&bus.address, folder.path().to_owned());
    portal.desktop().user = User::Refuses;
    assert_eq!(program.choose(), Err(PortalError::Cancelled));
    portal.desktop().user = User::Fails;
    assert_eq!(program.choose(), Err(PortalError::Ended));
    assert!(portal.desktop().sessions.is_empty(), "what came to nothing is closed");
    // One that nobody waits for any more goes away.
    portal.desktop().user = User::Waits;
    let is_wanted = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let chosen = scope
            .spawn(|| program.screens.choose(KEY, true, &|| is_wanted.load(Ordering::Acquire)));
        time::wait_for(SOON, || (portal.desktop().starts.len() == 3).then_some(())).unwrap();
        is_wanted.store(false, Ordering::Release);
        assert_eq!(chosen.join().unwrap(), Err(PortalError::Cancelled));
    });
    assert_eq!(portal.desktop().withdrawn, 1);
    assert!(portal.desktop().sessions.is_empty());
    // It goes while its dialog is open.
    std::thread::scope(|scope| {
        let chosen = scope.spawn(|| program.choose());
        time::wait_for(SOON, || (portal.desktop().starts.len() == 4).then_some(())).unwrap();
        drop(portal);
        assert_eq!(chosen.join().unwrap(), Err(PortalError::Silent));
    });
    let portal = FakePortal::start(&bus.address, folder.path().to_owned());
    portal.desktop().hangs = true;
    let began = time::now();
    assert_eq!(program.choose(), Err(PortalError::Silent));
    println!("a portal that hangs is given up after {:?}", began.elapsed());
    portal.desktop().hangs = false;
    portal.desktop().user = User::Waits;
    std::thread::scope(|scope| {
        let chosen = scope.spawn(|| program.choose());
        time::wait_for(SOON, || (!portal.desktop().starts.is_empty()).then_some(())).unwrap();
        drop(bus);
        assert!(matches!(chosen.join().unwrap(), Err(PortalError::NoBus(_) | PortalError::Silent)));
    });
}

#[test]
fn a_token_that_is_known_no_more_opens_no_dialog_that_stays() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("unix:path={}", folder.path().join("bus").display());
    let bus = Bus::start(folder.path(), &address);
    let portal = FakePortal::start(&bus.address, folder.path().to_owned());
    let program = Program::on(&bus.address);
    program.tokens.set(KEY, Some("of another time"));
    portal.desktop().user = User::Waits;
    let began = time::now();
    let error = program.open().err().unwrap();
    let took = began.elapsed();
    println!("a dialog of the desktop's own accord is closed after {took:?}");
    assert!(error == PortalError::Asks && error.needs_operator(), "{error}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    let desktop = portal.desktop().clone();
    assert_eq!((desktop.dialogs, desktop.withdrawn, desktop.sessions.len()), (1, 1, 0));
    drop(desktop);
    // A desktop that keeps nothing shows it until it is closed.
    portal.desktop().user = User::Chooses;
    portal.desktop().keeps = false;
    assert_eq!(program.choose(), Ok(false));
    program.screens.keep_chosen(KEY, Duration::ZERO);
    assert!(portal.desktop().sessions.is_empty(), "what nobody opens is not shared for long");
    assert_eq!(program.open().err(), Some(PortalError::NotChosen));
}

#[test]
fn tokens_are_in_a_file_for_its_owner_alone_and_the_last_ones_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/screens.json");
    let tokens = ScreenTokens::in_file(file.clone());
    assert_eq!(tokens.get(KEY), None);
    tokens.set(KEY, Some("one"));
    tokens.set(KEY, Some("two"));
    assert_eq!(ScreenTokens::in_file(file.clone()).get(KEY).as_deref(), Some("two"));
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Another program writes as well.
    ScreenTokens::in_file(file.clone()).set("other", Some("three"));
    tokens.set(KEY, None);
    assert_eq!(tokens.get("other").as_deref(), Some("three"));
    assert_eq!(tokens.get(KEY), None);
    for number in 0..100 {
        tokens.set(&format!("key-{number}"), Some("x"));
    }
    assert_eq!(tokens.get("other"), None);
    assert_eq!(tokens.get("key-35"), None);
    assert!(tokens.get("key-36").is_some() && tokens.get("key-99").is_some());
    // One that cannot be read is replaced.
    std::fs::write(&file, "nonsense").unwrap();
    assert!(tokens.get("key-99").is_some());
    tokens.set(KEY, Some("four"));
    assert_eq!(ScreenTokens::in_file(file).get(KEY).as_deref(), Some("four"));
}
