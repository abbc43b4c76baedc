//! Another show is opened while this one is on air: nobody waits for it, and nothing is lost by it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use compositor::Backend;
use engine::{CommandKind, EditCommand, FrameIndex, Switch};
use show::{
    Edit, Feed, Format, FrameRate, Item, LayoutId, Raster, Show, SourceId, SourceKind, Template,
};
use studio::production::{AtEnd, NotReplacedReason, Production, ProductionPlaces};
use studio::program::session::Studio;
use studio::threads::Spawner;
use tests::fake::{Fakes, Life};
use tests::{shows, time};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::words;

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const LD30: Format = Format { raster: Raster::Ld, rate: FrameRate::R30 };
const CAMERA: &str = "rtmp://camera.test/live";
const OTHER: &str = "rtmp://other.test/live";
/// How long each program but the first takes to start, as one with a slow encoder does.
const SLOW: Duration = Duration::from_millis(1_500);

fn show() -> Show {
    let mut show = Show::new("First", LD25);
    show.sources.push(shows::source(1, SourceKind::TestPattern { tag: 5 }));
    show.layouts.push(Template::Single.layout(LayoutId(2), "Full", &[Feed::Source(SourceId(1))]));
    show
}

fn production(folder: &Path) -> Production {
    media::init().unwrap();
    let started = AtomicU32::new(0);
    let studio = Studio::default().with_spawner(Spawner::checking(move |name| {
        if name == "stage" && started.fetch_add(1, Ordering::AcqRel) > 0 {
            time::sleep(SLOW);
        }
        Ok(())
    }));
    on_air(studio, show(), folder)
}

fn on_air(studio: Studio, show: Show, folder: &Path) -> Production {
    let take = CommandKind::Switch(Switch::TakeLayout(LayoutId(2)));
    let opening = vec![(FrameIndex(0), shows::command(take))];
    let (logs, recovery) = (folder.to_owned(), folder.join("recovery"));
    let places = ProductionPlaces { path: None, logs, recovery, is_demo: false };
    Production::start(studio, show, places, Some(Backend::Cpu), opening).unwrap()
}

fn ask(production: &Production, kind: CommandKind) {
    let program = production.session().program;
    let command = engine::Command { program, ..shows::command(kind) };
    production.session().commands.send(command).unwrap();
}

fn frames(production: &Production) -> u64 {
    production.session().shared.counts.frames.load(Ordering::Acquire)
}

#[test]
fn nobody_waits_while_another_program_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let mut production = production(folder.path());
    let (begun, before) = (time::now(), frames(&production));
    let program = production.session().program;
    production.reformat(LD30).unwrap();
    let mut longest = begun.elapsed();
    let busy = production.replace(show(), Arc::new(show()), None, Vec::new());
    assert!(matches!(busy.unwrap_err().reason, NotReplacedReason::Busy));
    let followed = time::wait_for(time::PATIENCE, || {
        assert!(production.is_replacing());
        let asked = time::now();
        let followed = production.follow();
        longest = longest.max(asked.elapsed());
        if followed.is_none() {
            assert_eq!(production.session().program, program, "the one before is on air");
        }
        followed
    });
    followed.unwrap().unwrap();
    let took = begun.elapsed();
    println!("{took:.1?} to start, and nobody waited for longer than {longest:.1?}");
    assert!(took >= SLOW && longest < SLOW / 5, "{took:?}, {longest:?}");
    assert!(!production.is_replacing());
    assert_ne!(production.session().program, program);
    assert_eq!(production.current_show().format, LD30);
    assert!(before < u64::MAX && frames(&production) < 25, "it is the new one");
    drop(production.finish(AtEnd::Remove));
}

/// What was changed while the other one was started would be lost: the operator is told, and asks again.
#[test]
fn what_is_done_meanwhile_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut production = production(folder.path());
    let program = production.session().program;
    production.reformat(LD30).unwrap();
    let rename = Edit::Rename("Second".to_owned());
    ask(&production, CommandKind::Edit(EditCommand::Do(Box::new(rename))));
    let followed = time::wait_for(time::PATIENCE, || production.follow()).unwrap();
    assert!(matches!(followed.unwrap_err().reason, NotReplacedReason::Edited));
    let show = production.current_show();
    assert_eq!((show.name.as_str(), show.format), ("Second", LD25));
    assert_eq!(production.session().program, program);
    // The other one ends by itself.
    let ended = || production.have_replaced_ended().then_some(());
    assert!(time::wait_for(time::PATIENCE, ended).is_some());
    production.reformat(LD30).unwrap();
    crate::sources::takes_over(&mut production);
    assert_eq!(production.current_show().format, LD30);
    drop(production.finish(AtEnd::Remove));
}

/// A thread of the program panics: what is on air is started again by itself, once in a while.
#[test]
fn a_program_that_failed_is_started_again_as_it_was_on_air() {
    media::init().unwrap();
    for fault in [Life::BadSound, Life::BadOpener] {
        let folder = tempfile::tempdir().unwrap();
        let fakes = Arc::new(Fakes::default());
        let [camera, other] = [CAMERA, OTHER].map(|url| fakes.add(url, LD25, 5));
        let mut show = show();
        let live = |id, url: &str| {
            shows::source(id, SourceKind::Live { url: url.to_owned(), latency_millis: 100 })
        };
        show.sources[0] = live(1, CAMERA);
        let mut production = on_air(fakes.studio(), show, folder.path());
        let layout =
            |production: &Production| production.session().shared.snapshot.load().pgm.layout;
        let is_on_air = time::wait_for(time::PATIENCE, || layout(&production));
        assert_eq!(is_on_air, Some(LayoutId(2)));
        assert!(production.restart_failed().is_none() && !production.has_failed(), "it is well");
        match fault {
            // Its sound stands still.
            Life::BadSound => camera.set(fault),
            // Nothing is opened any more, since its stage is gone.
            _ => {
                other.set(fault);
                let add = Edit::Add(Item::Source(live(3, OTHER)));
                ask(&production, CommandKind::Edit(EditCommand::Do(Box::new(add))));
            }
        }
        let failed = || production.session().has_failed().then_some(());
        assert!(time::wait_for(time::PATIENCE, failed).is_some(), "{fault:?}");
        camera.set(Life::Sends);
        other.set(Life::Sends);
        let program = production.session().program;
        production.restart_failed().expect("it is started again").unwrap();
        assert!(production.restart_failed().is_none(), "once");
        crate::sources::takes_over(&mut production);
        assert_ne!(production.session().program, program);
        let is_back = time::wait_for(time::PATIENCE, || layout(&production));
        assert_eq!(is_back, Some(LayoutId(2)));
        assert!(
            !production.session().has_failed() && production.has_failed(),
            "it is told at the end"
        );
        drop(production.finish(AtEnd::Remove));
    }
}

#[test]
fn the_desk_says_that_another_show_is_being_opened() {
    for language in ui::Language::ALL {
        let mut desk = Shown::new(language, SIZES[0], look(snapshot()));
        desk.took();
        assert!(!desk.has(&words(language, "opening")));
        desk.look.borrow_mut().status.opening = true;
        desk.took();
        assert!(desk.has(&words(language, "opening")));
    }
}
