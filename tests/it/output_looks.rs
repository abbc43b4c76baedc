//! What the window makes of an output's counters: losses until they are reset, and where a recording is.

use std::path::Path;
use std::sync::atomic::Ordering;

use engine::{Command, CommandKind, Deliver, Issuer, ProgramId};
use show::{Feed, LayoutId, Output, OutputId, OutputKind, Show, SourceId, SourceKind, Template};
use studio::program::session::{Options, Session, Studio};
use studio::window::monitor_link::MonitorLink;
use studio::window::output_looks::OutputLooks;
use tests::{shows, time};
use ui::{Notice, OutputLook};

const OUT: OutputId = OutputId(3);
const SECOND: u64 = 1_000_000_000;

fn start(folder: &Path) -> Session {
    media::init().unwrap();
    let mut show = Show::new("Recorded", shows::HD25);
    show.sources.push(shows::source(1, SourceKind::TestPattern { tag: 1 }));
    show.layouts.push(Template::Single.layout(LayoutId(2), "Full", &[Feed::Source(SourceId(1))]));
    let kind = OutputKind::Record { path: "takes/out.mkv".to_owned() };
    let (profile, bus, sei) = Default::default();
    show.outputs.push(Output { id: OUT, name: "Out".to_owned(), kind, profile, bus, sei });
    let options = Options { folder: folder.to_owned(), offline: true, ..Options::default() };
    Session::start(&Studio::default(), show, options).unwrap()
}

fn ask(session: &Session, deliver: Deliver) {
    let (program, origin) = (ProgramId(0), Issuer::CommandLine);
    let kind = CommandKind::Deliver(deliver);
    session.commands.send(Command { program, origin, gesture: None, kind }).unwrap();
}

fn look(looks: &mut OutputLooks, session: &Session, seconds: u64) -> OutputLook {
    let snapshot = session.shared.snapshot.load_full();
    looks.looks(session, &snapshot, &MonitorLink::default(), seconds * SECOND).remove(0)
}

#[test]
fn losses_are_lately_for_ten_seconds_and_counted_until_they_are_reset() {
    let folder = tempfile::tempdir().unwrap();
    let (mut session, mut looks) = (start(folder.path()), OutputLooks::default());
    ask(&session, Deliver::Start(OUT));
    (0..5).for_each(|_| assert!(session.beat()));
    let encode = std::sync::Arc::clone(&session.shared.wiring.load().encodes[0]);
    // What its encode had repeated before it began is not its loss.
    encode.repeated.store(100, Ordering::Relaxed);
    let now = look(&mut looks, &session, 1);
    assert_eq!((now.lost(), now.is_losing), (0, false));
    encode.repeated.store(103, Ordering::Relaxed);
    let now = look(&mut looks, &session, 2);
    assert_eq!((now.repeated, now.dropped, now.is_losing), (3, 0, true));
    let now = look(&mut looks, &session, 13);
    assert_eq!((now.repeated, now.is_losing), (3, false), "it is over, and still counted");
    looks.reset_losses();
    assert_eq!(look(&mut looks, &session, 14).lost(), 0);
    encode.repeated.store(104, Ordering::Relaxed);
    assert_eq!(look(&mut looks, &session, 15).repeated, 1);
    looks.reset_losses();
    let now = look(&mut looks, &session, 16);
    assert_eq!((now.lost(), now.is_losing), (0, false), "what was seen is not lately any more");
    session.finish();
}

#[test]
fn a_recording_that_ends_says_where_it_is_how_long_and_how_large() {
    for is_replaced in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let (mut session, mut looks) = (start(folder.path()), OutputLooks::default());
        ask(&session, Deliver::Start(OUT));
        (0..90).for_each(|_| assert!(session.beat()));
        look(&mut looks, &session, 1);
        assert_eq!(looks.ended(), []);
        let mut session = if is_replaced {
            let encode = std::sync::Arc::clone(&session.shared.wiring.load().encodes[0]);
            encode.repeated.fetch_add(7, Ordering::Relaxed);
            look(&mut looks, &session, 1);
            // Another show is opened in its place.
            looks = looks.for_next_program();
            assert_eq!(looks.ended(), [], "its file is not closed yet");
            session.finish();
            None
        } else {
            ask(&session, Deliver::Stop(OUT));
            let ended = time::wait_for(time::PATIENCE, || {
                session.beat();
                look(&mut looks, &session, 2);
                (!session.outputs.load().iter().any(|view| view.output.id == OUT)).then_some(())
            });
            ended.unwrap();
            Some(session)
        };
        let told = time::wait_for(time::PATIENCE, || {
            // It still gets what waited for its encode when it was stopped.
            session.as_mut().map(Session::beat);
            Some(looks.ended()).filter(|told| !told.is_empty())
        });
        let mut told = told.unwrap();
        if is_replaced {
            let lossy = told.remove(0);
            let Notice::Failed(reason) = &lossy else { panic!("{lossy:?}") };
            let count = ("count", "7".to_owned());
            assert!(reason.key == "recorded-lossy" && reason.values.contains(&count), "{lossy:?}");
        }
        let [Notice::Recorded(reason, path)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(*path, folder.path().join("takes/out.mkv"));
        let bytes = path.metadata().unwrap().len();
        assert!(bytes > 1_000, "{bytes}, {reason:?}");
        let value = |name| &reason.values.iter().find(|(known, _)| *known == name).unwrap().1;
        assert_eq!((reason.key, value("path")), ("recorded", &path.display().to_string()));
        assert_eq!(value("time"), "00:00:03");
        assert!(value("size").ends_with(" kB"), "{reason:?}");
        assert_eq!(looks.ended(), [], "once");
    }
}

#[test]
fn a_recording_that_ends_before_its_first_picture_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (mut session, mut looks) = (start(folder.path()), OutputLooks::default());
    std::fs::write(folder.path().join("takes"), "").unwrap();
    ask(&session, Deliver::Start(OUT));
    (0..30).for_each(|_| assert!(session.beat()));
    look(&mut looks, &session, 1);
    session.finish();
    let told = looks.for_next_program().ended();
    assert_eq!(told, [Notice::Error("recorded-nothing", "Out".to_owned())]);
}
