//! Films that are paused, sought and restarted, judged by the numbers and the sound that were recorded.

use engine::{CommandKind, Deliver, FrameIndex, Switch};
use media::link::{AudioBlock, SourceLink, Timed};
use show::{
    Asset, AssetId, AssetKind, EncodeProfile, Feed, FileEnd, Format, FrameRate, LayoutId, Output,
    OutputId, OutputKind, PlayFile, Preset, Raster, Scene, SceneId, Show, SourceId, SourceKind,
    Start, Template, WhenHidden,
};
use studio::cli::show_commands;
use studio::program::audio_reader::AudioReader;
use studio::program::session::{Options, Session, Studio};
use studio::program::slot::PlayPosition;
use tests::numbers::{self, Area, Luma};
use tests::{decode, media as made, shows, signals};

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const FILM: SourceId = SourceId(10);
const TAG: u8 = 3;

fn show_of(start: Start, end: FileEnd) -> Show {
    let mut show = Show::new("Played", LD25);
    let path = made::small_film(TAG).to_str().unwrap().to_owned();
    show.assets.push(Asset { id: AssetId(1), path, kind: AssetKind::Media, hash: None });
    let (start, hidden, in_millis) = (Some(start), WhenHidden::Pause, 0);
    let play = PlayFile {
        asset: AssetId(1),
        end,
        in_millis,
        out_millis: None,
        start,
        track: None,
        hidden,
    };
    show.sources.push(shows::source(FILM.0, SourceKind::File(play)));
    let feed = [Feed::Source(FILM)];
    show.layouts.push(Template::Single.layout(LayoutId(20), "Film", &feed));
    show.layouts.push(Template::Single.layout(LayoutId(21), "Nothing", &[Feed::Empty]));
    for (scene, layout) in [(30, 20), (31, 21)] {
        let (layout, components) = (LayoutId(layout), Vec::new());
        show.scenes.push(Scene {
            id: SceneId(scene),
            name: "Scene".to_owned(),
            layout,
            components,
        });
    }
    let profile =
        EncodeProfile { video_kbps: 8_000, preset: Preset::Ultrafast, ..Default::default() };
    let (bus, sei) = Default::default();
    let kind = OutputKind::Record { path: "out.mkv".to_owned() };
    show.outputs.push(Output { id: OutputId(9), name: "Out".to_owned(), kind, profile, bus, sei });
    show
}

/// Records a show outside real time, and yields the film's number on each frame.
fn record(show: Show, plays: &[(u64, CommandKind)], frames: u64) -> Vec<Option<u64>> {
    media::init().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let start = CommandKind::Deliver(Deliver::Start(OutputId(9)));
    let take = CommandKind::Switch(Switch::TakeLayout(LayoutId(20)));
    let all = [(0, start), (0, take)].into_iter().chain(plays.iter().cloned());
    let script = all.map(|(frame, kind)| (FrameIndex(frame), shows::command(kind))).collect();
    let folder_of_show = folder.path().to_owned();
    let (offline, frames) = (true, Some(frames));
    let options = Options { folder: folder_of_show, offline, script, frames, ..Options::default() };
    let mut session = Session::start(&Studio::default(), show, options).unwrap();
    while session.beat() {}
    session.finish();
    let read = |luma: Luma<'_>| numbers::read(&luma, Area::whole(&luma)).both();
    let seen = decode::pictures(&folder.path().join("out.mkv"), read);
    let number = |(tag, number): (u8, u64)| {
        assert_eq!(tag, TAG);
        number
    };
    seen.into_iter().map(|seen| seen.what.map(number)).collect()
}

/// Commands as they are typed, each at its frame.
fn typed(words: &[(u64, &str)]) -> Vec<(u64, CommandKind)> {
    words.iter().map(|(frame, words)| (*frame, show_commands::parse(words).unwrap())).collect()
}

/// The numbers from this frame on that begin with the first and rise by one.
fn rises(numbers: &[Option<u64>], from: usize, to: usize, first: u64) {
    let expected: Vec<_> = (first..).map(Some).take(to - from).collect();
    assert_eq!(numbers[from..to], expected, "from {from}");
}

#[test]
fn a_pause_holds_one_number_a_seek_lands_on_its_frame_and_a_restart_begins_with_the_first() {
    for (start, end) in
        [(Start::Free, FileEnd::Once), (Start::Free, FileEnd::Loop), (Start::OnTake, FileEnd::Once)]
    {
        let plays = typed(&[
            (20, "pause source-10"),
            (40, "resume source-10"),
            (60, "seek source-10 4"),
            (80, "restart source-10"),
            (100, "pause source-10"),
            (110, "seek source-10 3.02"),
            (120, "resume source-10"),
        ]);
        let all = record(show_of(start, end), &plays, 130);
        println!("{start:?}, {end:?}: {all:?}");
        rises(&all, 0, 20, 0);
        assert!(all[20..40].iter().all(|number| *number == all[19]), "{:?}", &all[19..41]);
        rises(&all, 40, 60, 20);
        // On the frame of its command the film is opened anew; what it showed stays.
        assert_eq!(all[60], all[59]);
        rises(&all, 61, 80, 100);
        assert_eq!(all[80], all[79]);
        rises(&all, 81, 100, 0);
        assert!(all[100..=110].iter().all(|number| *number == all[99]), "{:?}", &all[99..111]);
        assert!(all[111..120].iter().all(|number| *number == Some(75)), "{:?}", &all[111..120]);
        rises(&all, 120, 130, 75);
    }
}

#[test]
fn a_film_that_has_ended_is_restarted_and_one_that_left_air_runs_when_it_is_taken_again() {
    // It ends on frame 150.
    let plays = typed(&[
        (170, "restart source-10"),
        (190, "pause source-10"),
        (200, "take scene-31"),
        (210, "take scene-30"),
    ]);
    // The cut leaves it on PVW, where a film that runs free goes on.
    for (start, again) in [(Start::Free, 29), (Start::OnTake, 0)] {
        let all = record(show_of(start, FileEnd::Once), &plays, 220);
        println!("{start:?}: {all:?}");
        assert_eq!(all[169..171], [Some(149); 2]);
        rises(&all, 171, 190, 0);
        assert_eq!(all[190..200], [Some(18); 10]);
        assert_eq!(all[200..210], [None; 10]);
        rises(&all, 210, 220, again);
    }
}

#[test]
fn sound_that_goes_on_in_its_middle_fades_in() {
    let link = SourceLink::default();
    let mut reader = AudioReader::new(link.audio.subscribe(), None);
    let block: AudioBlock = std::sync::Arc::new(vec![0.5_f32; 2 * 48_000]);
    link.audio.push(Timed { take: 1, pts: 0, what: Some(block) });
    let (source, take, shift) = (FILM, 1, 0);
    let at = |origin, paused| PlayPosition { source, take, origin, paused, shift, seen: true };
    let mut out = vec![0.0; 2 * 1_920];
    assert!(reader.read(&at(Some(0), None), (0, 0), &mut out, false));
    // From the film's first sample on it is as it is.
    assert_eq!(out, vec![0.5; out.len()]);
    assert!(!reader.read(&at(None, Some(40_000_000)), (1_920, 0), &mut out, false));
    assert!(reader.read(&at(Some(40_000_000), None), (3_840, 0), &mut out, false));
    assert_eq!((out[0], out[out.len() - 1]), (0.0, 0.5));
    assert!(signals::greatest_step(&out) < 0.01, "{}", signals::greatest_step(&out));
    assert!(reader.read(&at(Some(40_000_000), None), (5_760, 0), &mut out, false));
    assert_eq!(out, vec![0.5; out.len()]);
}
