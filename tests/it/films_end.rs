//! Films that end: each is reported, also when two end on the same frame.

use engine::{
    Command, CommandKind, FrameIndex, Issuer, LogInput, ProgramId, Report, SourceState, Switch,
};
use show::{
    Asset, AssetId, AssetKind, Feed, FileEnd, LayoutId, PlayFile, Show, SourceId, SourceKind,
    Start, Template,
};
use studio::program::program_shared::ProgramEvent;
use studio::program::session::{Options, Session, Studio};
use tests::{media as made, shows};

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
