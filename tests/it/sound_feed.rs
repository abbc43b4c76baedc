//! The sound of sources and devices with clocks of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use audio::{
    DriftController, FeedReader, FeedWriter, Meters, Monitor, MonitorError, StripMeter, TimeMap,
    devices, feed,
};
use proptest::prelude::*;
use show::{Db, SourceId};
use studio::program::audio_thread::SoundLink;
use studio::program::monitor_output::{MonitorDevice, MonitorFeed, MonitorOutput};
use tests::signals::{distortion, greatest_step, sine, stereo};
use tests::time::{self, PATIENCE};

const SECOND: usize = 48_000;

/// Reads so many frames in blocks of a frame at 29.97, from a sample of the programme on.
fn read(reader: &mut FeedReader, from: u64, frames: usize) -> Vec<f32> {
    let mut out = vec![0.0; 2 * frames];
    let mut at = from;
    for block in out.chunks_mut(2 * 1_601) {
        reader.read(at, block);
        at += block.len() as u64 / 2;
    }
    out
}

fn push(writer: &mut FeedWriter, from: u64, signal: &[f32]) {
    for (i, block) in signal.chunks(2 * 1_024).enumerate() {
        writer.push(from + 1_024 * i as u64, block);
    }
}

#[test]
fn with_no_slope_sound_arrives_bit_by_bit_at_its_offset() {
    let signal = sine(SECOND, 997.0, 0.5);
    let (mut writer, mut reader, _) = feed(2 * SECOND, TimeMap::shifted(9_600));
    push(&mut writer, 0, &signal);
    let heard = read(&mut reader, 0, SECOND);
    assert_eq!(heard[..2 * 9_600], vec![0.0; 2 * 9_600]);
    assert_eq!(heard[2 * 9_600..], signal[..2 * (SECOND - 9_600)]);
    assert_eq!(writer.counts().dropped + writer.counts().late, 0);
}

#[test]
fn a_slope_keeps_a_sine_clean() {
    for slope in [-2_000, -317, 1, 2_000] {
        let map = TimeMap::shifted(0).steered(0, slope);
        let (mut writer, mut reader, _) = feed(4 * SECOND, map);
        push(&mut writer, 0, &sine(3 * SECOND, 1_000.0, 0.5));
        let heard = read(&mut reader, 0, 2 * SECOND);
        let hertz = 1_000.0 / (1.0 + f64::from(slope) * 1e-6);
        let noise = distortion(&heard[2_000..], hertz);
        println!("{slope} ppm: THD+N {noise:.1} dB");
        assert!(noise < -80.0, "{slope} ppm: {noise:.1} dB");
    }
}

#[test]
fn a_change_of_slope_is_not_heard() {
    let signal = sine(9 * SECOND, 1_000.0, 0.5);
    let (mut writer, mut reader, mut steer) = feed(10 * SECOND, TimeMap::shifted(0));
    push(&mut writer, 0, &signal);
    let mut heard = Vec::new();
    for (i, slope) in [0, 2_000, -2_000, 150, 0].into_iter().enumerate() {
        let from = (i * SECOND) as u64;
        steer.set(reader.map().steered(from as i64, slope));
        let part = read(&mut reader, from, SECOND);
        let hertz = 1_000.0 / (1.0 + f64::from(slope) * 1e-6);
        let after = if i == 0 { 100 } else { 0 };
        let noise = distortion(&part[after..], hertz);
        assert!(noise < -80.0, "{slope} ppm: {noise:.1} dB");
        heard.extend_from_slice(&part);
    }
    // Second differences show a step of phase that first ones hide.
    let curve = |i: usize| heard[i] - 2.0 * heard[i + 2] + heard[i + 4];
    let most = (0..heard.len() - 4).map(|i| curve(i).abs()).fold(0.0, f32::max);
    let turn = std::f32::consts::TAU * 1_000.0 * 1.002 / 48_000.0;
    assert!(most < 0.5 * turn * turn * 1.01, "{most}");
}

#[test]
fn what_is_missing_is_silence_that_fades_and_is_counted() {
    let signal = stereo(4 * SECOND, |i| 0.5 * (i as f64 * 0.05).cos());
    let (mut writer, mut reader, _) = feed(SECOND, TimeMap::shifted(4_800));
    let mut heard = Vec::new();
    for n in 0..100 {
        // The source stops for two seconds, and goes on in its own time.
        if !(20..70).contains(&n) {
            let at = n * 1_920;
            writer.push(at as u64, &signal[2 * at..][..2 * 1_920]);
        }
        heard.extend(read(&mut reader, (n * 1_920) as u64, 1_920));
    }
    let most = 0.5 * 0.05 + 0.5 * 0.007 + 0.001;
    assert!(greatest_step(&heard) < most, "{}", greatest_step(&heard));
    let pause = &heard[2 * 25 * 1_920..2 * 70 * 1_920];
    assert!(pause.iter().all(|&sample| sample == 0.0));
    let end = 2 * 90 * 1_920;
    assert_eq!(heard[end..], signal[end - 2 * 4_800..][..heard.len() - end]);
    let counts = writer.counts();
    assert!((90_000..100_000).contains(&counts.missing), "{counts:?}");
    assert_eq!(counts.dropped, 0);
}

#[test]
fn a_full_ring_drops_what_comes_and_counts_it() {
    let (mut writer, mut reader, _) = feed(4_800, TimeMap::shifted(0));
    push(&mut writer, 0, &sine(SECOND, 440.0, 0.5));
    let counts = writer.counts();
    assert!(counts.dropped >= (SECOND - 4_800) as u64, "{counts:?}");
    read(&mut reader, 0, SECOND);
    push(&mut writer, SECOND as u64, &sine(4_000, 440.0, 0.5));
    let heard = read(&mut reader, SECOND as u64, 4_000);
    assert_eq!(writer.counts().dropped, counts.dropped);
    assert!(heard[4_000..].iter().any(|sample| sample.abs() > 0.4));
}

#[test]
fn repeated_time_is_heard_once() {
    let signal = sine(SECOND, 440.0, 0.5);
    let (mut writer, mut reader, _) = feed(SECOND, TimeMap::shifted(0));
    push(&mut writer, 0, &signal[..2 * 10_000]);
    push(&mut writer, 9_000, &signal[2 * 9_000..2 * 20_000]);
    let heard = read(&mut reader, 0, 19_000);
    assert_eq!(heard[2_000..], signal[2_000..2 * 19_000]);
    assert_eq!(writer.counts().late, 1_000);
}

proptest! {
    /// What the picture is chosen by and what the sound is read by are the same map.
    #[test]
    fn a_map_goes_there_and_back(
        offset in -1_000_000_000_i64..1_000_000_000,
        turns in prop::collection::vec((0_i64..5_000_000_000_000, -2_000_i32..=2_000), 0..5),
        at in 0_i64..5_000_000_000_000,
    ) {
        let mut map = TimeMap::shifted(offset);
        for (when, slope) in turns {
            let before = map.source_from_programme(when);
            map = map.steered(when, slope);
            let after = map.source_from_programme(when);
            let place = |(whole, part): (i64, u32)| (i128::from(whole) << 32) + i128::from(part);
            prop_assert!((place(before) - place(after)).abs() < 5_000, "{before:?} {after:?}");
        }
        let (whole, _) = map.source_from_programme(at);
        prop_assert!((map.programme_from_source(whole) - at).abs() <= 2);
    }
}

/// An hour of a device whose clock is off, on simulated time. Blocks come as frames of 25 a
/// second, the device takes its own.
#[test]
fn a_device_with_a_clock_of_its_own_never_runs_dry() {
    for (ppm, period) in
        [(300.0, 1_024), (-300.0, 1_024), (300.0, 480), (-300.0, 2_048), (0.0, 1_920)]
    {
        let mut drift = DriftController::new(4_800);
        // In frames: what was put in, what was taken, and when the device comes next.
        let (mut put, mut taken, mut speed) = (0_usize, 0.0_f64, 0.0);
        let (mut least, mut most, mut seconds) = (usize::MAX, 0, 0.0);
        let mut settled = Vec::new();
        while seconds < 3_600.0 {
            seconds += f64::from(period) / (48_000.0 * (1.0 + ppm * 1e-6));
            put = 4_800 + (seconds * 25.0) as usize * 1_920;
            let fill = put - taken as usize;
            speed = drift.update(fill, period as usize);
            taken += f64::from(period) * (1.0 + speed * 1e-6);
            (least, most) = (least.min(put - taken as usize), most.max(fill));
            if seconds > 1_200.0 {
                settled.push(speed);
            }
        }
        let mean = settled.iter().sum::<f64>() / settled.len() as f64;
        let swing = settled.iter().fold(0.0_f64, |most, speed| most.max((speed + ppm).abs()));
        println!("{ppm} ppm, {period}: fill {least}..{most}, mean {mean:.1}, swing {swing:.0} ppm");
        assert!(least > 480 && most < 9_600, "{ppm} {period}: {least}..{most}, {put} {speed}");
        assert!((mean + ppm).abs() < 10.0, "{ppm} {period}: {mean}");
        assert!(swing < 600.0, "{ppm} {period}: {swing}");
    }
}

#[test]
fn a_machine_without_a_sound_card_gets_an_error_or_a_stream() {
    let names = devices();
    assert!(matches!(
        Monitor::open(Some("no such device")),
        Err(MonitorError::NoDevice | MonitorError::Device(_))
    ));
    for name in names.iter().map(String::as_str).map(Some).chain([None]).take(4) {
        match Monitor::open(name) {
            Ok(mut monitor) => monitor.play(&sine(1_920, 440.0, 0.1)),
            Err(error) => println!("{name:?}: {error}"),
        }
    }
}

#[test]
fn who_looks_seldom_misses_no_click() {
    let link = SoundLink::default();
    let of = |source, peak: f32| {
        let strip = StripMeter {
            source: SourceId(source),
            peak: [peak, 0.1],
            energy: 0.0,
            frames: 0,
            vad: 0,
        };
        let mut meters = Meters { strips: vec![strip], ..Meters::default() };
        meters.programme.peak = [0.2, peak];
        meters.programme.true_peak = [-30.0, -40.0 + peak];
        meters
    };
    for peak in [0.0, 0.9, 0.3] {
        link.show(of(11, peak));
    }
    let loudest = link.loudest();
    assert_eq!(loudest.strips[0].peak, [0.9, 0.1]);
    assert_eq!(loudest.programme.peak, [0.2, 0.9]);
    assert_eq!(loudest.programme.true_peak, [-30.0, -39.1]);
    // Asked again, it is what is there now; and what another source gave is not this one's.
    assert_eq!(link.loudest().strips[0].peak, [0.3, 0.1]);
    link.show(of(12, 0.8));
    link.show(of(11, 0.0));
    assert_eq!(link.loudest().strips[0].peak, [0.0, 0.1]);
}

#[test]
fn ears_say_why_nothing_is_heard_and_are_muted_until_asked() {
    let monitor = Arc::new(MonitorOutput::default());
    let stop = AtomicBool::new(false);
    assert!(monitor.is_muted() && monitor.chosen().is_none());
    std::thread::scope(|scope| {
        scope.spawn(|| monitor.run(&stop));
        monitor.choose(MonitorDevice::Named("no such device".to_owned()));
        let fault = time::wait_for(PATIENCE, || monitor.devices().fault.clone());
        assert_eq!(monitor.devices().open, None);
        // The mix goes on, and its meter with it.
        let mut hearing = MonitorFeed::default();
        monitor.set_level(Db(-6.0));
        hearing.play(&[0.5; 3_840], &monitor);
        let [left, right] = monitor.take_peak();
        assert!((left - 0.25).abs() < 0.002 && left == right, "{left} {right}");
        // Heard without a choice: the system's own.
        let other = MonitorOutput::default();
        other.set_mute(false);
        assert_eq!(other.chosen(), Some(MonitorDevice::Default));
        stop.store(true, Ordering::Release);
        monitor.wake();
        assert!(fault.is_some());
    });
}
