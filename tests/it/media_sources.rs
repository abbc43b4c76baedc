//! The parts of the way in: the test pattern, pictures to and from GStreamer, links to readers, and
//! what is decided about a source.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use engine::{
    Frame, FrameIndex, FramePool, Matrix, PixelFormat, PixelLayout, Plane, Planes, Range,
    SourceState,
};
use gstreamer_video::VideoFormat;
use media::link::{Fanout, Timed};
use media::live_map::LiveMap;
use media::pattern::{self, NUMBERS, Pattern};
use media::source::{Observation, SourceAction, Supervisor};
use media::{encode, picture};
use proptest::prelude::*;
use show::{Format, FrameRate, Raster};
use tests::numbers::{self, Area, Luma};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_tag_and_number_come_back_from_their_cells(tag in 0_u8..16, number in any::<u64>()) {
        let cells = pattern::cells(tag, number);
        prop_assert_eq!(pattern::read_cells(&cells), Some((tag, number % NUMBERS)));
        // One damaged cell is never read as another number.
        for cell in 0..cells.len() {
            let mut damaged = cells;
            damaged[cell] = !damaged[cell];
            prop_assert_eq!(pattern::read_cells(&damaged), None);
        }
    }

    /// A map goes there and back to the nanosecond over an hour, whatever its slope.
    #[test]
    fn a_live_map_goes_there_and_back(
        source in 0..1_i64 << 50, studio in 0..1_i64 << 50,
        slope_ppm in -LiveMap::MAX_PPM..LiveMap::MAX_PPM, since in 0..3_600_000_000_000_i64,
    ) {
        let map = LiveMap { take: 1, anchor: 0, source, studio, slope_ppm, picture: 0 };
        let back = map.source_from_studio(map.studio_from_source(source + since));
        prop_assert!((back - source - since).abs() <= 2, "{}", back - source - since);
        let now = studio + since;
        let steered = map.steered(now, 100);
        prop_assert_eq!(map.source_from_studio(now), steered.source_from_studio(now), "no jump");
    }
}

#[test]
fn seconds_flash_and_click_on_their_first_frame_on_every_rate() {
    for rate in FrameRate::ALL {
        let (num, den) = rate.fraction();
        let mut seconds = Vec::new();
        for n in 0..u64::from(num) * 3_700 / u64::from(den) {
            if let Some(second) = pattern::second_on(rate, n) {
                seconds.push(second);
                // The frame is the first that does not begin before the second.
                let millionths = |n: u64| n * u64::from(den) * 1_000_000 / u64::from(num);
                assert!(millionths(n) >= second * 1_000_000, "{rate}, frame {n}");
                assert!(n == 0 || millionths(n - 1) < second * 1_000_000, "{rate}, frame {n}");
            }
        }
        assert_eq!(seconds, (0..seconds.len() as u64).collect::<Vec<_>>(), "{rate}: each once");
        assert!(seconds.len() >= 3_700, "{rate}");
    }
    for rate in FrameRate::ALL {
        let format = Format { raster: Raster::Ld, rate };
        let pattern = Pattern::new(format, 9);
        for n in 0..rate.nominal().into() {
            let frame = pattern.picture(n);
            let luma = Luma::of(&frame);
            assert_eq!(numbers::read(&luma, Area::whole(&luma)).both(), Some((9, n)));
            let lit = n < pattern::FLASH_FRAMES;
            assert_eq!(numbers::flash(&luma, Area::whole(&luma)), lit, "{rate}, frame {n}");
            let mut sound = Vec::new();
            pattern.sound(n, &mut sound);
            let wanted = FrameIndex(n + 1).samples(rate) - FrameIndex(n).samples(rate);
            assert_eq!(sound.len() as u64, 2 * wanted);
            let loud = if n == 0 { pattern::CLICK_LEVEL } else { 0.0 };
            assert_eq!(sound[..2], [loud; 2], "{rate}, frame {n}");
        }
    }
}

/// A picture whose planes lie apart, as no pool makes it.
struct Apart([Vec<u8>; 3], usize);

impl Planes for Apart {
    fn plane(&self, index: usize) -> Plane<'_> {
        Plane { data: &self.0[index], stride: self.1 }
    }
}

fn random(frame_size: (u32, u32), apart: bool) -> Frame {
    let mut noise = tests::signals::noise();
    let mut byte = move || (noise() * 127.0) as i8 as u8;
    let (width, height) = frame_size;
    if apart {
        let planes = [0, 1, 2].map(|_| (0..3_000 * height).map(|_| byte()).collect());
        return Frame::new(width, height, PixelFormat::PROGRAMME, Arc::new(Apart(planes, 3_000)));
    }
    let mut canvas = FramePool::new(width, height, 1).take();
    for index in 0..3 {
        canvas.plane_mut(index).0.fill_with(&mut byte);
    }
    canvas.finish()
}

fn assert_same_picture(one: &Frame, other: &Frame) {
    assert_eq!((one.size(), one.format()), (other.size(), other.format()));
    for index in 0..3 {
        let (wide, high) = one.plane_size(index);
        let (a, b) = (one.plane(index), other.plane(index));
        for row in 0..high {
            let line = |plane: Plane<'_>| plane.data[row * plane.stride..][..wide].to_vec();
            assert_eq!(line(a), line(b), "plane {index}, row {row} of {:?}", one.size());
        }
    }
}

fn there_and_back(frame: &Frame) -> Frame {
    let (width, height) = frame.size();
    let info = gstreamer_video::VideoInfo::builder(VideoFormat::I420, width, height);
    let bt709 = "bt709".parse::<gstreamer_video::VideoColorimetry>().unwrap();
    let info = info.colorimetry(&bt709).build().unwrap();
    picture::from_buffer(picture::to_buffer(frame), &info).unwrap()
}

#[test]
fn pictures_go_to_gstreamer_and_back_unchanged_and_a_canvas_uncopied() {
    crate::media_encode::start_media();
    for size in [(64, 36), (65, 36), (64, 37), (65, 37), (854, 480), (2, 2), (1, 1), (360, 640)] {
        for apart in [false, true] {
            let frame = random(size, apart);
            let back = there_and_back(&frame);
            assert_same_picture(&frame, &back);
            let place = |frame: &Frame| [0, 1, 2].map(|index| frame.plane(index).data.as_ptr());
            assert_eq!(
                place(&frame) == place(&back),
                !apart,
                "{size:?}: copied only where it must be"
            );
            // What came from a decoder goes to the encoder as it is.
            let again = there_and_back(&back);
            assert_same_picture(&frame, &again);
            assert_eq!(place(&back), place(&again), "{size:?}");
        }
    }
}

#[test]
fn a_stream_says_its_colours_and_where_it_does_not_its_size_does() {
    crate::media_encode::start_media();
    let format = |text: &str| {
        let caps: gstreamer::Caps = text.parse().unwrap();
        let info = gstreamer_video::VideoInfo::from_caps(&caps).unwrap();
        let buffer = gstreamer::Buffer::with_size(info.size()).unwrap();
        picture::from_buffer(buffer, &info).unwrap().format()
    };
    let i420 = |matrix, range| PixelFormat { layout: PixelLayout::I420, matrix, range };
    let raw = "video/x-raw,framerate=25/1";
    for (caps, wanted) in [
        (
            "format=I420,width=1280,height=720,colorimetry=bt709",
            i420(Matrix::Bt709, Range::Limited),
        ),
        ("format=I420,width=640,height=360,colorimetry=bt601", i420(Matrix::Bt601, Range::Limited)),
        ("format=I420,width=640,height=360", i420(Matrix::Bt601, Range::Limited)),
        ("format=I420,width=1280,height=720", i420(Matrix::Bt709, Range::Limited)),
        ("format=I420,width=640,height=360,colorimetry=1:3:5:1", i420(Matrix::Bt709, Range::Full)),
        ("format=RGBA,width=640,height=360", PixelFormat::RGBA),
    ] {
        assert_eq!(format(&format!("{raw},{caps}")), wanted, "{caps}");
    }
}

fn item(pts: i64) -> Timed<u32> {
    Timed { take: 0, pts, what: Some(7) }
}

#[test]
fn a_reader_that_stands_still_takes_nothing_from_another() {
    let fanout = Fanout::<u32>::new(8);
    fanout.push(item(-1));
    let (stalled, quick) = (fanout.subscribe(), fanout.subscribe());
    for n in 0..100 {
        fanout.push(item(n));
        assert_eq!(quick.pop().map(|item| item.pts), Some(n));
    }
    assert_eq!((quick.dropped(), stalled.dropped(), stalled.waiting()), (0, 92, 8));
    let rest: Vec<i64> = std::iter::from_fn(|| stalled.pop()).map(|item| item.pts).collect();
    assert_eq!(rest, (92..100).collect::<Vec<_>>(), "the oldest are let go");
    fanout.unsubscribe(&stalled);
    fanout.push(item(100));
    assert_eq!((stalled.waiting(), quick.waiting()), (0, 1));
    // A take counts its own items, whatever is left of the one before.
    assert_eq!((fanout.pushed(0), fanout.pushed(1)), (102, 0));
    fanout.push(Timed { take: 1, ..item(0) });
    assert_eq!((fanout.pushed(0), fanout.pushed(1), quick.waiting()), (0, 1, 2));
}

#[test]
fn a_file_is_held_up_by_the_reader_that_is_ahead_and_by_no_other() {
    let fanout = Fanout::<u32>::new(32);
    let cancelled = AtomicBool::new(false);
    let wait = || fanout.wait_for_room(2, &|| cancelled.load(Ordering::Acquire));
    let (stalled, quick) = (fanout.subscribe(), fanout.subscribe());
    assert!(wait());
    (0..2).for_each(|n| fanout.push(item(n)));
    thread::scope(|scope| {
        let waiting = scope.spawn(wait);
        assert!(quick.pop().is_some());
        assert!(waiting.join().unwrap(), "one reader has room, the other does not matter");
        fanout.push(item(2));
        let waiting = scope.spawn(wait);
        cancelled.store(true, Ordering::Release);
        fanout.wake();
        assert!(!waiting.join().unwrap(), "both are full, and it was called off");
    });
    assert_eq!(stalled.waiting(), 3);
}

/// What is done about a source that sees this, each (millisecond, what).
fn watched(live: bool, seen: &[(u64, Observation)]) -> Vec<(u64, SourceAction)> {
    let mut supervisor = Supervisor::new(live, 0);
    let acts = |(millis, seen): &(u64, Observation)| {
        let acts = supervisor.observe(*seen, millis * 1_000_000, 100);
        acts.into_iter().map(|act| (*millis, act)).collect::<Vec<_>>()
    };
    seen.iter().flat_map(acts).collect()
}

#[test]
fn a_live_source_is_stalled_after_a_second_lost_after_three_and_opened_anew() {
    use SourceAction::{Close, Open, Report};
    use SourceState::{Connecting, Live, Lost, Stalled};
    let mut seen = vec![(0, Observation::Nothing), (50, Observation::Data)];
    seen.extend((2..100).map(|tenth| (tenth * 100, Observation::Nothing)));
    // It is back after the second try, the first having shown nothing for ten seconds.
    seen.retain(|(millis, _)| *millis < 3_700);
    seen.extend([
        (13_600, Observation::Nothing),
        (13_650, Observation::Nothing),
        (14_700, Observation::Nothing),
    ]);
    seen.extend([
        (14_900, Observation::Data),
        (15_000, Observation::Broke),
        (15_400, Observation::Data),
    ]);
    seen.extend([(15_499, Observation::Nothing), (15_500, Observation::Nothing)]);
    let wanted = [
        (0, Report(Connecting)),
        (0, Open),
        (50, Report(Live)),
        (1_100, Report(Stalled)),
        (3_100, Report(Lost)),
        (3_100, Close),
        // Half a second later, and after the second time a second.
        (3_600, Open),
        (13_600, Close),
        (14_700, Open),
        (14_900, Report(Live)),
        (15_000, Report(Lost)),
        (15_000, Close),
        // All had been well: half a second again.
        (15_500, Open),
    ];
    assert_eq!(watched(true, &seen), wanted);
}

#[test]
fn a_file_may_be_still_and_ends_for_good() {
    use SourceAction::{Open, Report};
    let seen = [
        (0, Observation::Nothing),
        (40, Observation::Data),
        (60_000, Observation::Nothing),
        (60_001, Observation::Data),
        (60_002, Observation::Ended),
        (90_000, Observation::Nothing),
        (90_001, Observation::Data),
    ];
    let wanted = [(0, Report(SourceState::Connecting)), (0, Open), (40, Report(SourceState::Live))];
    assert_eq!(watched(false, &seen), wanted);
}

/// What is on this computer is looked for each second, however long it has been gone.
#[test]
fn a_screen_may_be_still_and_is_looked_for_each_second_while_it_is_lost() {
    let mut supervisor = Supervisor::new(false, 0).reopening_after(1_000_000_000);
    let mut opened = Vec::new();
    let mut see = |millis: u64, seen: Observation| {
        let acts = supervisor.observe(seen, millis * 1_000_000, 7);
        opened.extend(acts.contains(&SourceAction::Open).then_some(millis));
        acts
    };
    see(0, Observation::Nothing);
    see(40, Observation::Data);
    assert_eq!(see(599_999, Observation::Nothing), [], "it stands still");
    see(600_000, Observation::Broke);
    for second in 601..900 {
        see(second * 1_000 - 1, Observation::Nothing);
        see(second * 1_000, Observation::Nothing);
        see(second * 1_000, Observation::Broke);
    }
    let each_second = [0].into_iter().chain((601..900).map(|second| second * 1_000));
    assert_eq!(opened, each_second.collect::<Vec<_>>());
}

/// When a source is opened that breaks, or is refused, as soon as it is opened, in milliseconds; `random` sets the jitter.
fn tries(mut supervisor: Supervisor, seen: Observation, seconds: u64, random: u64) -> Vec<u64> {
    let mut opened = Vec::new();
    for millis in (0..seconds * 1_000).step_by(20) {
        let acts = supervisor.observe(Observation::Nothing, millis * 1_000_000, random);
        if acts.contains(&SourceAction::Open) {
            opened.push(millis);
            supervisor.observe(seen, millis * 1_000_000, random);
        }
    }
    opened
}

/// However long its sender is gone a source is back soon after it; but who is not let in is not to knock for ever.
#[test]
fn a_lost_source_is_tried_each_two_seconds_and_one_that_is_refused_ever_later() {
    let waits = |opened: &[u64]| opened.windows(2).map(|two| two[1] - two[0]).collect::<Vec<_>>();
    for random in [0, 100, 200] {
        let broke = waits(&tries(Supervisor::new(true, 0), Observation::Broke, 1_200, random));
        assert!(broke.iter().all(|wait| *wait <= 2_020), "{broke:?}");
        assert!(broke.len() > 590, "{}", broke.len());
        let refused = waits(&tries(Supervisor::new(true, 0), Observation::Refused, 1_200, random));
        assert!(refused.iter().any(|wait| *wait > 25_000), "{refused:?}");
        assert!(refused.len() < 80, "{}", refused.len());
    }
}

#[test]
fn what_waits_for_its_sender_is_opened_once_and_again_soon_after_it_was_lost() {
    use SourceAction::{Close, Open, Report};
    let live =
        |supervisor: Supervisor| supervisor.waiting_for_sender().reopening_after(250_000_000);
    let mut supervisor = live(Supervisor::new(true, 0));
    let mut see = |millis: u64, seen: Observation| supervisor.observe(seen, millis * 1_000_000, 7);
    assert_eq!(see(0, Observation::Nothing), [Report(SourceState::Connecting), Open]);
    assert_eq!(see(3_600_000, Observation::Nothing), [], "it waits as long as that takes");
    assert_eq!(see(3_600_040, Observation::Data), [Report(SourceState::Live)]);
    assert_eq!(see(3_601_100, Observation::Nothing), [Report(SourceState::Stalled)]);
    assert_eq!(see(3_603_100, Observation::Nothing), [Report(SourceState::Lost), Close]);
    assert_eq!(see(3_603_340, Observation::Nothing), []);
    assert_eq!(see(3_603_350, Observation::Nothing), [Open]);
    assert_eq!(see(7_200_000, Observation::Nothing), [], "it is lost, and waits again");
}

#[test]
fn a_file_that_ended_is_opened_again_if_it_breaks_when_it_is_cued_again() {
    use SourceAction::{Close, Open, Report};
    for between in [Observation::Data, Observation::Nothing] {
        let seen = [
            (0, Observation::Nothing),
            (40, Observation::Data),
            (60, Observation::Ended),
            (80, between),
            (100, Observation::Broke),
            (700, Observation::Nothing),
        ];
        let wanted = [
            (0, Report(SourceState::Connecting)),
            (0, Open),
            (40, Report(SourceState::Live)),
            (100, Report(SourceState::Lost)),
            (100, Close),
            (700, Open),
        ];
        assert_eq!(watched(false, &seen), wanted, "{between:?}");
    }
}

#[test]
fn bytes_are_shared_not_copied() {
    let bytes = encode::Bytes::new(vec![1, 2, 3]);
    assert_eq!(bytes.clone().as_ptr(), bytes.as_ptr());
}
