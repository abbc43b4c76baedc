//! Takes of what is not open yet: PGM shows what it showed until the new picture is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use compositor::Backend;
use engine::{CommandKind, FrameIndex, Rejection, SourceState, Switch};
use show::{
    Asset, AssetId, AssetKind, Feed, FileEnd, Format, FrameRate, LayoutId, PlayFile, Raster, Show,
    SourceId, SourceKind, Template,
};
use studio::program::session::{Options, Session};
use studio::sources::WarmBudget;
use tests::air::{self, Watched};
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
        kinds.push(SourceKind::File(PlayFile::whole(asset, FileEnd::Loop)));
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
    // Nothing is kept open that no bus shows.
    let studio = fakes.studio().keeping(WarmBudget::NONE);
    let session = Session::start(&studio, show(), options).unwrap();
    session.shared.watched.store(true, Ordering::Relaxed);
    session
}

/// Takes each of these layouts after a pause, and watches.
fn watched(session: &Session, takes: &[(u64, u32)]) -> Watched {
    let begun = time::wait_for(PATIENCE, || {
        let view = session.shared.view.load_full()?;
        let luma = Luma::of(&view.pgm);
        numbers::read(&luma, Area::whole(&luma)).both()
    });
    assert!(begun.is_some(), "nothing on air");
    air::watch(session, &show(), || {
        for (pause, layout) in takes {
            time::sleep(Duration::from_millis(*pause));
            take(session, *layout);
        }
        time::sleep(Duration::from_millis(1_000));
    })
}

/// The tags of all sources.
fn tags() -> BTreeMap<SourceId, u8> {
    (0..5).map(|index| (SourceId(10 + u32::from(index)), index + 1)).collect()
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
        let seen = watched(&session, &[calm, hurried].concat());
        drop(session.finish());
        let wrong = seen.wrong(&show(), &tags());
        if !wrong.is_empty() {
            return Err(
                format!("{} of {} frames: {wrong:?}", wrong.len(), seen.frames.len()).into()
            );
        }
        let order: Vec<u32> = seen.order().iter().map(|layout| layout.0).collect();
        if !order.starts_with(&[30, 31, 32, 30, 33, 34, 31, 30]) || order.last() != Some(&32) {
            return Err(Fault::Late(format!("{order:?}, refused {:?}", seen.refused)));
        }
        // A later take supersedes the one that waits.
        let others = seen.refused.iter().any(|rejection| *rejection != Rejection::Superseded);
        if others { Err(Fault::Late(format!("{:?}", seen.refused))) } else { Ok(()) }
    });
}

/// Half a second, and then it is said why not; and PGM goes on.
#[test]
fn a_take_of_what_does_not_come_is_refused_after_half_a_second() {
    real_time("a take of what does not come", LD25.rate, |_| {
        let fakes = Arc::new(Fakes::default());
        fakes.add(CAMERA, LD25, 5).set(Life::Silent);
        let session = start(&fakes);
        let seen = watched(&session, &[(500, 34)]);
        let state = session.shared.snapshot.load().sources.get(&SourceId(14)).copied();
        drop(session.finish());
        let wrong = seen.wrong(&show(), &tags());
        if !wrong.is_empty() || seen.order() != [LayoutId(30)] {
            return Err(format!("not the first film alone: {:?}, {wrong:?}", seen.order()).into());
        }
        let refused = &seen.refused;
        if state != Some(SourceState::Connecting) || *refused != [Rejection::NotReady(SourceId(14))]
        {
            return Err(Fault::Late(format!("{state:?}, {refused:?}")));
        }
        Ok(())
    });
}
