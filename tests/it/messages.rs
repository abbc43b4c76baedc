//! What the layout and volume message says of sound, read from a recording.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use show::{
    Asset, AssetId, AssetKind, Feed, FileEnd, LayoutId, PlayFile, Show, SourceId, SourceKind,
    Template,
};
use tests::downstage::Downstage;
use tests::time::PATIENCE;
use tests::{sei, shows};

/// Runs a tool that makes a file.
fn make(tool: &str, arguments: &[&str]) {
    let made = Command::new(tool).args(arguments).output().expect("the tool is installed");
    assert!(made.status.success(), "{tool}: {}", String::from_utf8_lossy(&made.stderr));
}

/// Speech, a tone of -20 dBFS, the same muted, and white noise of -20 dBFS, as files without pictures.
fn four_voices(folder: &Path) -> std::path::PathBuf {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let words = "Good evening, and welcome to the harbour. Tonight the ferries are late, the wind is \
                 rising, and the lamps along the pier are being lit one after another.";
    make("espeak-ng", &["-w", &path("speech.wav"), words]);
    let tone = "aevalsrc=0.1*sin(2*PI*1000*t):s=48000:d=8:c=stereo";
    let noise = "anoisesrc=r=48000:d=8:a=0.1732:c=white,aformat=channel_layouts=stereo";
    for (name, source) in [("tone.wav", tone), ("muted.wav", tone), ("noise.wav", noise)] {
        let source = format!("{source},aformat=sample_fmts=s16");
        make("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", &source, &path(name)]);
    }
    let mut show = Show::new("Voices", shows::HD25);
    let names = ["speech.wav", "tone.wav", "muted.wav", "noise.wav"];
    for (id, name) in (1..).zip(names) {
        let (kind, path) = (AssetKind::Media, name.to_owned());
        show.assets.push(Asset { id: AssetId(id), path, kind, hash: None });
        let (end, in_millis, out_millis, start) = (FileEnd::Loop, 0, None, None);
        let play = PlayFile {
            asset: AssetId(id),
            end,
            in_millis,
            out_millis,
            start,
            track: None,
            hidden: show::WhenHidden::Pause,
        };
        show.sources.push(shows::source(10 + id, SourceKind::File(play)));
    }
    let muted = show::Strip { mute: true, ..show::Strip::new(SourceId(13)) };
    show.mixer.strips.push(muted);
    let feeds = [11, 12, 13, 14].map(|id| Feed::Source(SourceId(id)));
    show.layouts.push(Template::Quad.layout(LayoutId(20), "Quad", &feeds));
    let file = folder.join("show.json");
    fs::write(&file, show::file::encode(&show)).unwrap();
    file
}

#[test]
fn the_message_tells_speech_from_tones_and_how_loud_each_source_is() {
    let folder = tempfile::tempdir().unwrap();
    let show = four_voices(folder.path());
    let record = folder.path().join("out.mkv");
    let arguments = [
        "run",
        show.to_str().unwrap(),
        "--offline",
        "--for",
        "6s",
        "--record",
        record.to_str().unwrap(),
    ];
    let mut downstage = Downstage::start(folder.path(), &arguments);
    let ended = downstage.wait(PATIENCE).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", downstage.stderr());
    let said: Vec<(i64, Value)> = sei::messages(&record)
        .iter()
        .filter_map(|message| Some((message.millis, message.layout_volume()?)))
        .collect();
    let of = |uid: &str, key: &str| -> Vec<(i64, u64)> {
        let value = |(millis, message): &(i64, Value)| {
            let streams = message["stream"].as_array()?;
            let stream = streams.iter().find(|stream| stream["uid"] == uid)?;
            Some((*millis, stream[key].as_u64()?))
        };
        said.iter().filter_map(value).collect()
    };
    // Those that sum up about a second of sound: one on an IDR may follow another by a frame, and
    // speech has pauses of a frame.
    let later = |values: Vec<(i64, u64)>| -> Vec<u64> {
        let pairs = values.windows(2).filter(|pair| pair[0].0 > 500 && pair[1].0 - pair[0].0 > 500);
        pairs.map(|pair| pair[1].1).collect()
    };
    let speech = later(of("uid-11", "vad"));
    // Half of the greatest on average: a message may come in a pause between two words.
    assert!(speech.iter().sum::<u64>() > 75 * speech.len() as u64, "{speech:?}");
    assert!(speech.contains(&150), "{speech:?}");
    assert!(later(of("uid-11", "vol")).iter().all(|vol| *vol > 5), "{:?}", of("uid-11", "vol"));
    for quiet in ["uid-12", "uid-14"] {
        assert!(later(of(quiet, "vad")).iter().all(|vad| *vad == 0), "{:?}", of(quiet, "vad"));
    }
    // A tenth of full scale: round(25.5), the fade-in of the first frame left aside.
    let tone = later(of("uid-12", "vol"));
    assert!(tone.iter().all(|vol| (25..=26).contains(vol)), "{tone:?}");
    assert!(of("uid-13", "muted").iter().all(|(_, muted)| *muted == 1));
    assert!(of("uid-12", "muted").iter().skip(1).all(|(_, muted)| *muted == 0));
    assert!(said.len() >= 6, "{} messages", said.len());
}
