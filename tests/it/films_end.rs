//! Films that end: each is reported, also when two end on the same frame, and what follows is on the frame after the last
//! picture.

use engine::{
    Command, CommandKind, FrameIndex, Issuer, LogInput, ProgramId, Report, SourceState, Switch,
};
use show::{
    Asset, AssetId, AssetKind, Feed, FileEnd, LayoutId, PlayFile, Show, SourceId, SourceKind,
    Start, Template,
};
use studio::program::program_shared::ProgramEvent;
use studio::program::session::{Options, Session, Studio};
use tests::downstage::Downstage;
use tests::numbers::{self, Area};
use tests::time::PATIENCE;
use tests::{decode, media as made, shows};

/// Frames of each film.
const LENGTH: u64 = 150;

/// On which frames the films of a show that plays both at once end.
fn ends(start: Start, out_millis: [Option<u64>; 2]) -> Vec<(u32, u64)> {
    media::init().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut show = Show::new("Two films", shows::HD25);
    for (id, out_millis) in [1, 2].into_iter().zip(out_millis) {
        let path = made::small_film(id as u8).to_str().unwrap().to_owned();
        show.assets.push(Asset { id: AssetId(id), path, kind: AssetKind::Media, hash: None });
        let (asset, end, start) = (AssetId(id), FileEnd::Once, Some(start));
        let play = PlayFile {
            asset,
            end,
            in_millis: 0,
            out_millis,
            start,
            track: None,
            hidden: show::WhenHidden::Pause,
        };
        show.sources.push(shows::source(10 + id, SourceKind::File(play)));
    }
    let feeds = [11, 12].map(|id| Feed::Source(SourceId(id)));
    show.layouts.push(Template::SideBySide.layout(LayoutId(20), "Both", &feeds));
    let kind = CommandKind::Switch(Switch::TakeLayout(LayoutId(20)));
    let (program, origin) = (ProgramId(0), Issuer::CommandLine);
    let options = Options {
        folder: folder.path().to_owned(),
        offline: true,
        script: vec![(FrameIndex(0), Command { program, origin, gesture: None, kind })],
        frames: Some(LENGTH + 50),
        ..Options::default()
    };
    let mut session = Session::start(&Studio::default(), show, options).unwrap();
    let mut ended = Vec::new();
    while session.beat() {
        for event in session.events.try_iter() {
            if let ProgramEvent::Entry(entry) = event
                && let LogInput::Report(Report::Source(id, SourceState::Ended)) = entry.input
            {
                ended.push((id.0, entry.frame.0));
            }
        }
    }
    let states = session.shared.snapshot.load().sources.clone();
    assert!(states.values().all(|state| *state == SourceState::Ended), "{states:?}");
    session.finish();
    ended
}

#[test]
fn each_film_that_ends_is_reported_also_when_two_end_on_the_same_frame() {
    for start in [Start::Free, Start::OnTake] {
        let both = ends(start, [None, None]);
        let frames: Vec<u64> = both.iter().map(|(_, frame)| *frame).collect();
        assert_eq!(both.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [11, 12], "{both:?}");
        assert_eq!(frames[0], frames[1], "{both:?}");
        let [first, second] = ends(start, [Some(2_000), Some(2_040)])[..] else {
            panic!("not two")
        };
        assert_eq!((first.0, second), (11, (12, first.1 + 1)));
    }
}

/// What a recording shows on each frame: a pattern's tag and number, or how bright it is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    Number(u8, u64),
    Luma(u8),
}

/// Records a pattern, and a film that is taken for it a second later; yields what is shown on each frame, and how loud
/// each is.
fn recorded(end: FileEnd) -> (Vec<Shown>, Vec<f32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut show = Show::new("Ends", shows::HD25);
    show.format.raster = show::Raster::Ld;
    show.transition = show::Transition { kind: show::TransitionKind::Cut, frames: 1 };
    let path = made::small_film(1).to_str().unwrap().to_owned();
    show.assets.push(Asset { id: AssetId(1), path, kind: AssetKind::Media, hash: None });
    let play = PlayFile { out_millis: Some(2_000), ..PlayFile::whole(AssetId(1), end) };
    show.sources.push(shows::source(11, SourceKind::File(play)));
    show.sources.push(shows::source(12, SourceKind::TestPattern { tag: 2 }));
    show.sources.push(shows::source(13, SourceKind::TestPattern { tag: 3 }));
    show.standby = Some(show::Standby::new(SourceId(13)));
    for source in [11, 12] {
        let feed = [Feed::Source(SourceId(source))];
        show.layouts.push(Template::Single.layout(LayoutId(source + 10), "One", &feed));
    }
    std::fs::write(folder.path().join("show.json"), show::file::encode(&show)).unwrap();
    let run = "run show.json --offline --for 5s --record out.mkv";
    let mut arguments: Vec<&str> = run.split_whitespace().collect();
    for (at, command) in
        [("0s", "load layout-22"), ("0s", "cut"), ("0s", "load layout-21"), ("1s", "cut")]
    {
        arguments.extend(["--at", at, command]);
    }
    let mut run = Downstage::start(folder.path(), &arguments);
    let ended = run.wait(PATIENCE).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", run.stderr());
    let out = folder.path().join("out.mkv");
    let seen = decode::pictures(&out, |luma| {
        let whole = Area::whole(&luma);
        let number = numbers::read(&luma, whole).both();
        number.map_or_else(
            || Shown::Luma(luma.mean(whole).round() as u8),
            |(tag, number)| Shown::Number(tag, number),
        )
    });
    let sound = decode::sound(&out).samples;
    let loudest = |frame: &[f32]| frame.iter().fold(0.0, |most: f32, it| most.max(it.abs()));
    let loud = sound.chunks_exact(2 * 1_920).map(loudest).collect();
    (seen.into_iter().map(|seen| seen.what).collect(), loud, run.stderr())
}

/// Taken on frame 25, a film of 50 pictures is on frames 25 to 74 whatever follows; that is on frame 75.
#[test]
fn what_follows_is_on_the_frame_after_the_last_picture() {
    for (end, said) in [
        (FileEnd::Once, ""),
        (FileEnd::Black, ""),
        (FileEnd::Standby, "frame 75: standby on air: a film has ended"),
        (FileEnd::Back, "frame 75: source-11 has ended: PGM goes back"),
    ] {
        let (seen, loud, told) = recorded(end);
        assert_eq!(seen.len(), 125, "{end:?}");
        assert!(told.contains(said), "{end:?}: {told}");
        for (at, (shown, frame)) in seen.iter().zip(0..).enumerate() {
            let (is_right, wanted) = match (frame, end) {
                (..25, _) => (*shown == Shown::Number(2, frame), "the pattern"),
                (25..75, _) => (*shown == Shown::Number(1, frame - 25), "the film"),
                (_, FileEnd::Once | FileEnd::Loop) => (*shown == Shown::Number(1, 49), "its last"),
                (_, FileEnd::Black) => (matches!(shown, Shown::Luma(15..=17)), "black"),
                (_, FileEnd::Standby) => (matches!(shown, Shown::Number(3, _)), "the standby"),
                (_, FileEnd::Back) => (matches!(shown, Shown::Number(2, _)), "the pattern again"),
            };
            assert!(is_right, "{end:?}, frame {at}: {shown:?} instead of {wanted}");
        }
        let heard = loud[78..].iter().fold(0.0, |most: f32, it| most.max(*it));
        match end {
            FileEnd::Once | FileEnd::Loop | FileEnd::Black => assert!(heard < 0.001, "{heard}"),
            FileEnd::Standby | FileEnd::Back => assert!(heard > 0.3, "{end:?}: {heard}"),
        }
    }
}
