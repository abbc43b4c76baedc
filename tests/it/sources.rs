//! Leases of sources: who shares one, who leaves, and what is heard of it, with sources that a test
//! makes fail as it likes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use compositor::Backend;
use engine::{CommandKind, FrameIndex, SourceState, Switch};
use media::source::OpenError;
use show::{
    Asset, AssetId, AssetKind, Feed, FileEnd, Format, LayoutId, PlayFile, Rect, Show, SourceId,
    SourceKind, Start, Template,
};
use studio::problems::Problem;
use studio::production::{AtEnd, Opening, Production, ProductionPlaces};
use studio::program::session::{Options, Session, Studio};
use tests::fake::{Fakes, Life};
use tests::numbers::{self, Area, Luma};
use tests::time::{self, PATIENCE};
use tests::{media as made, shows};

const LD25: Format = Format { raster: show::Raster::Ld, rate: show::FrameRate::R25 };
const LD30: Format = Format { raster: show::Raster::Ld, rate: show::FrameRate::R30 };
const CAMERA: &str = "rtmp://camera.test/live";

fn camera() -> SourceKind {
    SourceKind::Live { url: CAMERA.to_owned(), latency_millis: 100 }
}

fn film(end: FileEnd, start: Start) -> SourceKind {
    let (asset, in_millis, out_millis) = (AssetId(1), 0, None);
    SourceKind::File(PlayFile {
        asset,
        end,
        in_millis,
        out_millis,
        start: Some(start),
        track: None,
        hidden: show::WhenHidden::Pause,
    })
}

/// A show of these sources, numbered from 10 on, each alone in a layout numbered from 30 on.
fn show_of(format: Format, kinds: &[SourceKind]) -> Show {
    let mut show = Show::new("Leases", format);
    let path = made::small_film(3).to_str().unwrap().to_owned();
    show.assets.push(Asset { id: AssetId(1), path, kind: AssetKind::Media, hash: None });
    for (index, kind) in (0..).zip(kinds) {
        show.sources.push(shows::source(10 + index, kind.clone()));
        let feed = [Feed::Source(SourceId(10 + index))];
        let layout = Template::Single.layout(LayoutId(30 + index), format!("{index}"), &feed);
        show.layouts.push(layout);
    }
    show
}

fn load(layout: u32) -> CommandKind {
    CommandKind::Switch(Switch::LoadLayout(LayoutId(layout)))
}

/// Loads a layout and cuts to it.
fn take(layout: u32) -> CommandKind {
    CommandKind::Batch(vec![load(layout), CommandKind::Switch(Switch::Cut)])
}

/// A program outside real time, with the first layout on air.
fn offline(studio: &Studio, show: Show) -> Session {
    media::init().unwrap();
    let script = vec![(FrameIndex(0), shows::command(take(30)))];
    let options =
        Options { offline: true, script, backend: Some(Backend::Cpu), ..Options::default() };
    let session = Session::start(studio, show, options).unwrap();
    session.shared.watched.store(true, Ordering::Relaxed);
    session
}

fn ask(session: &Session, kind: CommandKind) {
    let command = engine::Command { program: session.program, ..shows::command(kind) };
    session.commands.send(command).unwrap();
}

/// What PGM shows in a pane: the tag and the number of its pattern.
fn seen(session: &Session, pane: Rect) -> Option<(u8, u64)> {
    let view = session.shared.view.load_full()?;
    let luma = Luma::of(&view.pgm);
    let size = (luma.width as u32, luma.height as u32);
    numbers::read(&luma, Area::pane(pane, size)).both()
}

/// The state of the first source, as the engine has it.
fn state(session: &Session) -> Option<SourceState> {
    session.shared.snapshot.load().sources.get(&SourceId(10)).copied()
}

/// Makes frames, one each 10 ms, until the first source has this state.
fn beat_until(session: &mut Session, wanted: Option<SourceState>) {
    let found = time::wait_for(PATIENCE, || {
        session.beat();
        (state(session) == wanted).then_some(())
    });
    assert!(found.is_some(), "{:?}, not {wanted:?}", state(session));
}

#[test]
fn a_program_that_ends_takes_no_source_from_another() {
    let kinds = [film(FileEnd::Loop, Start::Free), SourceKind::TestPattern { tag: 6 }];
    for kind in kinds {
        let studio = Studio::default();
        let mut one = offline(&studio, show_of(LD25, std::slice::from_ref(&kind)));
        let mut other = offline(&studio, show_of(LD25, &[kind]));
        assert_ne!(one.program, other.program);
        for _ in 0..40 {
            assert!(one.beat() && other.beat());
        }
        drop(one.finish());
        let from = seen(&other, Rect::FULL).expect("a number").1;
        for n in 1..=100 {
            assert!(other.beat());
            let (_, number) = seen(&other, Rect::FULL).expect("a number");
            // The film is of 150 pictures, and goes on from its first.
            assert_eq!(number % 150, (from + n) % 150, "frame {n} after the first program ended");
        }
        drop(other.finish());
    }
}

#[test]
fn two_sources_of_one_film_that_start_on_their_takes_share_no_take() {
    let cued = film(FileEnd::Once, Start::OnTake);
    let mut session = offline(&Studio::default(), show_of(LD25, &[cued.clone(), cued]));
    for _ in 0..10 {
        session.beat();
    }
    assert!(seen(&session, Rect::FULL).is_some());
    let mut begins = |layout: u32, frames: u64| {
        ask(&session, load(layout));
        for _ in 0..5 {
            session.beat();
        }
        ask(&session, CommandKind::Switch(Switch::Cut));
        for n in 0..frames {
            session.beat();
            assert_eq!(seen(&session, Rect::FULL), Some((3, n)), "layout {layout}, frame {n}");
        }
    };
    // Each is on air while the other is cued, and cued while the other is on air.
    begins(31, 40);
    begins(30, 40);
    begins(31, 60);
    begins(30, 20);
}

#[test]
fn a_program_that_stands_still_keeps_no_state_from_another() {
    let fakes = Arc::new(Fakes::default());
    let camera_fake = fakes.add(CAMERA, LD25, 5);
    let studio = fakes.studio();
    // Three hundred users of one camera are more than all its reports could wait for.
    let kinds = vec![camera(); 300];
    let mut still = offline(&studio, show_of(LD25, &kinds));
    still.beat();
    let mut other = offline(&studio, show_of(LD25, &kinds[..1]));
    for life in [Life::Sends, Life::Broken, Life::Sends] {
        camera_fake.set(life);
        let wanted = if life == Life::Sends { SourceState::Live } else { SourceState::Lost };
        beat_until(&mut other, Some(wanted));
    }
    assert_eq!(camera_fake.closed(), 1, "one of it was open");
    drop((still.finish(), other.finish()));
    assert_eq!((camera_fake.opened(), camera_fake.closed()), (2, 2));
}

#[test]
fn who_joins_late_hears_the_state_and_what_is_wrong() {
    let fakes = Arc::new(Fakes::default());
    fakes.add(CAMERA, LD25, 5).set(Life::Refuses);
    let studio = fakes.studio();
    let trouble = |session: &Session| session.problems.all().get(&SourceId(10).into()).cloned();
    let mut one = offline(&studio, show_of(LD25, &[camera()]));
    beat_until(&mut one, Some(SourceState::Lost));
    let refused = Some(Problem::Open(OpenError::Refused));
    assert_eq!(trouble(&one), refused);
    let mut late = offline(&studio, show_of(LD25, &[camera()]));
    for _ in 0..3 {
        late.beat();
    }
    assert_eq!((state(&late), trouble(&late)), (Some(SourceState::Lost), refused));
    drop((one.finish(), late.finish()));
}

#[test]
fn a_source_that_waits_to_be_tried_again_is_tried_at_once_when_it_is_asked_for() {
    let fakes = Arc::new(Fakes::default());
    let fake = fakes.add(CAMERA, LD25, 5);
    fake.set(Life::Refuses);
    let studio = fakes.studio();
    let mut session = offline(&studio, show_of(LD25, &[camera()]));
    // From the third try on it waits for two seconds each time.
    let opened = |session: &mut Session, times: u32, patience: Duration| {
        let found = time::wait_for(patience, || {
            session.beat();
            (fake.opened() >= times).then_some(())
        });
        assert!(found.is_some(), "{} tries, not {times}", fake.opened());
    };
    opened(&mut session, 3, PATIENCE);
    for times in 4..8 {
        ask(&session, CommandKind::Reconnect(SourceId(10)));
        opened(&mut session, times, Duration::from_millis(1_500));
    }
    fake.set(Life::Sends);
    ask(&session, CommandKind::Reconnect(SourceId(10)));
    opened(&mut session, 8, Duration::from_millis(1_500));
    beat_until(&mut session, Some(SourceState::Live));
    drop(session.finish());
}

#[test]
fn a_source_that_is_not_needed_has_no_state_and_is_cued_again() {
    let kinds = [film(FileEnd::Once, Start::OnTake), SourceKind::TestPattern { tag: 6 }];
    let mut session = offline(&Studio::default(), show_of(LD25, &kinds));
    ask(&session, take(31));
    session.beat();
    for _ in 0..3 {
        ask(&session, load(30));
        beat_until(&mut session, Some(SourceState::Cued));
        // Something else on PVW: it is closed.
        ask(&session, load(31));
        beat_until(&mut session, None);
    }
    // At once back on PVW, as fast as a hand never is: it may not even have closed.
    for kind in [load(30), load(31), load(30), load(31), load(30)] {
        ask(&session, kind);
        session.beat();
    }
    beat_until(&mut session, Some(SourceState::Cued));
    drop(session.finish());
}

/// Waits until a program in real time has come to something, and sees to it that it goes on.
fn run_until<T>(session: &Session, until: impl FnMut() -> Option<T>) -> T {
    let found = time::wait_for(PATIENCE, until).expect("it comes");
    let made = || session.shared.counts.frames.load(Ordering::Acquire);
    let before = made();
    let goes_on = time::wait_for(PATIENCE, || (made() > before + 1).then_some(()));
    assert!(goes_on.is_some(), "the program stands still");
    found
}

#[test]
fn every_way_a_source_can_fail_is_told_and_gone_again_when_it_is_well() {
    media::init().unwrap();
    let fakes = Arc::new(Fakes::default());
    let fake = fakes.add(CAMERA, LD25, 5);
    let studio = fakes.studio();
    let script = vec![(FrameIndex(0), shows::command(take(30)))];
    let options = Options { script, backend: Some(Backend::Cpu), ..Options::default() };
    let session = Session::start(&studio, show_of(LD25, &[camera()]), options).unwrap();
    session.shared.watched.store(true, Ordering::Relaxed);
    let becomes = |wanted: SourceState| {
        run_until(&session, || (state(&session) == Some(wanted)).then_some(()));
    };
    let number = || seen(&session, Rect::FULL).map(|(_, number)| number);
    becomes(SourceState::Live);
    for life in [Life::Broken, Life::Ends, Life::Silent, Life::Refuses] {
        if life == Life::Refuses {
            // It must be lost first: what is open is not opened.
            fake.set(Life::Broken);
            becomes(SourceState::Lost);
        }
        fake.set(life);
        if life == Life::Silent {
            becomes(SourceState::Stalled);
        }
        becomes(SourceState::Lost);
        run_until(&session, || {
            let trouble = session.problems.all().remove(&SourceId(10).into())?;
            let is_told = match life {
                Life::Broken => matches!(trouble, Problem::Source(_)),
                Life::Refuses => trouble == Problem::Open(OpenError::Refused),
                Life::Ends => trouble == Problem::Ended,
                _ => trouble == Problem::Silent { host: "fake 5".to_owned() },
            };
            is_told.then_some(())
        });
        let before = number();
        fake.set(Life::Sends);
        becomes(SourceState::Live);
        assert_eq!(session.problems.all(), Default::default(), "{life:?}");
        run_until(&session, || (number() > before).then_some(()));
    }
    drop(session.finish());
    assert_eq!(fake.opened() - fake.closed(), 1, "what was refused was never open");
}

#[test]
fn a_source_that_hangs_holds_up_neither_another_nor_the_end() {
    media::init().unwrap();
    for life in [Life::HangsOpening, Life::HangsClosing] {
        let fakes = Arc::new(Fakes::default());
        fakes.add(CAMERA, LD25, 5).set(life);
        let studio = fakes.studio();
        let kinds = [SourceKind::TestPattern { tag: 6 }, camera()];
        let script = vec![(FrameIndex(0), shows::command(take(30)))];
        let options = Options { script, backend: Some(Backend::Cpu), ..Options::default() };
        let session = Session::start(&studio, show_of(LD25, &kinds), options).unwrap();
        session.shared.watched.store(true, Ordering::Relaxed);
        for _ in 0..3 {
            let before = seen(&session, Rect::FULL);
            run_until(&session, || (seen(&session, Rect::FULL) != before).then_some(()));
        }
        let before = time::now();
        drop(session.finish());
        // A second for the source, and what else there is to do.
        assert!(before.elapsed() < Duration::from_secs(10), "{life:?}: {:?}", before.elapsed());
    }
}

/// The numbers in each pane of PGM go on.
fn assert_goes_on(production: &Production, when: &str) {
    let session = production.session();
    session.shared.watched.store(true, Ordering::Relaxed);
    let mut last = [None; 4];
    let mut changes = [0; 4];
    let done = time::wait_for(PATIENCE, || {
        for (index, (pane, _)) in Template::Quad.places().into_iter().enumerate() {
            let now = seen(session, pane);
            changes[index] += u32::from(now.is_some() && now != last[index]);
            last[index] = now;
        }
        changes.iter().all(|changes| *changes >= 8).then_some(())
    });
    assert!(done.is_some(), "{when}: {changes:?} new pictures in each pane, at last {last:?}");
}

fn quad(format: Format, free: FileEnd) -> Show {
    let kinds = [
        camera(),
        film(free, Start::Free),
        SourceKind::TestPattern { tag: 6 },
        film(FileEnd::Loop, Start::OnTake),
    ];
    let mut show = show_of(format, &kinds);
    let feeds = [10, 11, 12, 13].map(|id| Feed::Source(SourceId(id)));
    show.layouts.insert(0, Template::Quad.layout(LayoutId(40), "Quad", &feeds));
    show
}

fn production(studio: Studio, show: Show, logs: &Path) -> Production {
    let opening: Opening = vec![(FrameIndex(0), shows::command(take(40)))];
    let (logs, recovery) = (logs.to_owned(), logs.join("recovery"));
    let places = ProductionPlaces { path: None, logs, recovery, is_demo: false };
    Production::start(studio, show, places, Some(Backend::Cpu), opening).unwrap()
}

/// Waits until the program that was started runs in place of the one before.
pub fn takes_over(production: &mut Production) {
    let followed = time::wait_for(PATIENCE, || production.follow());
    followed.expect("it is started").expect("it runs");
}

#[test]
fn a_show_that_is_opened_again_or_gets_another_format_goes_on_ten_times() {
    media::init().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let fakes = Arc::new(Fakes::default());
    let fake = fakes.add(CAMERA, LD25, 5);
    let mut production = production(fakes.studio(), quad(LD25, FileEnd::Loop), folder.path());
    assert_goes_on(&production, "at first");
    for turn in 0..10 {
        if turn % 2 == 0 {
            let format = if turn % 4 == 0 { LD30 } else { LD25 };
            production.reformat(format).unwrap();
            takes_over(&mut production);
        } else {
            let show = production.current_show();
            let opening: Opening = vec![(FrameIndex(0), shows::command(take(40)))];
            production.replace(show.clone(), Arc::new(show), None, opening).unwrap();
            takes_over(&mut production);
        }
        // Until the program before has left everything; and then what is shared goes on.
        assert_goes_on(&production, &format!("turn {turn}"));
        assert!(
            time::wait_for(PATIENCE, || production.have_replaced_ended().then_some(())).is_some()
        );
        assert_goes_on(&production, &format!("turn {turn}, alone"));
        // The camera was never closed for it: it is the same connection.
        assert_eq!((fake.opened(), fake.closed()), (1, 0), "turn {turn}");
    }
    drop(production.finish(AtEnd::Remove));
    assert_eq!(fake.closed(), 1);
}
