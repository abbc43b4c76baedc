//! Loops in real time: lap after lap, beside a process that takes all it can get, every picture is shown
//! once and in order, and no sound is missing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use engine::{FrameIndex, Run};
use media::link::SourceLink;
use media::source::{FileOpener, Opener, Opening, SourceEvent, SourceHost};
use show::{Format, FrameRate, Raster, SourceId};
use studio::program::audio_reader::AudioReader;
use studio::program::slot::Slot;
use studio::program::video_reader::VideoReader;
use tests::canary::{Fault, real_time};
use tests::load::Spinner;
use tests::media::{self as films, Coding};
use tests::numbers::{self, Area, Luma};
use tests::order::every_number;
use tests::time;

use crate::media_encode::start_media;

/// For how long all loops run beside each other.
const MILLIS: u32 = 20_000;
/// How far ahead a file is decoded follows from how long the beginning of its laps took so far: until then sound may
/// be missing where a keyframe lies far before the in point.
const LEARNING_MILLIS: u32 = 3_000;

/// A film that runs again and again.
struct Loop {
    path: PathBuf,
    rate: FrameRate,
    /// The first picture and how many there are, by their numbers.
    pictures: (u64, u64),
    /// In and out point, in milliseconds.
    points: Option<(u64, u64)>,
}

fn ld(rate: FrameRate) -> Format {
    Format { raster: Raster::Ld, rate }
}

/// All of a film of so many pictures.
fn whole(name: &str, rate: FrameRate, frames: u64, coding: Coding) -> Loop {
    let path = films::kept(name, |path| films::film_of(path, ld(rate), frames, 6, coding));
    Loop { path, rate, pictures: (0, frames), points: None }
}

/// A part of a film of six seconds, which has a keyframe each two seconds.
fn part(name: &str, from: u64, to: u64) -> Loop {
    let rate = FrameRate::R25;
    let coding = Coding { kbps: 800, ..Coding::default() };
    let path = films::kept(name, |path| films::film_of(path, ld(rate), 150, 6, coding));
    let pictures = (from / 40, (to - from) / 40);
    Loop { path, rate, pictures, points: Some((from, to)) }
}

fn loops() -> Vec<Loop> {
    let (cheap, slow) = (Coding { kbps: 800, ..Coding::default() }, FrameRate::R25);
    let silent = Coding { sound: false, ..cheap };
    let grain = films::kept("grain-5.mp4", |path| {
        let coding = Coding { kbps: 8_000, grain: 40, ..Default::default() };
        films::film(path, tests::shows::HD25, 4, 5, coding);
    });
    vec![
        whole("second.mp4", slow, 25, cheap),
        whole("second.mkv", slow, 25, cheap),
        whole("second-silent.mp4", slow, 25, silent),
        whole("second-silent.mkv", slow, 25, silent),
        whole("short.mp4", slow, 10, cheap),
        whole("short.mkv", slow, 10, cheap),
        whole("second-59.mp4", FrameRate::R59_94, 59, cheap),
        // The keyframe lies 38 and 48 pictures before the in point.
        part("points.mp4", 1_520, 2_520),
        part("points.mkv", 1_920, 2_320),
        Loop { path: grain.clone(), rate: slow, pictures: (0, 100), points: None },
        // Dear to decode, and 25 pictures come before the in point.
        Loop { path: grain, rate: slow, pictures: (25, 50), points: Some((1_000, 3_000)) },
    ]
}

/// Runs a loop in real time, as a programme does, and yields the number of each frame's picture from
/// the first one on, and how many samples were missing once it had learned how long a lap's beginning takes.
fn run(of: &Loop) -> Result<(Vec<Option<u64>>, u64), Fault> {
    let link = Arc::new(SourceLink::default());
    let mut pictures = VideoReader::new(link.video.subscribe(), None);
    let mut sound = AudioReader::new(link.audio.subscribe(), None);
    let (from, to) = of.points.map_or((0, None), |(from, to)| (from, Some(to * 1_000_000)));
    let path = of.path.clone();
    let opener = FileOpener { path, from: from * 1_000_000, to, looped: true, track: None, cue: 0 };
    let mut film = opener
        .open(Opening { take: 1, ..Opening::default() }, &link, SourceHost::new(|| 0, || {}))
        .map_err(|e| e.to_string())?;
    let stop = AtomicBool::new(false);
    let (mut seen, mut learned) = (Vec::new(), 0);
    let happened = thread::scope(|scope| {
        let listener = scope.spawn(|| {
            while !stop.load(Ordering::Acquire) {
                if let Some(happened) = film.next(Duration::from_millis(20)) {
                    return Some(happened);
                }
            }
            None
        });
        let start = time::now();
        for n in 0..FrameIndex::in_millis(of.rate, MILLIS) {
            let slot = Slot { frame: FrameIndex(n), rate: of.rate, base: 0 };
            time::sleep_until(start + Duration::from_nanos(slot.frame.nanos(of.rate)));
            pictures.advance(Run::Free, slot, false);
            let (first, end) = (slot.frame.samples(of.rate), slot.frame.next().samples(of.rate));
            let mut out = vec![0.0; 2 * (end - first) as usize];
            sound.read(&pictures.standing(SourceId(1)), (first, 0), &mut out, false);
            if n < FrameIndex::in_millis(of.rate, LEARNING_MILLIS) {
                learned = sound.missed();
            }
            if let Some(frame) = pictures.picture() {
                let luma = Luma::of(frame);
                seen.push(numbers::read(&luma, Area::whole(&luma)).both().map(|(_, n)| n));
            }
        }
        stop.store(true, Ordering::Release);
        listener.join().expect("it does not panic")
    });
    match happened {
        None => Ok((seen, sound.missed() - learned)),
        Some(SourceEvent::Ended) => Err("it ended".into()),
        Some(SourceEvent::Broke(error) | SourceEvent::Damaged(error)) => {
            Err(error.to_string().into())
        }
    }
}

/// How many laps were shown with every picture once and in order.
fn laps(of: &Loop) -> Result<u64, Fault> {
    let (seen, missed) = run(of)?;
    let (first, count) = of.pictures;
    let lap = |number: u64| number.checked_sub(first).filter(|number| *number < count);
    let seen: Vec<_> = seen.into_iter().map(|number| vec![number.and_then(lap)]).collect();
    if seen.first() != Some(&vec![Some(0)]) {
        return Err(format!("it begins with {:?}", seen.first()).into());
    }
    let checked = every_number(&seen, &[Some(count)], u64::MAX)?;
    if missed > 0 {
        return Err(Fault::Late(format!("{missed} samples are missing")));
    }
    Ok(checked as u64 / count)
}

#[test]
fn two_hundred_laps_in_a_row_show_every_picture_once_beside_a_busy_process() {
    start_media();
    let loops = loops();
    real_time("eleven loops", FrameRate::R25, |_| all_at_once(&loops));
}

fn all_at_once(loops: &[Loop]) -> Result<(), Fault> {
    let _spinner = Spinner::start();
    let results: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = loops.iter().map(|of| scope.spawn(|| laps(of))).collect();
        running.into_iter().map(|running| running.join().expect("no panic")).collect()
    });
    for (of, result) in loops.iter().zip(&results) {
        println!("{}: {result:?}", of.path.display());
    }
    // What is wrong counts before what is late.
    let is_late = |result: &Result<u64, Fault>| matches!(result, Err(Fault::Late(_)));
    let (late, others): (Vec<_>, Vec<_>) = results.into_iter().partition(is_late);
    let laps: u64 = others.into_iter().sum::<Result<u64, Fault>>()?;
    late.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert!(laps >= 200, "{laps} laps");
    Ok(())
}
