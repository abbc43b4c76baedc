//! Films with several sound tracks: each can be chosen in every container, and nothing is decoded of the others.

use std::path::{Path, PathBuf};
use std::process::Command;

use media::sound_track::{SoundTrack, TrackPlace};
use media::source::{FileOpener, Opener, SourceError};
use tests::film::{self, Played};
use tests::media as films;

use crate::media_encode::start_media;

/// The tones of the tracks in Hz, in the order of the container. Each is a whole number of periods in the tenth of a
/// second that is looked at.
const TONES: [u32; 4] = [500, 900, 1_300, 2_100];

/// Makes a film of two seconds by ffmpeg: the test pattern (input 0), and tones (inputs 1 to 4) in this order.
fn made(name: &str, arguments: &str) -> PathBuf {
    let pictures = films::small_film(5);
    films::kept(&format!("tracks-1-{name}"), |path| {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-i"]).arg(&pictures);
        for tone in TONES {
            command.args(["-f", "lavfi", "-i", &format!("sine=f={tone}:r=48000:d=20")]);
        }
        command.args(arguments.split_whitespace()).arg(path);
        assert!(command.status().expect("ffmpeg runs").success(), "{command:?}");
    })
}

const FOUR: &str = "-map 0:v -map 1:a -map 2:a -map 3:a -map 4:a -ac 2";
const H264: &str = "-c:v libx264 -preset veryfast -g 25 -bf 2";

/// The containers, each with four tracks.
fn all_kinds() -> Vec<(&'static str, PathBuf)> {
    let kinds = [
        ("aac.mp4", format!("{FOUR} {H264} -c:a aac -t 2")),
        ("pcm.mov", format!("{FOUR} {H264} -c:a pcm_s16le -t 2")),
        ("lpcm.mov", format!("{FOUR} {H264} -c:a pcm_s24le -ar 96000 -t 2")),
        ("aac.mkv", format!("{FOUR} {H264} -c:a aac -t 2")),
        ("aac.ts", format!("{FOUR} {H264} -c:a aac -t 2")),
        // The numbers of its streams fall.
        (
            "fall.ts",
            format!(
                "{FOUR} {H264} -c:a aac -streamid 1:400 -streamid 2:380 -streamid 3:360 -streamid 4:340 -t 2"
            ),
        ),
        ("mp2.mpg", format!("{FOUR} -c:v mpeg2video -q:v 3 -g 12 -c:a mp2 -t 2")),
        ("pcm.avi", format!("{FOUR} {H264} -bf 0 -c:a pcm_s16le -t 2")),
    ];
    kinds.map(|(name, arguments)| (name, made(name, &arguments))).into()
}

/// The tones that are heard in a tenth of a second from here, in Hz.
fn tones(sound: &[f32], second: f64) -> Vec<u32> {
    let from = (second * 48_000.0) as usize;
    let left: Vec<f32> = sound.iter().step_by(2).skip(from).take(4_800).copied().collect();
    let is_heard = |tone: &u32| {
        let (mut sine, mut cosine) = (0.0, 0.0);
        for (at, sample) in left.iter().enumerate() {
            let turn = std::f32::consts::TAU * (at as f32) * (*tone as f32) / 48_000.0;
            sine += sample * turn.sin();
            cosine += sample * turn.cos();
        }
        sine.hypot(cosine) / 2_400.0 > 0.02
    };
    TONES.into_iter().filter(is_heard).collect()
}

/// Plays it once. All of its pictures are seen, and one tone is heard, all of the time.
fn tone_of(part: &FileOpener) -> (u32, Played) {
    let what = part.path.display();
    let played = film::play(part, 60);
    assert_eq!(played.broke, None, "{what}");
    assert_eq!(played.ended, Some(50), "{what}");
    let numbers: Vec<_> = (0..50).map(Some).collect();
    assert_eq!(played.numbers, numbers, "{what}");
    let [tone] = tones(&played.sound, 0.2)[..] else {
        panic!("{what}: {:?}", tones(&played.sound, 0.2))
    };
    for second in [0.5, 1.0, 1.5, 1.85] {
        assert_eq!(tones(&played.sound, second), [tone], "{what}: at {second}");
    }
    (tone, played)
}

fn track(path: &Path, number: u32) -> FileOpener {
    FileOpener { track: Some(number), ..film::once(path) }
}

#[test]
fn each_track_is_heard_by_its_number_in_every_container() {
    start_media();
    for (name, path) in all_kinds() {
        for _ in 0..3 {
            for (number, tone) in (1..).zip(TONES) {
                let (heard, played) = tone_of(&track(&path, number));
                assert_eq!(heard, tone, "{name}: track {number}");
                assert_eq!(played.damage, [], "{name}");
            }
        }
        assert_eq!(tone_of(&film::once(&path)).0, TONES[0], "{name}");
    }
}

#[test]
fn the_track_that_its_container_marks_is_the_default() {
    start_media();
    let third = format!("{FOUR} {H264} -c:a aac -t 2 -disposition:a:0 0 -disposition:a:2 default");
    let all = format!("{FOUR} {H264} -c:a aac -t 2 -disposition:a default");
    for ending in ["mp4", "mkv"] {
        let path = made(&format!("third.{ending}"), &third);
        assert_eq!(tone_of(&film::once(&path)).0, TONES[2], "{ending}");
        assert_eq!(tone_of(&track(&path, 2)).0, TONES[1], "{ending}");
        let path = made(&format!("all.{ending}"), &all);
        assert_eq!(tone_of(&film::once(&path)).0, TONES[0], "{ending}");
    }
    // The first one begins late: its packets come behind those of the second one.
    for (ending, coding) in [("ts", "-c:v libx264 -c:a aac"), ("mpg", "-c:v mpeg2video -c:a mp2")] {
        let late = format!(
            "-filter_complex [1]adelay=1000:all=1,atrim=1[a] -map 0:v -map [a] -map 2:a {coding} -ac 2 -t 2"
        );
        let path = made(&format!("late.{ending}"), &late);
        for (number, tone, other) in [(1, TONES[0], TONES[1]), (2, TONES[1], TONES[0])] {
            let played = film::play(&track(&path, number), 60);
            assert_eq!((played.broke, &played.damage[..]), (None, &[][..]), "{ending}");
            let heard = tones(&played.sound, 1.5);
            assert!(heard == [tone] && heard != [other], "{ending}, {number}: {heard:?}");
        }
    }
}

#[test]
fn a_track_that_a_film_does_not_have_is_said_and_its_default_one_plays() {
    start_media();
    for (name, path) in all_kinds() {
        let (tone, played) = tone_of(&track(&path, 7));
        assert_eq!(tone, TONES[0], "{name}");
        let place = TrackPlace { number: 7, of: 4 };
        let said = SourceError::NoTrack { name: path.display().to_string(), place };
        assert_eq!(played.damage, [said], "{name}");
    }
    // Sound alone, of which the first pipeline decodes nothing; a bare stream; and none at all.
    for (name, arguments, of, ended) in [
        ("alone.m4a", "-map 1:a -map 2:a -c:a aac -t 2", 2, true),
        ("alone.mp3", "-map 1:a -t 2", 1, true),
        ("alone.wav", "-map 1:a -t 2", 1, true),
        ("mute.mp4", "-map 0:v -c:v libx264 -preset veryfast -t 2", 0, true),
    ] {
        let path = made(name, arguments);
        let played = film::play(&track(&path, 3), 80);
        let place = TrackPlace { number: 3, of };
        let said = SourceError::NoTrack { name: path.display().to_string(), place };
        assert_eq!((played.broke, played.damage), (None, vec![said]), "{name}");
        assert_eq!(played.ended.is_some(), ended, "{name}");
        let wanted = if of > 0 { &TONES[..1] } else { &[] };
        assert_eq!(tones(&played.sound, 1.0), wanted, "{name}");
    }
}

#[test]
fn loops_and_points_are_as_with_one_track() {
    start_media();
    for (name, path) in all_kinds() {
        for number in [1, 3] {
            let tone = TONES[number as usize - 1];
            let part = FileOpener { looped: true, ..track(&path, number) };
            let played = film::play(&part, 200);
            assert_eq!((played.broke, &played.damage[..]), (None, &[][..]), "{name}");
            let wanted: Vec<_> = (0..200).map(|at| Some(at % 50)).collect();
            assert_eq!(played.numbers, wanted, "{name}");
            for tenth in 2..80 {
                let heard = tones(&played.sound, f64::from(tenth) / 10.0);
                assert_eq!(heard, [tone], "{name}: track {number} at {tenth}");
            }
            let (from, to) = (600_000_000, Some(1_400_000_000));
            let played = film::play(&FileOpener { from, to, ..track(&path, number) }, 60);
            assert_eq!((played.broke, &played.damage[..]), (None, &[][..]), "{name}");
            assert_eq!(played.ended, Some(20), "{name}");
            let wanted: Vec<_> = (15..35).map(Some).collect();
            assert_eq!(played.numbers, wanted, "{name}");
            for second in [0.1, 0.4, 0.68] {
                assert_eq!(tones(&played.sound, second), [tone], "{name}: at {second}");
            }
        }
    }
}

#[test]
fn a_track_is_as_long_as_itself_alone() {
    start_media();
    // The lap is that of the pictures, whatever another track has.
    let cut = "-filter_complex [1]atrim=0:2[a];[2]atrim=0:5[b] -map 0:v -map [a] -map [b] -ac 2";
    for (ending, sound) in [("mov", "pcm_s16le"), ("mkv", "libvorbis")] {
        let path = made(&format!("long.{ending}"), &format!("{cut} {H264} -c:a {sound} -t 5"));
        let pictures = 125;
        let played = film::play(&FileOpener { looped: true, ..track(&path, 1) }, 260);
        let wanted: Vec<_> = (0..260).map(|at| Some(at % pictures)).collect();
        assert_eq!((played.broke, &played.damage[..]), (None, &[][..]), "{ending}");
        assert_eq!(played.numbers, wanted, "{ending}");
        for (second, is_heard) in [(1.5, true), (3.0, false), (6.0, true), (8.0, false)] {
            let heard = tones(&played.sound, second);
            assert_eq!(heard, &TONES[..usize::from(is_heard)], "{ending}: at {second}");
        }
        // (-t cuts no stream below the pictures.)
        let cut = "-filter_complex [1]atrim=0:1[a];[2]atrim=0:5[b];[0:v]trim=0:1[v] \
                   -map [v] -map [a] -map [b] -ac 2";
        let path = made(&format!("short.{ending}"), &format!("{cut} {H264} -c:a {sound}"));
        let played = film::play(&FileOpener { looped: true, ..track(&path, 1) }, 100);
        let wanted: Vec<_> = (0..100).map(|at| Some(at % 25)).collect();
        assert_eq!(played.numbers, wanted, "{ending}");
    }
}

#[test]
fn a_track_that_cannot_be_decoded_costs_nothing_while_another_plays() {
    start_media();
    // WavPack in Matroska has no decoder in some installations, AAC has one in all: so the coding is one that is unknown
    // to everybody.
    let path = made("unknown.mkv", &format!("{FOUR} {H264} -c:a pcm_s16le -t 2"));
    let mut bytes = std::fs::read(&path).expect("it is there");
    let name = b"A_PCM/INT/LIT";
    let at = bytes.windows(name.len()).position(|found| found == name).expect("it has tracks");
    bytes[at..at + 5].copy_from_slice(b"A_XYZ");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("unknown.mkv");
    std::fs::write(&path, bytes).expect("room");
    for (number, tone) in [(2, TONES[1]), (4, TONES[3])] {
        let (heard, played) = tone_of(&track(&path, number));
        assert_eq!((heard, &played.damage[..]), (tone, &[][..]));
    }
    let played = film::play(&track(&path, 1), 60);
    assert!(
        matches!(&played.damage[..], [SourceError::NoSound { .. }]),
        "{:?}, {:?}",
        played.damage,
        played.broke
    );
    assert_eq!(played.ended, Some(50));
}

#[test]
fn the_tracks_of_a_film_are_listed_with_what_it_says_of_them() {
    start_media();
    let said = "-metadata:s:a:1 language=fra -metadata:s:a:1 title=Commentary -metadata:s:a:2 language=ita";
    let list = |name: &str, arguments: &str| {
        let path = made(&format!("list-2-{name}"), arguments);
        let poster = film::once(&path).poster(&|| false).expect("it opens").expect("it has one");
        poster.tracks
    };
    let plain = |codec: &str, channels| SoundTrack {
        language: None,
        title: None,
        channels: Some(channels),
        codec: codec.to_owned(),
    };
    for (name, coding, codec) in
        [("aac.mp4", "aac", "AAC"), ("pcm.mov", "pcm_s16le", "PCM"), ("aac.mkv", "aac", "AAC")]
    {
        let tracks = list(name, &format!("{FOUR} {H264} -c:a {coding} -ac:a:3 1 -t 2 {said}"));
        let title = Some("Commentary".to_owned());
        let second = SoundTrack { language: Some("fr".to_owned()), title, ..plain(codec, 2) };
        let third = SoundTrack { language: Some("it".to_owned()), ..plain(codec, 2) };
        let wanted = [plain(codec, 2), second, third, plain(codec, 1)];
        assert_eq!(tracks, wanted, "{name}");
    }
    let tracks =
        list("ac3.ts", &format!("{FOUR} {H264} -c:a ac3 -c:a:1 aac -ac:a:2 6 -t 2 {said}"));
    let second = SoundTrack { language: Some("fr".to_owned()), ..plain("AAC", 2) };
    let third = SoundTrack { language: Some("it".to_owned()), ..plain("AC-3", 6) };
    assert_eq!(tracks, [plain("AC-3", 2), second, third, plain("AC-3", 2)]);
    assert_eq!(list("alone.mp3", "-map 1:a -ac 1 -t 2"), [plain("MP3", 1)]);
    assert_eq!(list("alone.wav", "-map 1:a -ac 1 -t 2"), [plain("PCM", 1)]);
    assert_eq!(list("mute.mp4", "-map 0:v -c copy -t 2"), []);
}

#[test]
fn a_track_that_is_silent_while_there_are_others_is_said_until_it_is_heard() {
    start_media();
    let silent =
        "-filter_complex [1]volume=enable='lt(t,8)':volume=0[a] -map 0:v -map [a] -map 2:a -ac 2";
    let path = made("silent-for-8.mkv", &format!("{silent} {H264} -c:a pcm_s16le -t 10"));
    let first = Some(TrackPlace { number: 1, of: 2 });
    let said = |part: &FileOpener, frames| film::play(part, frames).silent_track;
    assert_eq!(said(&film::once(&path), 90), None);
    assert_eq!(said(&film::once(&path), 130), first);
    assert_eq!(said(&film::once(&path), 230), None);
    assert_eq!(said(&track(&path, 2), 130), None);
    let alone = "-filter_complex [1]volume=0[a] -map 0:v -map [a] -ac 2";
    let path = made("silent-alone.mkv", &format!("{alone} {H264} -c:a flac -t 6"));
    assert_eq!(said(&film::once(&path), 145), None);
}
