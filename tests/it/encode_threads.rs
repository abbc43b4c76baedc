//! How many threads an encoder has: decided by how long pictures take, and changed while it runs without
//! anybody seeing it.

use std::sync::Arc;

use engine::FrameIndex;
use media::encode::threads::{MAX_THREADS, ThreadControl};
use media::encode::{Encoder, UnitKind};
use media::pattern::Pattern;
use proptest::prelude::*;
use show::{EncodeProfile, Format, FrameRate, Preset, Raster};
use tests::decode;
use tests::numbers::{self, Area};

use crate::media_encode::{Collect, audio_encoders, feed, recorded, start_media};

const MILLI: u64 = 1_000_000;
const FULL_HD: Format = Format { raster: Raster::Uhd, rate: FrameRate::R25 };
const SMALL: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };

fn control(cores: u32) -> ThreadControl {
    ThreadControl::new(FULL_HD, &EncodeProfile::default(), cores)
}

/// Pictures that take so many milliseconds with one thread, and half of it with two, for so many
/// seconds; the threads at the end of each second.
fn run(control: &mut ThreadControl, millis: u64, seconds: usize) -> Vec<u32> {
    let second = |control: &mut ThreadControl| {
        (0..25).for_each(|_| {
            control.picture(millis * MILLI / u64::from(control.threads()));
        });
        control.threads()
    };
    (0..seconds).map(|_| second(control)).collect()
}

#[test]
fn one_thread_is_kept_as_long_as_it_leaves_room() {
    let mut control = control(4);
    assert_eq!(control.threads(), 1, "1080p25 at veryfast");
    assert_eq!(run(&mut control, 18, 60), [1; 60]);
    assert_eq!(run(&mut control, 27, 60), [1; 60], "two thirds of the time");
}

#[test]
fn there_are_more_within_a_second_where_it_is_tight_and_within_five_pictures_where_it_is_late() {
    let mut tight = control(4);
    assert_eq!(run(&mut tight, 30, 3).last(), Some(&2), "30 ms of 40");
    let mut late = control(4);
    let changed = (1..).find(|_| late.picture(41 * MILLI));
    assert_eq!((changed, late.threads()), (Some(5), 2));
    let changed = (1..).find(|_| late.picture(41 * MILLI));
    assert_eq!((changed, late.threads()), (Some(5), 4));
    assert!((0..100).all(|_| !late.picture(41 * MILLI)), "there are no more cores");
}

#[test]
fn fewer_are_tried_after_ten_calm_seconds_and_ever_later_if_they_are_not_enough() {
    let mut control = control(4);
    let mut tries = Vec::new();
    for _ in 0..4 {
        // What others took of the machine, for a while.
        while control.threads() == 1 {
            control.picture(50 * MILLI);
        }
        let spare = (1..).find(|_| run(&mut control, 15, 1) == [1]);
        tries.extend(spare);
    }
    assert_eq!(tries, [11, 21, 41, 81], "seconds, with the one that begins in the middle");
}

/// A machine that is slow from the start begins with what it needs.
#[test]
fn it_begins_with_as_many_as_so_many_pixels_need() {
    let threads = |raster, rate, preset| {
        let profile = EncodeProfile { preset, ..EncodeProfile::default() };
        ThreadControl::new(Format { raster, rate }, &profile, 16).threads()
    };
    assert_eq!(threads(Raster::Hd, FrameRate::R30, Preset::Veryfast), 1);
    assert_eq!(threads(Raster::Uhd, FrameRate::R25, Preset::Veryfast), 1);
    assert_eq!(threads(Raster::Uhd, FrameRate::R59_94, Preset::Veryfast), 3);
    assert_eq!(threads(Raster::Uhd, FrameRate::R59_94, Preset::Medium), 6);
    assert_eq!(threads(Raster::Uhd, FrameRate::R59_94, Preset::Ultrafast), 2);
}

/// Decoders are given theirs by what they decode: it cannot be changed while they run.
#[test]
fn a_decoder_has_one_thread_up_to_1080p48_and_more_for_what_is_larger() {
    let threads = |size, rate| media::source::decoder_threads(size, rate, 16);
    assert_eq!(threads((1_280, 720), 60), 1);
    assert_eq!(threads((1_920, 1_080), 25), 1);
    assert_eq!(threads((1_920, 1_080), 60), 2);
    assert_eq!(threads((3_840, 2_160), 25), 3);
    assert_eq!(threads((3_840, 2_160), 60), 5);
    assert_eq!(threads((7_680, 4_320), 60), 8, "not more than eight");
    assert_eq!(threads((3_840, 2_160), 0), 3, "a rate that is not said");
    assert_eq!(threads((0, 0), 0), 1);
    assert_eq!(threads((u32::MAX, u32::MAX), u64::MAX), 8);
    assert_eq!(media::source::decoder_threads((3_840, 2_160), 60, 2), 2, "two cores");
}

proptest! {
    #[test]
    fn there_is_always_one_and_never_more_than_cores(
        cores in 0_u32..40,
        times in prop::collection::vec(0_u64..200 * MILLI, 0..3_000),
    ) {
        let mut control = control(cores);
        for took in times {
            let before = control.threads();
            prop_assert_eq!(control.picture(took), control.threads() != before);
            prop_assert!((1..=cores.clamp(1, MAX_THREADS)).contains(&control.threads()));
        }
    }
}

/// Receivers that were there before a change know what they need of what comes after it.
#[test]
fn the_description_of_the_stream_does_not_depend_on_threads() {
    start_media();
    let description = |threads| {
        let sink = Arc::new(Collect::default());
        let encoder = Encoder::start(FULL_HD, EncodeProfile::default(), sink.clone()).unwrap();
        encoder.set_threads(threads).unwrap();
        feed(&encoder, FULL_HD, 0..3, &[]);
        sink.headers().avc.to_vec()
    };
    let of_one = description(1);
    assert!(!of_one.is_empty());
    assert!([2, 3, 4, 8].into_iter().all(|threads| description(threads) == of_one));
}

/// Three changes in a recording: every number once, in order, on time, and a keyframe at each change.
#[test]
fn a_change_of_threads_is_not_seen_in_a_recording() {
    start_media();
    let folder = tempfile::tempdir().unwrap();
    let pattern = Pattern::new(SMALL, 5);
    let path = recorded(folder.path(), (SMALL, 130), audio_encoders()[0], |encoder, n| {
        let threads = [(30, 2), (60, 4), (61, 3), (90, 1)].iter().find(|(at, _)| *at == n);
        if let Some((_, threads)) = threads {
            encoder.set_threads(*threads).unwrap();
            assert!(encoder.threads().is_none_or(|now| now == *threads));
        }
        pattern.picture(n)
    });
    let read = decode::pictures(&path, |luma| numbers::read(&luma, Area::whole(&luma)).both());
    let wanted: Vec<_> = (0..130).map(|n| Some((5, n))).collect();
    assert_eq!(read.iter().map(|seen| seen.what).collect::<Vec<_>>(), wanted);
    for (n, seen) in (0..).zip(&read) {
        // Matroska counts in milliseconds.
        let off = seen.pts - FrameIndex(n).nanos(SMALL.rate) as i64;
        assert!(off.abs() <= 1_000_000, "frame {n} is {off} ns off");
    }
    let offset = decode::click_against_flash(&path);
    assert!(offset.worst_millis.abs() <= 3.0, "{offset:?}");
}

/// With fewer threads it waits for a keyframe that comes anyway.
#[test]
fn fewer_threads_cost_no_keyframe() {
    start_media();
    let sink = Arc::new(Collect::default());
    let encoder = Encoder::start(SMALL, EncodeProfile::default(), sink.clone()).unwrap();
    let pattern = Pattern::new(SMALL, 5);
    for n in 0..120 {
        if n == 30 {
            encoder.set_threads(2).unwrap();
        }
        encoder.adapt(FrameIndex(n));
        let threads = encoder.threads();
        assert!(threads.is_none_or(|now| now == if (30..80).contains(&n) { 2 } else { 1 }));
        assert!(encoder.video(FrameIndex(n), &pattern.picture(n), false));
    }
    encoder.finish();
    let units = sink.units();
    let keys = units.iter().filter(|unit| unit.kind == UnitKind::Keyframe);
    let keys: Vec<u64> = keys.map(|unit| unit.pts as u64 / 40 / MILLI).collect();
    assert_eq!(keys, [0, 30, 80], "a keyframe every two seconds");
}
