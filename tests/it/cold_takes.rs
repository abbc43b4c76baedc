//! Takes of what is not open yet: PGM shows what it showed until the new picture is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use compositor::Backend;
use engine::{CommandKind, FrameIndex, Rejection, SourceState, Switch};
use show::{
    Asset, AssetId, AssetKind, Feed, FileEnd, Format, FrameRate, LayoutId, PlayFile, Raster, Show,
    SourceId, SourceKind, Start, Template,
};
use studio::program::program_thread::{ProgramEvent, ProgramShared};
use studio::program::session::{Options, Session};
use tests::canary::{Fault, real_time};
use tests::fake::{Fakes, Life};
use tests::numbers::{self, Area, Luma};
use tests::time::{self, PATIENCE};
use tests::{media as made, shows};

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const CAMERA: &str = "rtmp://camera.test/live";

/// Three looping films with the tags 1 to 3, a pattern with 4 and a camera, each alone in a layout numbered
/// from 30 on.
fn show() -> Show {
    let mut show = Show::new("Cold", LD25);
    let mut kinds = Vec::new();
    for tag in 1..=3_u8 {
        let asset = AssetId(u32::from(tag));
        let path = made::small_film(tag).to_str().unwrap().to_owned();
        show.assets.push(Asset { id: asset, path, kind: AssetKind::Media, hash: None });
        let (end, in_millis, out_millis, start) = (FileEnd::Loop, 0, None, Some(Start::Free));
        kinds.push(SourceKind::File(PlayFile {
            asset,
            end,
            in_millis,
            out_millis,
            start,
            hidden: show::WhenHidden::Pause,
        }));
    }
    kinds.push(SourceKind::TestPattern { tag: 4 });
    kinds.push(SourceKind::Live { url: CAMERA.to_owned(), latency_millis: 100 });
    for (index, kind) in (0..).zip(kinds) {
        show.sources.push(shows::source(10 + index, kind));
        let feed = [Feed::Source(SourceId(10 + index))];
        let layout = Template::Single.layout(LayoutId(30 + index), format!("{index}"), &feed);
        show.layouts.push(layout);
    }
    show
}

fn take(session: &Session, layout: u32) {
    let kind = CommandKind::Switch(Switch::TakeLayout(LayoutId(layout)));
    let command = engine::Command { program: session.program, ..shows::command(kind) };
    session.commands.send(command).unwrap();
}

/// A programme in real time with the first film on air.
fn start(fakes: &Arc<Fakes>) -> Session {
    media::init().unwrap();
    let first = CommandKind::Switch(Switch::TakeLayout(LayoutId(30)));
    let script = vec![(FrameIndex(0), shows::command(first))];
    let options = Options { script, backend: Some(Backend::Cpu), ..Options::default() };
    let session = Session::start(&fakes.studio(), show(), options).unwrap();
    session.shared.watched.store(true, Ordering::Relaxed);
    session
}

/// The tag that PGM shows, and on which frame; no tag if it is black.
fn seen(shared: &ProgramShared) -> Option<(FrameIndex, Option<u8>)> {
    let view = shared.view.load_full()?;
    let luma = Luma::of(&view.pgm);
    let number = numbers::read(&luma, Area::whole(&luma)).both();
    Some((view.frame, number.map(|(tag, _)| tag)))
}

/// Takes each of these layouts after a pause, and notes what PGM showed, frame by frame.
fn shown(session: &Session, takes: &[(u64, u32)]) -> Vec<(FrameIndex, Option<u8>)> {
    let (shared, is_over) = (&*session.shared, AtomicBool::new(false));
    let begun = time::wait_for(PATIENCE, || seen(shared).filter(|(_, tag)| tag.is_some()));
    assert!(begun.is_some(), "nothing on air");
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut all: Vec<(FrameIndex, Option<u8>)> = Vec::new();
            while !is_over.load(Ordering::Acquire) {
                all.extend(
                    seen(shared).filter(|now| all.last().is_none_or(|last| last.0 != now.0)),
                );
                time::sleep(Duration::from_millis(5));
            }
            all
        });
        for (pause, layout) in takes {
            time::sleep(Duration::from_millis(*pause));
            take(session, *layout);
        }
        time::sleep(Duration::from_millis(1_000));
        is_over.store(true, Ordering::Release);
        watcher.join().unwrap()
    })
}

fn refusals(session: &Session) -> Vec<Rejection> {
    let rejected = |event| match event {
        ProgramEvent::Refused(_, rejection) => Some(rejection),
        ProgramEvent::Event(event) => match event.kind {
            engine::EventKind::Rejected(rejection) => Some(rejection),
            _ => None,
        },
        _ => None,
    };
    session.events.try_iter().filter_map(rejected).collect()
}

/// Films that are not open, patterns and a camera, hot, one after the other and in a hurry.
#[test]
fn a_take_of_what_is_not_open_yet_is_never_black() {
    real_time("cold takes", LD25.rate, |_| {
        let fakes = Arc::new(Fakes::default());
        fakes.add(CAMERA, LD25, 5);
        let session = start(&fakes);
        let calm = [(900, 31), (900, 32), (900, 30), (900, 33), (900, 34), (900, 31), (900, 30)];
        let hurried = [(900, 31), (100, 32), (100, 33), (100, 30), (100, 31), (100, 34), (100, 32)];
        let all = shown(&session, &[calm, hurried].concat());
        let refused = refusals(&session);
        drop(session.finish());
        let black: Vec<_> = all.iter().filter(|(_, tag)| tag.is_none()).collect();
        if !black.is_empty() {
            return Err(
                format!("{} of {} frames are black: {black:?}", black.len(), all.len()).into()
            );
        }
        let mut order: Vec<u8> = all.iter().filter_map(|(_, tag)| *tag).collect();
        order.dedup();
        if !order.starts_with(&[1, 2, 3, 1, 4, 5, 2, 1]) || order.last() != Some(&3) {
            return Err(Fault::Late(format!("{order:?}, refused {refused:?}")));
        }
        // A later take supersedes the one that waits.
        let others = refused.iter().any(|rejection| *rejection != Rejection::Superseded);
        if others { Err(Fault::Late(format!("{refused:?}"))) } else { Ok(()) }
    });
}

/// Half a second, and then it is said why not; and PGM goes on.
#[test]
fn a_take_of_what_does_not_come_is_refused_after_half_a_second() {
    real_time("a take of what does not come", LD25.rate, |_| {
        let fakes = Arc::new(Fakes::default());
        fakes.add(CAMERA, LD25, 5).set(Life::Silent);
        let session = start(&fakes);
        let all = shown(&session, &[(500, 34)]);
        let state = session.shared.snapshot.load().sources.get(&SourceId(14)).copied();
        let refused = refusals(&session);
        drop(session.finish());
        if all.iter().any(|(_, tag)| *tag != Some(1)) {
            return Err(format!("not the first film alone: {all:?}").into());
        }
        if state != Some(SourceState::Connecting) || refused != [Rejection::NotReady(SourceId(14))]
        {
            return Err(Fault::Late(format!("{state:?}, {refused:?}")));
        }
        Ok(())
    });
}
