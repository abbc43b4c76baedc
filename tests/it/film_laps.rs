//! Films of any container, of streams of any length and with any time stamps are played from their first picture, and
//! loop without a hole: lap after lap, picture and sound in step.

use std::path::{Path, PathBuf};
use std::process::Command;

use media::source::FileOpener;
use tests::film::{self, Played};
use tests::media as films;

use crate::media_encode::start_media;

/// How many laps of a loop are looked at.
const LAPS: u64 = 6;
/// Samples of one period of the sine in the films: 500 Hz.
const PERIOD: usize = 96;

/// Makes a file by ffmpeg from the pictures of the test pattern (input 0) and a sine of 500 Hz (input 1).
fn made(name: &str, arguments: &str) -> PathBuf {
    let pictures = films::small_film(5);
    films::kept(&format!("laps-3-{name}"), |path| {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-i"]).arg(&pictures);
        command.args(["-f", "lavfi", "-i", "sine=f=500:r=48000:d=60"]);
        command.args(arguments.split_whitespace()).arg(path);
        assert!(command.status().expect("ffmpeg runs").success(), "{command:?}");
    })
}

const H264: &str = "-map 0:v -map 1:a -c:v libx264 -preset veryfast -g 25 -bf 2 -ac 2";
const MPEG2: &str = "-map 0:v -map 1:a -c:v mpeg2video -q:v 3 -g 12 -ac 2";

fn assert_well(played: &Played, what: &str) {
    assert_eq!(played.broke, None, "{what}");
    assert_eq!(played.damage, [], "{what}");
}

/// Each picture once and in order, from the first one on, and then the last one up to the end of each lap.
fn assert_laps(played: &Played, pictures: u64, lap: u64, what: &str) {
    let expected: Vec<_> =
        (0..played.numbers.len() as u64).map(|at| Some((at % lap).min(pictures - 1))).collect();
    let wrong = played.numbers.iter().zip(&expected).position(|(seen, wanted)| seen != wanted);
    let from = wrong.unwrap_or(0).saturating_sub(3);
    let near = |all: &[Option<u64>]| all[from..all.len().min(from + 12)].to_vec();
    assert_eq!(wrong, None, "{what}: {:?}, not {:?}", near(&played.numbers), near(&expected));
}

/// The sine is heard in the first `sounds` samples of each lap of so many, and nothing behind it. It has the same phase
/// everywhere, and no hole.
fn assert_sine(played: &Played, sounds: usize, lap: usize, what: &str) {
    let phases = film::phases(&played.sound, PERIOD);
    let middle = phases[200].0;
    for (at, (phase, loud)) in phases.iter().enumerate() {
        let in_lap = at * PERIOD % lap;
        // A coder smears what begins or ends at once.
        let near_end = sounds < lap && in_lap.abs_diff(sounds) < 3_000;
        let begins = at * PERIOD < 2_400;
        if near_end || begins || in_lap + PERIOD > lap {
            continue;
        }
        let is_right = match in_lap < sounds {
            true => *loud > 0.07 && *loud < 0.12 && (phase - middle).abs() < 4.0,
            false => *loud < 0.01,
        };
        let near: Vec<_> = phases.iter().skip(at.saturating_sub(3)).take(16).collect();
        assert!(is_right, "{what}: at {} of {in_lap}: {near:?}, not {middle}", at * PERIOD);
    }
}

fn assert_loops(path: &Path, pictures: u64, sounds: usize, lap: u64) {
    let what = path.display().to_string();
    let played = film::play(&film::looped(path), LAPS * lap);
    assert_well(&played, &what);
    assert_laps(&played, pictures, lap, &what);
    assert_sine(&played, sounds, lap as usize * 1_920, &what);
}

#[test]
fn films_of_any_container_that_begin_anywhere_loop_without_a_hole() {
    start_media();
    for (name, pictures, sound, offset) in [
        ("aac.mp4", H264, "aac", "0"),
        ("aac44.mp4", H264, "aac -ar 44100", "0"),
        ("aac.mkv", H264, "aac", "0"),
        ("aac.ts", H264, "aac", "0"),
        ("aac.flv", H264, "aac", "0"),
        ("ac3.mkv", H264, "ac3", "0"),
        ("ac3.ts", H264, "ac3", "0"),
        ("mp3.mkv", H264, "libmp3lame", "0"),
        ("mp3.mp4", H264, "libmp3lame", "0"),
        ("flac.mkv", H264, "flac", "0"),
        ("96.mov", H264, "pcm_s24le -ar 96000", "0"),
        ("8.mov", H264, "pcm_s16le -ar 8000", "0"),
        ("0.mp4", H264, "alac", "0"),
        ("5.mp4", H264, "alac", "5"),
        ("0.ts", H264, "mp2", "0"),
        ("1.ts", H264, "mp2", "1.4"),
        ("5.ts", H264, "mp2", "5"),
        // 33 bits are full after 95,443.7 s: shortly after it has begun, and in its middle.
        ("before.ts", H264, "mp2", "95438"),
        ("wrap.ts", H264, "mp2", "95442"),
        ("0.mpg", MPEG2, "mp2", "0"),
        ("5.mpg", MPEG2, "mp2", "5"),
        ("mpeg.ts", MPEG2, "mp2", "3"),
        ("0.mkv", H264, "libvorbis", "0"),
        ("5.mkv", H264, "libvorbis", "5"),
        ("0.flv", H264, "libmp3lame", "0"),
        ("5.flv", H264, "libmp3lame", "5"),
    ] {
        let coding = format!("{pictures} -c:a {sound}");
        let path = made(name, &format!("{coding} -t 2 -output_ts_offset {offset}"));
        assert_loops(&path, 50, 96_000, 50);
    }
}

#[test]
fn a_lap_is_as_long_as_its_longest_stream() {
    start_media();
    // (In a transport stream nobody says where in its last frame the sound ends.)
    for (ending, sound) in [("mov", "pcm_s16le"), ("mkv", "libvorbis"), ("flv", "libmp3lame")] {
        for (name, cut, pictures, seconds) in [
            // Ten seconds of pictures with twenty of sound are as one second with five.
            ("longer", "-filter_complex [1]atrim=0:5[a];[0:v]trim=0:1[v]", 25, 5),
            ("little", "-filter_complex [1]atrim=0:2[a];[0:v]trim=0:1[v]", 25, 2),
            ("shorter", "-filter_complex [1]atrim=0:1[a];[0:v]trim=0:4[v]", 100, 1),
        ] {
            let coding = "-map [v] -map [a] -c:v libx264 -preset veryfast -bf 2 -ac 2 -c:a";
            let path = made(&format!("{name}.{ending}"), &format!("{cut} {coding} {sound}"));
            assert_loops(&path, pictures, seconds * 48_000, pictures.max(seconds as u64 * 25));
        }
    }
    let one = "-filter_complex [1]atrim=0:3[a];[0:v]trim=0:0.04[v] -map [v] -map [a] -c:v libx264";
    assert_loops(&made("one.mkv", &format!("{one} -ac 2 -c:a libvorbis")), 1, 144_000, 75);
    assert_loops(&made("one.mp4", &format!("{one} -ac 2 -c:a alac")), 1, 144_000, 75);
    let newer = made("one-96.mov", &format!("{one} -ac 2 -c:a pcm_s24le -ar 96000"));
    assert_loops(&newer, 1, 144_000, 75);
}

#[test]
fn nothing_is_lost_at_any_of_hundreds_of_laps() {
    start_media();
    let cut = "-filter_complex [1]atrim=0:0.4[a];[0:v]trim=0:1.6[v] -map [v] -map [a] -c:v libx264";
    for (ending, sound) in [("flv", "libmp3lame"), ("mkv", "flac"), ("mp4", "aac")] {
        let name = format!("again.{ending}");
        let path = made(&name, &format!("{cut} -preset veryfast -bf 2 -ac 2 -c:a {sound}"));
        let played = film::play(&film::looped(&path), 6_000);
        assert_well(&played, &name);
        assert_laps(&played, 40, 40, &name);
    }
}

#[test]
fn in_and_out_points_are_times_from_the_beginning_of_the_film() {
    start_media();
    for name in ["5.mkv", "5.ts", "5.flv", "5.mp4", "0.mpg"] {
        let coding = if name.ends_with("mpg") { MPEG2 } else { H264 };
        let path = made(&format!("long-{name}"), &format!("{coding} -t 4 -output_ts_offset 5"));
        let (from, to) = (1_000_000_000, Some(2_000_000_000));
        for looped in [true, false] {
            let part = FileOpener { from, to, looped, ..film::once(&path) };
            let played = film::play(&part, 60);
            let what = format!("{}, looped: {looped}", path.display());
            assert_well(&played, &what);
            let numbers: Vec<_> = played.numbers.iter().map(|number| number.unwrap_or(0)).collect();
            let wanted: Vec<_> = (0..numbers.len() as u64).map(|at| 25 + at % 25).collect();
            assert_eq!(numbers, wanted, "{what}");
            assert_eq!(played.ended, (!looped).then_some(25), "{what}");
        }
    }
}

#[test]
fn what_stands_or_begins_late_is_not_taken_for_a_copy_that_broke_off() {
    start_media();
    for (name, arguments) in [
        ("slow.mp4", "-map 0:v -map 1:a -vf fps=1 -t 4"),
        ("slow.mkv", "-map 0:v -map 1:a -vf fps=1 -t 4"),
        ("slow.flv", "-map 0:v -map 1:a -vf fps=1 -t 4"),
        ("stands.mp4", "-map 0:v -vf select='lt(t\\,1)+gt(t\\,3.9)' -fps_mode vfr -t 4"),
        ("late.mkv", "-map 0:v -map 1:a -t 2 -output_ts_offset 5"),
        ("late.flv", "-map 0:v -map 1:a -t 2 -output_ts_offset 5"),
        ("edited.mp4", "-ss 1.5 -map 0:v -map 1:a -c:v copy -t 3"),
        ("short.mp4", "-filter_complex [1]atrim=0:4[a];[0:v]trim=0:1[v] -map [v] -map [a]"),
        ("alone.m4a", "-map 1:a -t 3"),
        ("alone.mp3", "-map 1:a -t 3 -q:a 4"),
        ("alone.mkv", "-map 1:a -t 3 -output_ts_offset 5"),
    ] {
        let path = made(name, arguments);
        let played = film::play(&film::once(&path), 200);
        assert_well(&played, name);
        assert!(played.ended.is_some_and(|frame| frame > 40), "{name}: {:?}", played.ended);
    }
}
