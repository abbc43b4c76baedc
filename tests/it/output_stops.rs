//! An output that is stopped while pictures wait for its encode, and an encode that stops by itself.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use engine::{Command, CommandKind, Deliver, Issuer, Switch};
use show::{
    EncodeProfile, Feed, Format, FrameRate, LayoutId, Output, OutputId, OutputKind, Preset, Raster,
    Rect, Show, SourceId, SourceKind, Template,
};
use studio::problems::Problem;
use studio::program::session::{Options, Session, Studio};
use studio::program::{stats, wiring};
use tests::jobs::numbers_of;
use tests::{shows, time};

const OUT: OutputId = OutputId(3);
const TAG: u8 = 6;
/// Its encoder is slower than the program, outside real time.
const FORMAT: Format = Format { raster: Raster::Uhd, rate: FrameRate::R25 };

fn start(studio: &Studio, folder: &Path) -> Session {
    media::init().expect("GStreamer");
    let mut show = Show::new("Recorded", FORMAT);
    show.sources.push(shows::source(1, SourceKind::TestPattern { tag: TAG }));
    show.layouts.push(Template::Single.layout(LayoutId(2), "Full", &[Feed::Source(SourceId(1))]));
    let kind = OutputKind::Record { path: "out.mkv".to_owned() };
    let profile = EncodeProfile { preset: Preset::Medium, ..EncodeProfile::default() };
    let (bus, sei) = Default::default();
    show.outputs.push(Output { id: OUT, name: "Out".to_owned(), kind, profile, bus, sei });
    let options = Options { folder: folder.to_owned(), offline: true, ..Options::default() };
    Session::start(studio, show, options).expect("a program")
}

fn ask(session: &Session, kind: CommandKind) {
    let (program, origin) = (session.program, Issuer::CommandLine);
    session.commands.send(Command { program, origin, gesture: None, kind }).expect("it runs");
}

#[test]
fn a_recording_that_is_stopped_has_every_picture_until_then_and_its_encode_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let studio = Studio::default();
    let mut session = start(&studio, folder.path());
    ask(&session, CommandKind::Switch(Switch::TakeLayout(LayoutId(2))));
    (0..5).for_each(|_| assert!(session.beat()));
    ask(&session, CommandKind::Deliver(Deliver::Start(OUT)));
    (0..40).for_each(|_| assert!(session.beat()));
    let [encode] = &stats::line(&session, &studio.clock).encodes[..] else { panic!("one encode") };
    assert_eq!(encode.room, wiring::waiting(FORMAT));
    assert!(encode.waiting > 5 && encode.fullest >= encode.waiting as u64, "{encode:?}");
    ask(&session, CommandKind::Deliver(Deliver::Stop(OUT)));
    // Nobody needs the encode any more, whatever else happens.
    let is_over = || {
        session.beat();
        session.shared.wiring.load().encodes.is_empty().then_some(())
    };
    assert!(time::wait_for(time::PATIENCE, is_over).is_some(), "the encode goes on");
    session.finish();
    let seen = numbers_of(&folder.path().join("out.mkv"), &[Rect::FULL], &[TAG]);
    let first = seen.first().and_then(|panes| panes[0]).expect("a number");
    let wanted: Vec<_> = (first..first + seen.len() as u64).map(|n| vec![Some(n)]).collect();
    assert_eq!(seen, wanted);
    // The frame on which it was told to stop is its last, however long that took.
    assert!((40..=42).contains(&seen.len()), "{} pictures", seen.len());
}

/// Its thread ends though nobody ended the encode, as one that panics does.
#[test]
fn an_encode_whose_thread_is_gone_holds_nobody_up_and_is_started_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let studio = Studio::default();
    let mut session = start(&studio, folder.path());
    ask(&session, CommandKind::Switch(Switch::TakeLayout(LayoutId(2))));
    ask(&session, CommandKind::Deliver(Deliver::Start(OUT)));
    (0..20).for_each(|_| assert!(session.beat()));
    let encode = Arc::clone(&session.shared.wiring.load().encodes[0]);
    encode.stop.store(true, Ordering::Release);
    encode.wakeup.wake();
    let is_over = || encode.over.load(Ordering::Acquire).then_some(());
    assert!(time::wait_for(time::PATIENCE, is_over).is_some());
    // More than may wait for it, if the stage did not look.
    let shot = encode.pictures.pop().expect("its encoder is slow");
    (0..wiring::waiting(FORMAT) + 2).for_each(|_| encode.push(shot.clone(), true));
    session.beat();
    let problem = session.problems.all().get(&OUT.into()).cloned();
    assert!(matches!(problem, Some(Problem::EncoderStopped(_))), "{problem:?}");
    let is_again = || {
        session.beat();
        let encodes = session.shared.wiring.load().encodes.clone();
        encodes.first().is_some_and(|new| !Arc::ptr_eq(new, &encode)).then_some(())
    };
    assert!(time::wait_for(time::PATIENCE, is_again).is_some(), "it is started again");
    session.finish();
}
