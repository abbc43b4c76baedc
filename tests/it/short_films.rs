//! Films with few pictures or none, and with streams of different length: each can be taken, is heard to its end,
//! and lets work outside real time come to an end.

use std::fs;
use std::path::Path;
use std::process::Command;

use show::{
    Asset, AssetId, AssetKind, Feed, FileEnd, LayoutId, PlayFile, Show, SourceId, SourceKind,
};
use tests::decode;
use tests::downstage::Downstage;
use tests::shows;
use tests::time::PATIENCE;

/// Makes a film by ffmpeg's own sources.
fn made(path: &Path, arguments: &str) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y"]).args(arguments.split_whitespace()).arg(path);
    assert!(command.status().expect("ffmpeg runs").success(), "{command:?}");
}

/// A colour, and this film, which starts on its take and plays once.
fn show_of(folder: &Path, film: &Path) -> String {
    let mut show = Show::new("Short", shows::HD25);
    show.format.raster = show::Raster::Ld;
    let path = film.to_str().expect("UTF-8").to_owned();
    show.assets.push(Asset { id: AssetId(1), path, kind: AssetKind::Media, hash: None });
    let play = PlayFile {
        asset: AssetId(1),
        end: FileEnd::Once,
        in_millis: 0,
        out_millis: None,
        start: None,
        track: None,
        hidden: show::WhenHidden::Pause,
    };
    show.sources.push(shows::source(2, SourceKind::Colour { colour: show::Colour::BLACK }));
    show.sources.push(shows::source(3, SourceKind::File(play)));
    for (layout, source) in [(4, 2), (5, 3)] {
        let feed = [Feed::Source(SourceId(source))];
        show.layouts.push(show::Template::Single.layout(LayoutId(layout), "One", &feed));
    }
    let path = folder.join("show.json");
    fs::write(&path, show::file::encode(&show)).expect("room");
    path.to_str().expect("UTF-8").to_owned()
}

/// The loudest sample of each second of a recording, without its first and last tenth.
fn loudness(record: &Path) -> Vec<f32> {
    let sound = decode::sound(record);
    let begins = sound.pieces.first().map(|(nanos, _)| *nanos);
    assert!(begins.is_some_and(|nanos| nanos < 30_000_000), "sound begins at {begins:?}");
    let samples = sound.samples;
    let loudest =
        |second: &[f32]| second[9_600..86_400].iter().fold(0.0, |most: f32, it| most.max(it.abs()));
    samples.chunks_exact(96_000).map(loudest).collect()
}

#[test]
fn films_of_any_length_of_stream_are_taken_and_heard_to_their_end() {
    let sine = "-f lavfi -i sine=f=440:r=48000:d=6 -ac 2";
    let coded = "-map 0:v -map 1:a -c:v libx264 -pix_fmt yuv420p -c:a aac";
    let both = |frames: u32| {
        let seconds = f64::from(frames) / 25.0;
        format!("-f lavfi -i testsrc2=s=320x180:r=25:d={seconds} {sine} {coded}")
    };
    for (name, arguments) in [
        ("jingle.wav", sine.to_owned()),
        ("jingle.mp3", format!("{sine} -c:a libmp3lame")),
        ("jingle.m4a", format!("{sine} -c:a aac")),
        ("one.mp4", both(1)),
        ("three.mp4", both(3)),
        ("half.mp4", both(75)),
        ("longer.mp4", both(200)),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let film = folder.path().join(name);
        made(&film, &arguments);
        let (show, record) = (show_of(folder.path(), &film), folder.path().join("out.mkv"));
        let file = record.to_str().expect("UTF-8");
        let arguments = [
            "run",
            &show,
            "--offline",
            "--for",
            "12s",
            "--record",
            file,
            "--at",
            "0s",
            "load layout-4",
            "--at",
            "0s",
            "cut",
            "--at",
            "1s",
            "load layout-5",
            "--at",
            "2s",
            "cut",
        ];
        let mut run = Downstage::start(folder.path(), &arguments);
        let ended = run.wait(PATIENCE).unwrap_or_else(|| panic!("{name}: it does not end"));
        assert_eq!(ended.code(), Some(0), "{name}: {}{}", run.stdout(), run.stderr());
        let loud = loudness(&record);
        // Taken at 2 s, it is heard for six.
        let heard: Vec<bool> = loud.iter().map(|most| *most > 0.02).collect();
        let wanted = [false, false, true, true, true, true, true, true];
        assert_eq!(heard.get(..8), Some(&wanted[..]), "{name}: {loud:?}; {}", run.stderr());
        assert!(loud[9..].iter().all(|most| *most < 0.001), "{name}: {loud:?}");
    }
}
