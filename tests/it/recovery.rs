//! What a crash leaves behind, and what the next start makes of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use compositor::Backend;
use engine::{BusItems, CommandKind, EditCommand, Key, Mix, Snapshot, Switch};
use show::{
    BusName, ComponentId, Db, Edit, FrameRate, Item, Output, OutputId, OutputKind, Scene, SceneId,
    Show, SourceId, SourceKind,
};
use studio::production::{self, AtEnd, Production, ProductionPlaces};
use studio::program::session::Studio;
use studio::storage::disk::{Disk, DiskPlaces, Done, Job, SaveOver};
use studio::storage::known_files::KnownFiles;
use studio::storage::recovery::{self, Found, LeftBehind};
use studio::storage::show_files::{self, SaveError};
use tests::canary::{Fault, real_time};
use tests::display::{Display, RECORD};
use tests::downstage::Signal;
use tests::time::{self, PATIENCE};
use tests::{decode, shows};

use crate::window;

/// Two patterns, a scene of each, of which the first has a text; a recording that is never started.
fn show() -> Show {
    let mut show = Show::new("Evening", shows::HD25);
    for (id, tag) in [(11, 3), (12, 4)] {
        show.sources.push(shows::source(id, SourceKind::TestPattern { tag }));
        let feed = show::Feed::Source(SourceId(id));
        let layout = show::LayoutId(id + 10);
        show.layouts.push(show::Template::Single.layout(layout, format!("Camera {id}"), &[feed]));
        let components = if id == 11 { vec![ComponentId(31)] } else { Vec::new() };
        let (id, name) = (SceneId(id + 30), format!("Scene {id}"));
        show.scenes.push(Scene { id, name, layout, components });
    }
    show.components.extend([shows::text(31, "one"), shows::text(32, "two")]);
    let kind = OutputKind::Record { path: "/nowhere/out.mkv".to_owned() };
    let (profile, bus, sei) = Default::default();
    let (id, name) = (OutputId(51), "Recording".to_owned());
    show.outputs.push(Output { id, name, kind, profile, bus, sei });
    show.standby = Some(show::Standby::new(SourceId(12)));
    assert_eq!(show.check(), []);
    show
}

/// A production of a show in its file.
struct Opened {
    production: Production,
    recovery: PathBuf,
}

fn open(folder: &Path, path: Option<PathBuf>) -> Opened {
    let (show, recovery) = (show(), folder.join("recovery"));
    let opening = production::opening(&show, false);
    let places = ProductionPlaces {
        path,
        logs: folder.join("logs"),
        recovery: recovery.clone(),
        is_demo: false,
    };
    let started = Production::start(Studio::default(), show, places, Some(Backend::Cpu), opening);
    Opened { production: started.unwrap(), recovery }
}

impl Opened {
    fn ask(&self, kind: CommandKind) {
        let mut command = shows::command(kind);
        command.program = self.production.session().program;
        self.production.session().commands.send(command).unwrap();
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::clone(&self.production.session().shared.snapshot.load())
    }

    fn wait_for(&self, what: &str, is_so: impl Fn(&Snapshot) -> bool) {
        let so = time::wait_for(PATIENCE, || is_so(&self.snapshot()).then_some(()));
        assert!(so.is_some(), "{what}: {:?}", self.snapshot());
    }

    /// Ends it as a crash does for the journal, and yields what is left.
    fn crash(self) -> LeftBehind {
        let Self { production, recovery } = self;
        drop(production);
        let left = time::wait_for(PATIENCE, || recovery::find(&recovery).unwrap().left);
        left.expect("something is left behind")
    }
}

/// A program in a state that a save does not have: PVW and PGM are no scenes any more, the mixer and the show
/// were changed, an output runs.
fn busy(folder: &Path, path: Option<PathBuf>) -> Opened {
    let opened = open(folder, path);
    opened.wait_for("the scene is on PVW", |now| now.pvw.scene == Some(SceneId(41)));
    let key = |bus, id, on| CommandKind::Key(Key { bus, component: ComponentId(id), on });
    opened.ask(key(BusName::Pvw, 31, false));
    opened.ask(key(BusName::Pvw, 32, true));
    // A cut would wait for them, and the next switch take its place.
    opened.wait_for("the texts are ready", |now| now.prepared.len() >= 2);
    opened.ask(CommandKind::Switch(Switch::Cut));
    opened.ask(CommandKind::Switch(Switch::LoadScene(SceneId(42))));
    opened.ask(CommandKind::Mix(Mix::Fader(SourceId(11), Db(-7.0))));
    opened.ask(CommandKind::Standby(true));
    let text = Edit::Replace(Item::Component(shows::text(31, "changed")));
    opened.ask(CommandKind::Edit(EditCommand::Do(Box::new(text))));
    let is_so = |now: &Snapshot| {
        now.show.component(ComponentId(31)) == Some(&shows::text(31, "changed"))
            && now.pgm.components == [ComponentId(32)]
            && now.pvw.scene == Some(SceneId(42))
            && now.standby == engine::StandbyState::ByHand
    };
    opened.wait_for("all is done", is_so);
    opened
}

/// A program whose show was changed.
fn edited(folder: &Path, path: Option<PathBuf>) -> Opened {
    let opened = open(folder, path);
    let text = Edit::Replace(Item::Component(shows::text(31, "changed")));
    opened.ask(CommandKind::Edit(EditCommand::Do(Box::new(text))));
    opened.wait_for("it is changed", |now| {
        now.show.component(ComponentId(31)) == Some(&shows::text(31, "changed"))
    });
    opened
}

/// The journals of this folder and of that of the show.
fn journals(folders: [&Path; 2]) -> Vec<PathBuf> {
    let all: BTreeSet<_> = folders
        .into_iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "recovery" || end == "lock"))
        .collect();
    all.into_iter().collect()
}

#[test]
fn a_crash_leaves_the_show_as_it_was_and_the_next_start_goes_on_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evening.json");
    show_files::save(&show(), &path).unwrap();
    let opened = busy(folder.path(), Some(path.clone()));
    opened.ask(CommandKind::Deliver(engine::Deliver::Start(OutputId(51))));
    opened.wait_for("it was started", |now| now.outputs.contains_key(&OutputId(51)));
    let was = opened.snapshot();
    // While it lives it is nobody's business; within a second it is on the disk, beside the show.
    let beside = || journals([folder.path(), folder.path()]);
    let written = time::wait_for(Duration::from_secs(1), || (beside().len() == 1).then_some(()));
    assert!(written.is_some(), "{:?}", beside());
    time::sleep(Duration::from_secs(1));
    assert!(recovery::find(&opened.recovery).unwrap().left.is_none());

    let left = opened.crash();
    // Nobody else is offered it meanwhile.
    assert!(recovery::find(&folder.path().join("recovery")).unwrap().left.is_none());
    let found = &left.recovery;
    assert_eq!((&found.show, &found.pgm, &found.pvw), (&was.saved_show(), &was.pgm, &was.pvw));
    assert_eq!((found.is_changed, &found.path), (true, &Some(path.clone())));
    assert_eq!(found.outputs, [OutputId(51)]);

    let mut next = open(folder.path(), None);
    next.production.recover(Box::new(left), Some(show()), true).unwrap();
    crate::sources::takes_over(&mut next.production);
    next.wait_for("it goes on", |now| {
        let items = |now: &Snapshot| -> [BusItems; 2] { [now.pgm.clone(), now.pvw.clone()] };
        let buses = items(now).map(|bus| (bus.layout, bus.components));
        buses == items(&was).map(|bus| (bus.layout, bus.components))
            && now.saved_show() == was.saved_show()
            && now.standby == was.standby
            && now.outputs.contains_key(&OutputId(51))
    });
    assert!(next.production.is_changed(), "not as in its file");
    assert_eq!(next.production.path(), Some(path.as_path()));
    // The old journal goes once there is the new one.
    let one = time::wait_for(PATIENCE, || match beside().as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    });
    assert!(one.is_some(), "{:?}", beside());
    let left = next.crash();
    assert_eq!(left.recovery.show, was.saved_show());
    left.discard().unwrap();
    assert_eq!(journals([folder.path(), &folder.path().join("recovery")]), [] as [PathBuf; 0]);
}

#[test]
fn nothing_is_left_if_the_operator_ends_it_and_what_is_not_saved_if_nobody_was_asked() {
    for (at_end, is_changed, stays) in [
        (AtEnd::Remove, true, false),
        (AtEnd::KeepUnsaved, true, true),
        (AtEnd::KeepUnsaved, false, false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evening.json");
        show_files::save(&show(), &path).unwrap();
        let opened = match is_changed {
            true => busy(folder.path(), Some(path)),
            false => open(folder.path(), Some(path)),
        };
        let recovery = opened.recovery.clone();
        drop(opened.production.finish(at_end));
        let left = recovery::find(&recovery).unwrap().left;
        assert_eq!(left.is_some(), stays, "{at_end:?}, changed: {is_changed}");
        let files = journals([folder.path(), &recovery]);
        assert_eq!(files.is_empty(), !stays, "{files:?}");
    }
}

#[test]
fn a_journal_needs_neither_a_file_of_the_show_nor_a_folder_that_takes_it() {
    for path in [None, Some("gone/evening.json")] {
        let folder = tempfile::tempdir().unwrap();
        let opened = busy(folder.path(), path.map(|path| folder.path().join(path)));
        let recovery = opened.recovery.clone();
        let own = || journals([&recovery, &recovery]);
        let both = time::wait_for(PATIENCE, || (own().len() == 2).then_some(()));
        assert!(both.is_some(), "{path:?}: {:?}", own());
        let left = opened.crash();
        assert!(left.recovery.is_changed, "{path:?}");
    }
}

/// What the disk finds of what was left behind in this folder.
fn found(disk: &Disk, recovery: &Path) -> Done {
    assert!(disk.submit(Job::FindLeftBehind(recovery.to_owned())));
    time::wait_for(PATIENCE, || disk.done().next()).expect("it looks")
}

#[test]
fn a_file_that_was_changed_since_the_crash_is_asked_about_before_it_is_saved_over() {
    for is_changed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evening.json");
        show_files::save(&show(), &path).unwrap();
        let opened = edited(folder.path(), Some(path.clone()));
        let recovery = opened.recovery.clone();
        let written = || (journals([folder.path(), folder.path()]).len() == 1).then_some(());
        assert!(time::wait_for(PATIENCE, written).is_some());
        drop(opened.crash());
        if is_changed {
            let theirs = Show { name: "Theirs".to_owned(), ..show() };
            show_files::save(&theirs, &path).unwrap();
        }
        let known: Arc<KnownFiles> = Arc::default();
        let places = DiskPlaces { known: Arc::clone(&known), ..DiskPlaces::default() };
        let disk = Disk::start(places).unwrap();
        let Done::LeftBehind(Some((left, Some(saved))), unreadable) = found(&disk, &recovery)
        else {
            panic!("nothing was left")
        };
        assert_eq!((left.recovery.is_file_changed(&saved), unreadable.len()), (is_changed, 0));
        known.note_restored(&left.recovery, Some(&saved));
        let show = Arc::new(left.recovery.show.clone());
        assert!(disk.submit(Job::Save(show, path, SaveOver::OursOnly)));
        let done = time::wait_for(PATIENCE, || disk.done().next());
        let Some(Done::Saved(_, _, saved)) = done else { panic!("{done:?}") };
        match is_changed {
            false => assert!(saved.is_ok(), "{saved:?}"),
            true => assert!(
                matches!(saved, Err(SaveError::Foreign { was_ours: true, .. })),
                "{saved:?}"
            ),
        }
    }
}

#[test]
fn what_this_build_cannot_read_is_found_and_stays_until_it_is_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let opened = edited(folder.path(), None);
    let recovery = opened.recovery.clone();
    let written = || (journals([&recovery, &recovery]).len() == 2).then_some(());
    assert!(time::wait_for(PATIENCE, written).is_some());
    drop(opened.crash());
    let journal = journals([&recovery, &recovery]);
    let journal = journal.iter().find(|path| path.extension().is_some_and(|end| end == "recovery"));
    let journal = journal.expect("it is there").clone();
    fs::write(&journal, r#"{"downstage_recovery": 99}"#).unwrap();
    for _ in 0..2 {
        let Found { left, unreadable } = recovery::find(&recovery).unwrap();
        assert!(left.is_none());
        let paths: Vec<_> = unreadable.iter().map(|journal| journal.path.clone()).collect();
        assert_eq!(paths, std::slice::from_ref(&journal));
    }
    let Found { unreadable, .. } = recovery::find(&recovery).unwrap();
    unreadable.into_iter().for_each(|journal| journal.discard().unwrap());
    assert_eq!(journals([&recovery, &recovery]), [] as [PathBuf; 0]);
}

#[test]
fn a_journal_that_cannot_be_written_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("recovery"), "a file").unwrap();
    let opened = open(folder.path(), None);
    let told = time::wait_for(PATIENCE, || opened.production.take_journal_error());
    assert!(told.unwrap().to_string().contains("recovery"));
    time::sleep(Duration::from_millis(900));
    assert!(opened.production.take_journal_error().is_none());
    drop(opened.production.finish(AtEnd::Remove));
}

#[test]
fn after_a_kill_the_window_offers_the_show_and_goes_back_on_air() {
    real_time("the recovery", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let display = Display::start(folder.path());
        let mut killed = window::open(folder.path(), &display);
        window::tags(&display, folder.path(), [Some(3), None])?;
        display.focus();
        // Onto PGM, the other one onto PVW; a text that is not saved; and it records.
        display.hand(&["key", "space"]);
        display.hand(&["key", "2"]);
        display.hand(&["key", "ctrl+k"]);
        display.hand(&["type", "--delay", "30", "Text"]);
        for key in ["Return", "Escape", "Escape"] {
            display.hand(&["key", key]);
        }
        display.click(RECORD);
        let out = folder.path().join("out.mkv");
        grown(&out)?;
        time::sleep(Duration::from_secs(2));
        killed.signal(Signal::KILL);
        assert!(killed.wait(PATIENCE).is_some());
        let whole = decode::pictures(&out, |_| ()).len();
        if whole < 25 {
            return Err(format!("{whole} pictures are left of the recording").into());
        }

        // The demo is on air, and over it what was left behind.
        let mut next = display.run(folder.path(), None);
        window::tags(&display, folder.path(), [Some(1), None])?;
        let (x, y) = (GO_ON_AIR.0.to_string(), GO_ON_AIR.1.to_string());
        display.hand(&["mousemove", &x, &y, "mousedown", "1"]);
        time::sleep(Duration::from_millis(1_500));
        display.hand(&["mouseup", "1"]);
        window::tags(&display, folder.path(), [Some(4), Some(3)])?;
        grown(&folder.path().join("out-0002.mkv"))?;
        next.signal(Signal::INT);
        assert!(next.wait(PATIENCE).is_some());
        Ok(())
    });
}

/// Where the button is that is held to go back on air, in pixels.
const GO_ON_AIR: (u32, u32) = (703, 429);

/// Waits until there is something in this file.
fn grown(file: &Path) -> Result<(), Fault> {
    let size = || fs::metadata(file).map_or(0, |file| file.len());
    let grown = time::wait_for(PATIENCE, || (size() > 4_000).then_some(()));
    grown.ok_or_else(|| format!("{} has {} bytes", file.display(), size()).into())
}
