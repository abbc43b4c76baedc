//! The threads of a program end with it, however it ends.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use compositor::Backend;
use engine::{CommandKind, FrameIndex, Switch};
use show::{Feed, Format, FrameRate, LayoutId, Raster, Show, SourceId, SourceKind, Template};
use studio::program::audio_thread::{AudioThread, SoundLink};
use studio::program::session::{Options, Session};
use studio::threads::{self, Spawner};
use tests::fake::{Fake, Fakes};
use tests::{shows, time};

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const CAMERA: &str = "rtmp://camera.test/live";

/// A program with a camera on air from its first frame, of which no thread of the name `refused` is started;
/// what every thread of it holds, and the camera.
fn start(refused: &'static str) -> (Result<Session, String>, Arc<()>, Arc<Fake>) {
    media::init().unwrap();
    let mut show = Show::new("Threads", LD25);
    let kind = SourceKind::Live { url: CAMERA.to_owned(), latency_millis: 100 };
    show.sources.push(shows::source(1, kind));
    show.layouts.push(Template::Single.layout(LayoutId(2), "Full", &[Feed::Source(SourceId(1))]));
    let fakes = Arc::new(Fakes::default());
    let camera = fakes.add(CAMERA, LD25, 1);
    let held = Arc::new(());
    let of_threads = Arc::clone(&held);
    let spawner = Spawner::checking(move |name| {
        let _held = &of_threads;
        match name == refused {
            true => Err(io::Error::other("no thread is left")),
            false => Ok(()),
        }
    });
    let take = CommandKind::Switch(Switch::TakeLayout(LayoutId(2)));
    let script = vec![(FrameIndex(0), shows::command(take))];
    let options = Options { script, backend: Some(Backend::Cpu), ..Options::default() };
    let session = Session::start(&fakes.studio().with_spawner(spawner), show, options);
    (session.map_err(|error| error.to_string()), held, camera)
}

/// No thread holds this, and the camera is closed.
fn assert_ended(held: &Arc<()>, camera: &Fake, what: &str) {
    assert_eq!(Arc::strong_count(held), 1, "{what}: threads are left");
    let closed = || (camera.opened() == camera.closed()).then_some(());
    assert!(time::wait_for(time::PATIENCE, closed).is_some(), "{what}: the camera is open");
}

#[test]
fn a_program_that_cannot_be_started_leaves_nothing_running() {
    for refused in ["prepare", "stage", "audio", "sound-out", "program"] {
        let (session, held, camera) = start(refused);
        let error = session.err().expect("a thread is missing");
        assert!(error.contains("no thread is left"), "{refused}: {error}");
        assert_ended(&held, &camera, refused);
    }
}

#[test]
fn a_program_that_is_dropped_ends() {
    let (session, held, camera) = start("none");
    let session = session.unwrap();
    assert!(Arc::strong_count(&held) > 1);
    let runs = || (camera.opened() > 0).then_some(());
    assert!(time::wait_for(time::PATIENCE, runs).is_some());
    drop(session);
    assert_ended(&held, &camera, "dropped");
}

#[test]
fn whoever_waits_for_the_sound_waits_no_longer_than_its_thread_lives() {
    let link = Arc::new(SoundLink::default());
    let sound = AudioThread::new(Arc::clone(&link), 0, true);
    let run = move || sound.run(&AtomicBool::new(true));
    let ends = threads::spawn("audio", run).unwrap();
    link.wait_for(1);
    ends.join().unwrap();
    assert!(link.is_over());
}
