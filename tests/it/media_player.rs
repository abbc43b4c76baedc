//! Files as a studio plays them: every picture once, in order, with its sound; cues, loops and ends.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use media::link::{Channel, SourceLink, Timed};
use media::source::{
    FileOpener, OpenError, Opener, Opening, Origin, SourceError, SourceEvent, SourceHost,
};
use show::{Format, FrameRate, Raster};
use tests::decode;
use tests::media::{self as films, Coding};
use tests::numbers::{self, Area, Luma};
use tests::time::{self, PATIENCE};

const MILLI: i64 = 1_000_000;

/// A reader of a film's link.
struct Reader {
    link: Arc<SourceLink>,
    video: Arc<Channel<engine::Frame>>,
    audio: Arc<Channel<media::link::AudioBlock>>,
    arrived: Arc<AtomicU64>,
}

impl Reader {
    fn new() -> Self {
        let link = Arc::new(SourceLink::default());
        let (video, audio) = (link.video.subscribe(), link.audio.subscribe());
        Self { link, video, audio, arrived: Arc::default() }
    }

    fn open(&self, opener: FileOpener, take: u32) -> Result<Box<dyn Origin>, OpenError> {
        self.open_as(opener, Opening { take, ..Opening::default() })
    }

    fn open_as(&self, opener: FileOpener, opening: Opening) -> Result<Box<dyn Origin>, OpenError> {
        crate::media_encode::start_media();
        let arrived = Arc::clone(&self.arrived);
        let count = move || {
            arrived.fetch_add(1, Ordering::Relaxed);
        };
        opener.open(opening, &self.link, SourceHost::new(|| 0, count))
    }

    /// Reads until both streams of this take have ended, or `most` pictures: the pictures as
    /// (number, time), the sound with its start, and the end of both.
    fn read(&self, film: &mut Box<dyn Origin>, take: u32, most: usize) -> Read {
        let mut read = Read::default();
        let done = time::wait_for(PATIENCE, || {
            if let Some(SourceEvent::Broke(error)) = film.next(Duration::ZERO) {
                panic!("{error}");
            }
            while read.pictures.len() < most
                && let Some(item) = self.video.pop()
            {
                read.picture(item, take);
            }
            while let Some(item) = self.audio.pop() {
                read.sound(item, take);
            }
            let ended = read.video_end.is_some() && read.audio_end.is_some();
            (ended || read.pictures.len() >= most).then_some(())
        });
        assert!(done.is_some(), "not read to its end: {read:?}");
        read
    }
}

#[derive(Default)]
struct Read {
    pictures: Vec<(u64, i64)>,
    samples: Vec<f32>,
    start: Option<i64>,
    /// When the next block is due.
    next: Option<i64>,
    /// The greatest hole or overlap between two blocks, in nanoseconds.
    seam: i64,
    video_end: Option<i64>,
    audio_end: Option<i64>,
}

impl std::fmt::Debug for Read {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (count, samples) = (self.pictures.len(), self.samples.len() / 2);
        let ends = (self.video_end, self.audio_end);
        write!(f, "{count} pictures to {:?}, {samples} samples, {ends:?}", self.pictures.last())
    }
}

impl Read {
    fn picture(&mut self, item: Timed<engine::Frame>, take: u32) {
        if item.take != take {
            return;
        }
        match item.what {
            None => self.video_end = Some(item.pts),
            Some(frame) => {
                let luma = Luma::of(&frame);
                let (_, number) =
                    numbers::read(&luma, Area::whole(&luma)).both().expect("a number");
                self.pictures.push((number, item.pts));
            }
        }
    }

    fn sound(&mut self, item: Timed<media::link::AudioBlock>, take: u32) {
        if item.take != take {
            return;
        }
        let Some(block) = item.what else {
            self.audio_end = Some(item.pts);
            return;
        };
        self.start.get_or_insert(item.pts);
        self.seam = self.seam.max(self.next.map_or(0, |next| (item.pts - next).abs()));
        let samples: &[f32] = (*block).as_ref();
        self.next = Some(item.pts + samples.len() as i64 / 2 * 1_000_000_000 / 48_000);
        self.samples.extend_from_slice(samples);
    }

    fn numbers(&self) -> Vec<u64> {
        self.pictures.iter().map(|(number, _)| *number).collect()
    }

    /// Where clicks are heard on the source's time line, in nanoseconds.
    fn clicks(&self) -> Vec<i64> {
        let at = |sample: usize| self.start.unwrap_or(0) + sample as i64 * 1_000_000_000 / 48_000;
        decode::clicks(&self.samples).into_iter().map(at).collect()
    }
}

fn file(path: &Path, from: u64, to: Option<u64>, looped: bool) -> FileOpener {
    let (from, to) = (from * 1_000_000, to.map(|to| to * 1_000_000));
    FileOpener { path: path.to_owned(), from, to, looped, track: None, cue: 16 }
}

fn assert_near(got: &[i64], wanted: &[i64], millis: i64) {
    assert_eq!(got.len(), wanted.len(), "{got:?} for {wanted:?}");
    for (got, wanted) in got.iter().zip(wanted) {
        assert!((got - wanted).abs() <= millis * MILLI, "{got} is not {wanted}");
    }
}

/// No show has such points, and what opens films does not count on it.
#[test]
fn a_decoders_pictures_are_handed_on_uncopied() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    let format = Format { raster: Raster::Hd, rate: FrameRate::R25 };
    films::film(&path, format, 1, 3, Coding { sound: false, ..Coding::default() });
    let reader = Reader::new();
    let opener = FileOpener { path, from: 0, to: None, looped: false, track: None, cue: 0 };
    let mut film = reader.open(opener, 0).expect("a film");
    let frame = time::wait_for(PATIENCE, || {
        assert!(!matches!(film.next(Duration::ZERO), Some(SourceEvent::Broke(_))));
        reader.video.pop().and_then(|item| item.what)
    });
    let frame = frame.expect("a picture");
    // In a copy each plane follows the one before; a decoder has rows of its own between them.
    let [luma, blue] = [0, 1].map(|plane| frame.plane(plane).data.as_ptr().addr());
    assert!(blue - luma > 1_280 * 720, "{} bytes of luma", blue - luma);
}

#[test]
fn points_beyond_all_time_break_nothing() {
    crate::media_encode::start_media();
    let path = films::small_film(1);
    let most = u64::MAX;
    for (from, to) in [(most, None), (most, Some(most)), (0, Some(most)), (most - 1, Some(1))] {
        for again in [false, true] {
            let opener =
                FileOpener { path: path.clone(), from, to, looped: again, track: None, cue: 16 };
            let _picture_or_reason = opener.poster(&|| false);
            let reader = Reader::new();
            let Ok(mut film) = reader.open(opener, 1) else { continue };
            let mut looks = 0;
            let ended = time::wait_for(PATIENCE, || {
                while reader.video.pop().is_some() || reader.audio.pop().is_some() {}
                looks += 1;
                let happened = film.next(Duration::from_millis(10));
                (happened.is_some() || looks > 30).then_some(())
            });
            assert!(ended.is_some(), "{from} to {to:?}");
        }
    }
}

#[test]
fn a_film_is_played_whole_with_its_sound_on_its_pictures() {
    let path = films::small_film(1);
    let reader = Reader::new();
    let mut film = reader.open(file(&path, 0, None, false), 7).unwrap();
    let read = reader.read(&mut film, 7, usize::MAX);
    assert_eq!(read.numbers(), (0..150).collect::<Vec<_>>());
    for (number, pts) in &read.pictures {
        assert_eq!(*pts, *number as i64 * 40 * MILLI, "picture {number}");
    }
    assert_eq!(read.video_end, Some(6_000 * MILLI));
    assert!(read.seam < MILLI, "sound without a seam: {} ns", read.seam);
    assert_near(&read.clicks(), &[0, 1_000, 2_000, 3_000, 4_000, 5_000].map(|at| at * MILLI), 1);
    assert!(reader.arrived.load(Ordering::Relaxed) >= 150);
}

#[test]
fn a_film_begins_at_its_in_point_and_ends_at_its_out_point() {
    let path = films::small_film(1);
    let reader = Reader::new();
    // 1.5 s in is not a keyframe: what comes before it is decoded and not shown.
    let mut film = reader.open(file(&path, 1_520, Some(4_000), false), 1).unwrap();
    let read = reader.read(&mut film, 1, usize::MAX);
    assert_eq!(read.numbers(), (38..100).collect::<Vec<_>>());
    assert_near(&[read.pictures[0].1, read.start.unwrap()], &[0, 0], 1);
    assert_near(&read.clicks(), &[480 * MILLI, 1_480 * MILLI], 1);
    // The demuxer of GStreamer 1.22 forgets what an AAC encoder put before the first sample, and
    // leaves out as much at the out point: up to one AAC frame.
    let missing = 48 * 2_480 - read.samples.len() as i64 / 2;
    assert!((-1..=1_024).contains(&missing), "{missing} samples are missing");
}

#[test]
fn a_loop_goes_on_without_a_hole() {
    let path = films::small_film(2);
    let reader = Reader::new();
    let mut film = reader.open(file(&path, 1_000, Some(2_000), true), 1).unwrap();
    let read = reader.read(&mut film, 1, 110);
    let wanted: Vec<u64> = (0..110).map(|n| 25 + n % 25).collect();
    assert_eq!(read.numbers(), wanted);
    for (n, (_, pts)) in (0..).zip(&read.pictures) {
        assert!((pts - n * 40 * MILLI).abs() <= MILLI, "picture {n} at {pts}");
    }
    // As at any out point (see above): a lap's last AAC frame.
    assert!(read.seam < 22 * MILLI, "a hole of {} ns", read.seam);
}

#[test]
fn a_loop_that_nobody_reads_can_be_cued_and_closed() {
    let path = films::small_film(2);
    // Shorter than what is decoded ahead: it comes to its end while it is cued.
    for _ in 0..10 {
        let reader = Reader::new();
        let mut film = reader.open(file(&path, 1_000, Some(1_200), true), 1).unwrap();
        let full = || {
            let _messages = film.next(Duration::from_millis(5));
            (reader.video.waiting() >= 16).then_some(())
        };
        assert!(time::wait_for(PATIENCE, full).is_some(), "{} ahead", reader.video.waiting());
        film.cue(2);
        let read = reader.read(&mut film, 2, 12);
        assert_eq!(read.numbers(), (0..12).map(|n| 25 + n % 5).collect::<Vec<_>>());
        let _messages = film.next(Duration::from_millis(20));
    }
}

/// The seek to its next lap may be under way: a demuxer that is stopped in the middle of it would start
/// again, and read on into what was freed.
#[test]
fn a_loop_can_be_closed_at_any_moment() {
    let cheap = Coding { kbps: 800, ..Coding::default() };
    let format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
    let paths = ["short.mp4", "short.mkv"]
        .map(|name| films::kept(name, |path| films::film_of(path, format, 10, 6, cheap)));
    // Many at once, so that each is interrupted anywhere.
    thread::scope(|scope| {
        for lane in 0..8 {
            let path = &paths[lane % 2];
            scope.spawn(move || (0..60).for_each(|turn| close_a_loop(path, turn)));
        }
    });
}

fn close_a_loop(path: &Path, turn: u64) {
    let reader = Reader::new();
    let mut film = reader.open(file(path, 0, None, true), 1).unwrap();
    // A lap takes some milliseconds, read as fast as it comes; and then nobody reads any more, so that the
    // seek to the next has to wait.
    let reads = time::now() + Duration::from_micros(15_000 + 997 * turn);
    let until = reads + Duration::from_micros(20_000);
    while time::now() < until {
        let _messages = film.next(Duration::from_millis(1));
        while time::now() < reads && (reader.video.pop().is_some() || reader.audio.pop().is_some())
        {
        }
    }
}

#[test]
fn a_whole_film_loops_too() {
    let path = films::small_film(2);
    let reader = Reader::new();
    let mut film = reader.open(file(&path, 0, None, true), 1).unwrap();
    let read = reader.read(&mut film, 1, 320);
    assert_eq!(read.numbers(), (0..320).map(|n| n % 150).collect::<Vec<_>>());
    let clicks: Vec<i64> =
        (0..read.clicks().len() as i64).map(|second| second * 1_000 * MILLI).collect();
    // Sound and pictures are not of one length to the sample: a lap is as long as the longer.
    assert_near(&read.clicks(), &clicks, 45);
}

#[test]
fn a_film_that_is_cued_while_it_is_being_opened_begins_once() {
    let path = films::small_film(3);
    for from in [0, 2_000] {
        let reader = Reader::new();
        let mut film = reader.open(file(&path, from, None, false), 1).unwrap();
        film.cue(2);
        let read = reader.read(&mut film, 2, 60);
        let first = from / 40;
        assert_eq!(read.numbers(), (first..first + 60).collect::<Vec<_>>(), "from {from} ms");
    }
}

/// Opened behind its in point it plays from there, and its laps are as long as ever; a time that is laps
/// later is found, and one behind the end of a film that does not loop is its in point.
#[test]
fn a_film_is_opened_where_it_was_left() {
    let path = films::small_film(3);
    let lap = 150 * 40 * MILLI;
    for (at, known, looped, first) in [
        (2_000 * MILLI, 0, true, 50),
        (2_000 * MILLI + 7 * lap, lap, true, 50),
        (2_000 * MILLI + lap, 0, true, 50),
        (2_000 * MILLI, 0, false, 50),
        (2_000 * MILLI + lap, 0, false, 0),
    ] {
        let reader = Reader::new();
        let opening = Opening { take: 1, at, lap: known, ..Opening::default() };
        let mut film = reader.open_as(file(&path, 0, None, looped), opening).unwrap();
        let most = if looped { 120 } else { 90 };
        let read = reader.read(&mut film, 1, most as usize);
        let wanted: Vec<u64> = (first..first + most).map(|n| n % 150).collect();
        assert_eq!(read.numbers(), wanted, "at {at}, of {known}");
        let times: Vec<i64> = read.pictures.iter().map(|(_, pts)| *pts).collect();
        let steps = (0..times.len() as i64).map(|n| (first as i64 + n) * 40 * MILLI);
        assert_near(&times, &steps.collect::<Vec<_>>(), 1);
    }
}

/// While nothing shows it, it holds what a start needs; then it is decoded as far ahead as ever.
#[test]
fn an_idle_film_is_decoded_no_further_than_a_start_needs() {
    let path = films::small_film(3);
    let reader = Reader::new();
    let opening = Opening { take: 1, idle: true, ..Opening::default() };
    let opener = FileOpener { cue: 0, ..file(&path, 0, None, true) };
    let mut film = reader.open_as(opener, opening).unwrap();
    let mut waits = |most: usize| {
        let here = || {
            let _messages = film.next(Duration::ZERO);
            (reader.video.waiting() >= most).then_some(())
        };
        assert!(time::wait_for(PATIENCE, here).is_some(), "{} ahead", reader.video.waiting());
        time::sleep(Duration::from_millis(200));
        assert!(reader.video.waiting() <= most.max(17), "{} ahead", reader.video.waiting());
        if most < 17 {
            assert!(reader.video.waiting() == most, "{} ahead", reader.video.waiting());
            film.set_idle(false);
        }
    };
    waits(2);
    assert!(reader.video.pop().is_some());
    waits(17);
}

#[test]
fn a_film_is_cued_again_and_again() {
    let path = films::small_film(3);
    let reader = Reader::new();
    let mut film = reader.open(file(&path, 2_000, None, false), 1).unwrap();
    for take in 1..12 {
        let most = [20, 3, 0, 60][take as usize % 4];
        let read = reader.read(&mut film, take, most);
        assert_eq!(read.numbers(), (50..50 + most as u64).collect::<Vec<_>>(), "take {take}");
        if most > 0 {
            assert_near(&[read.pictures[0].1], &[0], 1);
        }
        film.cue(take + 1);
    }
    // A cued film holds as much as was asked for, and no more.
    let ahead = || {
        let _messages = film.next(Duration::ZERO);
        (reader.video.waiting() >= 16).then_some(())
    };
    assert!(time::wait_for(PATIENCE, ahead).is_some(), "{} ahead", reader.video.waiting());
    time::sleep(Duration::from_millis(200));
    assert!(reader.video.waiting() <= 20, "{} ahead", reader.video.waiting());
}

#[test]
fn a_film_that_ended_can_be_cued() {
    let path = films::small_film(3);
    let reader = Reader::new();
    let mut film = reader.open(file(&path, 5_000, None, false), 1).unwrap();
    assert_eq!(reader.read(&mut film, 1, usize::MAX).numbers(), (125..150).collect::<Vec<_>>());
    film.cue(2);
    assert_eq!(reader.read(&mut film, 2, usize::MAX).numbers(), (125..150).collect::<Vec<_>>());
}

#[test]
fn a_film_without_sound_is_silent_from_its_start_and_waits_for_nothing() {
    let format = Format { raster: Raster::Ld, rate: FrameRate::R29_97 };
    let path = films::kept("silent-2.mkv", |path| {
        films::film(path, format, 2, 4, Coding { kbps: 500, sound: false, ..Coding::default() });
    });
    let reader = Reader::new();
    let mut film = reader.open(file(&path, 0, None, false), 1).unwrap();
    let read = reader.read(&mut film, 1, usize::MAX);
    assert_eq!(read.numbers(), (0..59).collect::<Vec<_>>());
    assert_eq!(read.samples.len(), 0);
}

#[test]
fn what_is_no_film_says_so_and_a_film_that_breaks_off_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let reader = Reader::new();
    let absent = reader.open(file(&path("absent.mp4"), 0, None, false), 1);
    assert!(matches!(absent, Err(OpenError::File { .. })));
    assert!(reader.open(file(folder.path(), 0, None, false), 1).is_err(), "a folder");
    films::text_as_film(&path("text.mp4"));
    let happened = |path: &Path, read: bool| {
        let mut film = reader.open(file(path, 0, None, false), 1).unwrap();
        let mut last = None;
        let ended = time::wait_for(PATIENCE, || {
            while read && let Some(item) = reader.video.pop() {
                last = item.what.or(last.take());
            }
            while reader.audio.pop().is_some() {}
            film.next(Duration::ZERO)
        });
        (ended, last)
    };
    let (text, _) = happened(&path("text.mp4"), true);
    let Some(SourceEvent::Broke(error)) = text else { panic!("{text:?}") };
    assert!(matches!(error, SourceError::NoMedia { .. }), "{error}");
    let said = error.to_string();
    assert!(said.ends_with("this is not a video or audio file. Choose another file."), "{said}");
    films::truncated(&path("half.mp4"), &films::small_film(1), 50);
    let (half, last) = happened(&path("half.mp4"), true);
    println!("half a film: {half:?}");
    let frame = last.expect("what is there is shown");
    let luma = Luma::of(&frame);
    let (_, number) = numbers::read(&luma, Area::whole(&luma)).both().unwrap();
    assert!((40..140).contains(&number), "{number}");
    assert!(half.is_some(), "it ends or breaks, and does not hang");
}
