//! The sound of films: any number of channels, any rate and format; and films of which one stream cannot be decoded.

use std::path::PathBuf;
use std::process::Command;

use media::source::SourceError;
use tests::film::{self, Played};
use tests::media as films;

use crate::media_encode::start_media;

/// Makes a film of two seconds by ffmpeg: the test pattern (input 0) and what these arguments make of the sound.
fn made(name: &str, arguments: &str) -> PathBuf {
    let pictures = films::small_film(5);
    films::kept(&format!("sound-1-{name}"), |path| {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-i"]).arg(&pictures);
        command.args(arguments.split_whitespace()).arg(path);
        assert!(command.status().expect("ffmpeg runs").success(), "{command:?}");
    })
}

/// How loud the left and the right side are in the middle of the first second and of the second one.
fn sides(played: &Played) -> [[f32; 2]; 2] {
    let loudest = |from: usize, side: usize| {
        let second = played.sound.get(2 * from..2 * (from + 24_000)).unwrap_or_default();
        second.iter().skip(side).step_by(2).fold(0.0, |most: f32, it| most.max(it.abs()))
    };
    [12_000, 60_000].map(|from| [0, 1].map(|side| loudest(from, side)))
}

fn played(name: &str, arguments: &str) -> Played {
    let played = film::play(&film::once(&made(name, arguments)), 60);
    let well = (played.broke.is_none(), played.damage.is_empty(), played.ended);
    assert_eq!(well, (true, true, Some(50)), "{name}: {:?}, {:?}", played.broke, played.damage);
    let numbers: Vec<_> = (0..50).map(Some).collect();
    assert_eq!(played.numbers, numbers, "{name}");
    played
}

#[test]
fn channels_without_places_are_left_and_right_and_those_with_places_are_mixed() {
    start_media();
    let video = "-map 0:v -c:v libx264 -preset veryfast -t 2";
    for (name, count) in [("3", 3), ("4", 4), ("5", 5), ("6", 6), ("8", 8), ("16", 16), ("24", 24)]
    {
        // The first is loud, the second half as loud, the others are silent.
        let channels = (0..count).map(|channel| match channel {
            0 => "0.4*sin(2764.6*t)",
            1 => "0.2*sin(2764.6*t)",
            _ => "0",
        });
        let signal = channels.collect::<Vec<_>>().join("|");
        let wav = films::kept(&format!("sound-1-{name}.wav"), |path| {
            let source = format!("aevalsrc={signal}:s=48000:d=2");
            let mut command = Command::new("ffmpeg");
            command.args(["-v", "error", "-y", "-f", "lavfi", "-i", &source, "-c:a", "pcm_s16le"]);
            assert!(command.arg(path).status().expect("ffmpeg runs").success(), "{command:?}");
            // WAVE_FORMAT_EXTENSIBLE: the places are at 40.
            let mut bytes = std::fs::read(path).expect("it is there");
            if bytes[20..22] == [0xfe, 0xff] {
                bytes[40..44].fill(0);
            }
            std::fs::write(path, bytes).expect("room");
        });
        let wav = wav.display();
        let film =
            played(&format!("{name}.mov"), &format!("-i {wav} {video} -map 1:a -c:a pcm_s16le"));
        for [left, right] in sides(&film) {
            assert!(
                (left - 0.4).abs() < 0.02 && (right - 0.2).abs() < 0.02,
                "{name}: {left} {right}"
            );
        }
    }
    for layout in ["mono", "stereo", "3.0", "quad", "5.0", "5.1", "7.1"] {
        let only_left = match layout {
            "mono" => "0.4*sin(2764.6*t)",
            _ => "FL=c0",
        };
        let filter = match layout {
            "mono" => format!("aevalsrc={only_left}:s=48000:d=2[a]"),
            _ => format!("aevalsrc=0.4*sin(2764.6*t):s=48000:d=2,pan={layout}|{only_left}[a]"),
        };
        let film = played(
            &format!("{layout}.mkv"),
            &format!("-filter_complex {filter} {video} -map [a] -c:a flac"),
        );
        for [left, right] in sides(&film) {
            let is_right = match layout {
                "mono" => (left - right).abs() < 0.01 && left > 0.2,
                _ => left > 0.1 && right < 0.01,
            };
            assert!(is_right, "{layout}: {left} {right}");
        }
    }
}

#[test]
fn sound_of_any_rate_and_format_is_heard_to_its_end() {
    start_media();
    for (ending, codec, rate) in [
        ("mov", "pcm_s16le", 8_000),
        ("mov", "pcm_s24le", 48_000),
        ("mov", "pcm_u8", 44_100),
        ("mov", "pcm_f32le", 48_000),
        ("mov", "pcm_f64be", 44_100),
        ("mov", "pcm_s32le", 48_000),
        ("mov", "pcm_s24be", 22_050),
        ("mov", "pcm_alaw", 8_000),
        ("mov", "pcm_mulaw", 44_100),
        // (More than 65,535 samples a second need QuickTime's newer description.)
        ("mov", "pcm_s16le", 96_000),
        ("mov", "pcm_s24le", 96_000),
        ("mov", "pcm_s32be", 88_200),
        ("mov", "pcm_f32le", 192_000),
        ("mov", "pcm_f64le", 96_000),
        ("mkv", "pcm_f32le", 192_000),
        ("avi", "pcm_s24le", 96_000),
    ] {
        let name = format!("{codec}-{rate}.{ending}");
        let sine = "-f lavfi -i sine=f=440:d=2 -map 0:v -map 1:a -ac 2 -t 2";
        let coding = format!("-c:v libx264 -preset veryfast -c:a {codec} -ar {rate}");
        let film = played(&name, &format!("{sine} {coding}"));
        let loud = sides(&film);
        assert!(loud.iter().flatten().all(|loud| *loud > 0.08), "{name}: {loud:?}");
    }
}

/// Where the last box of a kind is in a file, behind its kind.
fn last_box(file: &[u8], kind: &[u8; 4]) -> usize {
    file.windows(4).rposition(|four| four == kind).expect("a box of this kind") + 4
}

#[test]
fn tables_that_are_damaged_end_the_film_and_fill_no_memory() {
    start_media();
    let sine = "-f lavfi -i sine=f=440:d=2 -map 0:v -map 1:a -ac 2 -t 2 -c:v libx264";
    let path = made("whole.mov", &format!("{sine} -c:a pcm_s16le -ar 96000"));
    let whole = std::fs::read(&path).expect("it was made");
    // The sound's tables come last. How many chunks there are; how many runs of them; where the second run begins,
    // too far on and before the first; how many samples there are.
    for (name, kind, at, value) in [
        ("places", b"stco", 4, u32::MAX),
        ("runs", b"stsc", 4, u32::MAX),
        ("far", b"stsc", 8 + 12, u32::MAX),
        ("back", b"stsc", 8 + 12, 0),
        ("samples", b"stsz", 8, u32::MAX),
        ("none", b"stsz", 8, 0),
    ] {
        let at = last_box(&whole, kind) + at;
        let mut damaged = whole.clone();
        damaged[at..at + 4].copy_from_slice(&value.to_be_bytes());
        let copy = path.with_file_name(format!("damaged-{name}.mov"));
        std::fs::write(&copy, damaged).expect("room");
        let film = film::play(&film::once(&copy), 100);
        assert!(film.broke.is_some() || film.ended.is_some(), "{name}: {:?}", film.damage);
    }
}

#[test]
fn a_stream_without_a_decoder_is_named_and_the_other_one_plays() {
    start_media();
    let sine = "-f lavfi -i sine=f=440:d=2 -map 0:v -map 1:a -ac 2 -t 2";
    let dnx = "-vf scale=640:360,format=yuv422p -c:v dnxhd -profile:v dnxhr_sq -c:a pcm_s16le";
    let path = made("dnx.mov", &format!("{sine} {dnx}"));
    for part in [film::once(&path), film::looped(&path)] {
        let film = film::play(&part, 100);
        let [SourceError::NoPicture { codec, .. }] = &film.damage[..] else {
            panic!("{:?}, {:?}", film.damage, film.broke)
        };
        assert!(!codec.is_empty());
        assert!(sides(&film).iter().flatten().all(|loud| *loud > 0.08), "{:?}", sides(&film));
        assert_eq!(film.ended.is_some(), !part.looped);
    }
    let path = made("dnx-alone.mov", &format!("-t 2 -an {dnx}"));
    let film = film::play(&film::once(&path), 20);
    assert!(matches!(&film.broke, Some(SourceError::NoDecoder { .. })), "{:?}", film.broke);
}
