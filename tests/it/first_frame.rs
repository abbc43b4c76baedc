//! What is asked for from the first frame has it, and what nobody encodes is counted.

use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;

use engine::{CommandKind, Deliver, FrameIndex, Switch};
use show::{
    EncodeProfile, Feed, Format, FrameRate, LayoutId, Output, OutputId, OutputKind, Preset, Raster,
    Rect, Show, SourceId, SourceKind, Template,
};
use studio::program::session::{Options, Session, Studio};
use tests::canary::{Fault, real_time};
use tests::shows;

use crate::end_to_end::numbers_of;

/// Small, so that an encoder keeps up on any machine.
const SMALL: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const FRAMES: u64 = 100;

fn show() -> Show {
    let mut show = Show::new("From the first frame", SMALL);
    show.sources.push(shows::source(1, SourceKind::TestPattern { tag: 5 }));
    show.layouts.push(Template::Single.layout(LayoutId(2), "Full", &[Feed::Source(SourceId(1))]));
    let kind = OutputKind::Record { path: "out.mkv".to_owned() };
    let profile = EncodeProfile { preset: Preset::Ultrafast, ..EncodeProfile::default() };
    let (id, bus, sei) = (OutputId(3), Default::default(), Default::default());
    show.outputs.push(Output { id, name: "Out".to_owned(), kind, profile, bus, sei });
    show
}

/// Frames that were recorded, and frames that no encoder had, of a programme whose recording is asked for on
/// this frame.
fn recorded(folder: &Path, on: u64, offline: bool) -> (u64, u64) {
    media::init().unwrap();
    let start = CommandKind::Deliver(Deliver::Start(OutputId(3)));
    let take = CommandKind::Switch(Switch::TakeLayout(LayoutId(2)));
    let script =
        vec![(FrameIndex(0), shows::command(take)), (FrameIndex(on), shows::command(start))];
    let (folder, frames) = (folder.to_owned(), Some(FRAMES));
    let options = Options { folder, script, frames, offline, ..Options::default() };
    let mut session = Session::start(&Studio::default(), show(), options).unwrap();
    while !session.is_over() {
        if !session.beat() {
            break;
        }
        if !offline {
            tests::time::sleep(std::time::Duration::from_millis(5));
        }
    }
    let missed = session.shared.counts.not_encoded.load(Ordering::Relaxed);
    let ended = session.finish();
    (ended[0].figures.record.pictures.load(Ordering::Relaxed), missed)
}

#[test]
fn a_recording_that_is_asked_for_at_first_has_every_frame() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(recorded(folder.path(), 0, true), (FRAMES, 0));
    let numbers = numbers_of(&folder.path().join("out.mkv"), &[Rect::FULL], &[5]);
    let numbers: Vec<_> = numbers.into_iter().map(|frame| frame[0]).collect();
    assert_eq!(numbers, (0..FRAMES).map(Some).collect::<Vec<_>>());
}

#[test]
fn frames_that_no_encoder_had_yet_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    // It is needed from frame 40 on, and its encoder is there for the next one.
    assert_eq!(recorded(folder.path(), 40, true), (FRAMES - 41, 1));
}

#[test]
fn in_real_time_it_has_every_frame_too() {
    real_time("from the first frame", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        match recorded(folder.path(), 0, false) {
            (FRAMES, 0) => {}
            other => return Err(Fault::Wrong(format!("{other:?} of {FRAMES} frames"))),
        }
        let bytes = fs::metadata(folder.path().join("out.mkv")).unwrap().len();
        assert!(bytes > 10_000, "{bytes}");
        Ok(())
    });
}
