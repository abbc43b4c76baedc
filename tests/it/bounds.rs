//! Everything that grows while Downstage runs has a bound, and keeps it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use compositor::Backend;
use engine::{CommandKind, Deliver, EditCommand, FrameIndex, OutputState, Switch};
use media::encode::{Sink, UnitKind};
use media::hub::Hub;
use media::queue::{Packet, Queue, QueueBounds};
use show::{
    Asset, AssetId, AssetKind, Edit, EncodeProfile, Feed, Format, FrameRate, Item, ItemId,
    LayoutId, Output, OutputId, OutputKind, Preset, Raster, SeiPolicy, Show, SourceId, SourceKind,
    Template,
};
use studio::problems::Problem;
use studio::program::program_shared::WAITING_HAPPENINGS;
use studio::program::session::{Options, Session, Studio};
use tests::{shows, time};

use crate::media_parts::{FRAME, headers, unit};

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };

/// Where every queue is made and every collection is added to: file and name.
fn growing(file: &str, text: &str) -> BTreeSet<(String, String)> {
    const MAKERS: [&str; 5] = ["bounded", "sync_channel", "ArrayQueue", "RingBuffer", "Ring"];
    const ADD: [&str; 8] = [
        "push",
        "push_back",
        "push_front",
        "extend",
        "extend_from_slice",
        "insert",
        "append",
        "resize",
    ];
    let words = words(text);
    let at = |index: usize| words.get(index).map_or("", String::as_str);
    let mut all = BTreeSet::new();
    for (index, word) in words.iter().enumerate() {
        let is_made = match (at(index + 1), at(index + 2), at(index + 3)) {
            ("(", ..) => ["bounded", "sync_channel"].contains(&word.as_str()),
            ("::", "<", _) => word == "bounded",
            ("::", "new", "(") => MAKERS[2..].contains(&word.as_str()),
            _ => false,
        };
        if is_made {
            all.insert((file.to_owned(), word.clone()));
        }
        // A field, whatever it is wrapped in.
        if word == "VecDeque" && at(index + 1) == "<" {
            let before = words[..index].iter().rposition(|word| word == ":");
            let in_type =
                |word: &String| ["<", "::", "["].contains(&word.as_str()) || is_name(word);
            if let Some(colon) = before.filter(|colon| words[colon + 1..index].iter().all(in_type))
            {
                all.insert((file.to_owned(), at(colon - 1).to_owned()));
            }
        }
        if ADD.contains(&word.as_str()) && at(index + 1) == "(" {
            let mut from = index;
            while from >= 2 && words[from - 1] == "." && is_name(&words[from - 2]) {
                from -= 2;
            }
            if index - from >= 4 && words[from] == "self" {
                all.insert((file.to_owned(), at(index - 2).to_owned()));
            }
        }
    }
    all
}

fn is_name(word: &str) -> bool {
    word.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// Names and signs of a file, without its comments.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut rest = line.split("//").next().unwrap_or(line);
        while let Some(first) = rest.chars().next() {
            let length = match rest {
                _ if is_name(&first.to_string()) => {
                    rest.find(|letter: char| !is_name(&letter.to_string())).unwrap_or(rest.len())
                }
                _ if rest.starts_with("::") => 2,
                _ => first.len_utf8(),
            };
            let (word, after) = rest.split_at(length);
            if !word.trim().is_empty() {
                words.push(word.to_owned());
            }
            rest = after;
        }
    }
    words
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The text of each file of our crates, by its path from the root.
fn sources() -> Vec<(String, String)> {
    let (root, mut all) = (root(), Vec::new());
    let mut folders = vec![root.join("app")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                all.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    all
}

#[test]
fn everything_that_grows_has_a_stated_bound() {
    let listed = fs::read_to_string(root().join("tests/bounds")).unwrap();
    let mut stated = BTreeSet::new();
    for line in listed.lines().filter(|line| !line.starts_with('#')) {
        let (what, bound) = line.split_once(": ").unwrap_or_else(|| panic!("{line}: no bound"));
        let (file, name) = what.split_once(' ').unwrap_or_else(|| panic!("{line}: no name"));
        assert!(stated.insert((file.to_owned(), name.to_owned())), "{line}: twice");
        if let Some((_, test)) = bound.split_once(" | ") {
            let (module, test) = test.split_once("::").expect("a test with its module");
            let text = fs::read_to_string(root().join(format!("tests/it/{module}.rs"))).unwrap();
            assert!(text.contains(&format!("fn {test}(")), "{line}: there is no such test");
        }
    }
    let mut found = BTreeSet::new();
    for (file, text) in sources() {
        found.extend(growing(&file, &text));
        for never in ["unbounded", "LinkedList", "BinaryHeap"] {
            assert!(!words(&text).iter().any(|word| word == never), "{file}: {never}");
        }
        assert!(!text.contains("mpsc::channel"), "{file}: mpsc::channel has no bound");
    }
    let new: Vec<_> = found.difference(&stated).collect();
    assert!(new.is_empty(), "state their bounds in tests/bounds: {new:?}");
    let gone: Vec<_> = stated.difference(&found).collect();
    assert!(gone.is_empty(), "these do not grow any more: {gone:?}");
}

#[test]
fn what_grows_is_found_in_the_code() {
    let text = "struct A { lines: Mutex<std::collections::VecDeque<u8>>, plain: Vec<u8> } // bounded(3)
        fn f(&mut self) { self.seen.insert(1); self.a.rest\n.extend(other); local.push(2); self.push(3); }
        let (a, b) = bounded::<u8>(1); let queue = ArrayQueue::new(5);";
    let found: Vec<String> = growing("x", text).into_iter().map(|(_, name)| name).collect();
    assert_eq!(found, ["ArrayQueue", "bounded", "lines", "rest", "seen"]);
}

#[test]
fn headers_that_nobody_takes_do_not_pile_up() {
    let queue = Queue::new(QueueBounds::DESTINATION);
    for round in 0..1_000 {
        queue.push(Packet::Headers(headers()));
        assert_eq!(queue.waiting(), (1, 0), "round {round}");
    }
    // Each time with so much behind them that the queue is cleared.
    for round in 0..20 {
        queue.push(Packet::Headers(headers()));
        for n in 0..10 {
            let kind = if n == 0 { UnitKind::Keyframe } else { UnitKind::Picture };
            queue.push(Packet::Unit(unit(kind, (round * 10 + n) * FRAME, 1 << 20)));
        }
        let (packets, bytes) = queue.waiting();
        assert!(packets <= 10 && bytes <= QueueBounds::DESTINATION.bytes, "{packets}, {bytes}");
    }
}

#[test]
fn a_hub_forgets_the_messages_of_outputs_that_left() {
    let hub = Hub::default();
    hub.headers(headers());
    for n in 0..100 {
        let payload_type = 100 + (n % 100) as u8;
        let policy = SeiPolicy { payload_type, ..SeiPolicy::default() };
        let queue = Arc::new(Queue::new(QueueBounds::DESTINATION));
        hub.join(policy, Arc::clone(&queue));
        hub.add_frame(crate::media_hub::moment(n));
        hub.unit(unit(UnitKind::Keyframe, n * FRAME, 20));
        assert_eq!(hub.held_policies(), 1, "{n}");
        hub.leave(&queue);
        assert_eq!(hub.held_policies(), 0, "{n}");
    }
}

fn ask(session: &Session, kind: CommandKind) {
    let command = engine::Command { program: session.program, ..shows::command(kind) };
    session.commands.send(command).unwrap();
}

/// A program outside real time.
fn offline(show: Show, folder: &Path) -> Session {
    media::init().unwrap();
    let (offline, backend, folder) = (true, Some(Backend::Cpu), folder.to_owned());
    let options = Options { offline, backend, folder, ..Options::default() };
    Session::start(&Studio::default(), show, options).unwrap()
}

#[test]
fn what_cannot_be_prepared_is_forgotten_with_its_need() {
    let mut show = Show::new("Missing pictures", LD25);
    for n in 0..20 {
        let (asset, source, layout) = (AssetId(100 + n), SourceId(200 + n), LayoutId(300 + n));
        let path = format!("/nowhere/{n}.png");
        show.assets.push(Asset { id: asset, path, kind: AssetKind::Picture, hash: None });
        show.sources.push(shows::source(source.0, SourceKind::Still { asset }));
        let layout = Template::Single.layout(layout, n.to_string(), &[Feed::Source(source)]);
        show.layouts.push(layout);
    }
    let mut session = offline(show, Path::new("/"));
    let known = |session: &Session| session.shared.snapshot.load().prepared.len();
    for n in 0..20 {
        ask(&session, CommandKind::Switch(Switch::LoadLayout(LayoutId(300 + n))));
        // It is said to have failed, and what failed before it to be needed no more.
        let is_one = time::wait_for(time::PATIENCE, || {
            session.beat();
            let failed = session.problems.all().contains_key(&ItemId::from(SourceId(200 + n)));
            (failed && known(&session) == 1).then_some(())
        });
        assert!(is_one.is_some(), "{n}: {} are known", known(&session));
    }
}

/// Levels are kept a source at a time, however many come and go.
#[test]
fn sources_that_are_removed_leave_no_level_behind() {
    let mut session = offline(Show::new("Levels", LD25), Path::new("/"));
    for n in 0..30 {
        let source = shows::source(100 + n, SourceKind::TestPattern { tag: (n % 16) as u8 });
        let (id, layout) = (source.id, LayoutId(200 + n));
        let layout_item = Template::Single.layout(layout, n.to_string(), &[Feed::Source(id)]);
        let edit = |edit| CommandKind::Edit(EditCommand::Do(Box::new(edit)));
        ask(&session, edit(Edit::Add(Item::Source(source))));
        ask(&session, edit(Edit::Add(Item::Layout(layout_item))));
        ask(&session, CommandKind::Switch(Switch::TakeLayout(layout)));
        (0..4).for_each(|_| assert!(session.beat()));
        // The one before is on PVW; it may go once that is another.
        if n >= 2 {
            let gone = n - 2;
            ask(&session, edit(Edit::Remove(ItemId::from(LayoutId(200 + gone)))));
            ask(&session, edit(Edit::Remove(ItemId::from(SourceId(100 + gone)))));
            (0..4).for_each(|_| assert!(session.beat()));
        }
        let levels = session.shared.sound.levels.load();
        assert!(levels.len() <= 2, "{n}: {:?}", levels.keys());
    }
}

fn recording(path: &str) -> Show {
    let mut show = Show::new("Bounds", LD25);
    show.sources.push(shows::source(1, SourceKind::TestPattern { tag: 5 }));
    show.layouts.push(Template::Single.layout(LayoutId(2), "Full", &[Feed::Source(SourceId(1))]));
    let kind = OutputKind::Record { path: path.to_owned() };
    let profile = EncodeProfile { preset: Preset::Ultrafast, ..EncodeProfile::default() };
    let (id, bus, sei) = (OutputId(3), Default::default(), Default::default());
    show.outputs.push(Output { id, name: "Out".to_owned(), kind, profile, bus, sei });
    show
}

/// A pipe that nobody reads stands for a disk that does not answer.
fn unread(folder: &Path) {
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.join("out.mkv"), mode).unwrap();
}

/// Lets go of whoever waits for the pipe, as often as it takes: also if a test fails, whose session would wait.
struct Released(PathBuf);

impl Drop for Released {
    fn drop(&mut self) {
        let path = self.0.join("out.mkv");
        let reads = move || (0..10).for_each(|_| drop(fs::read(&path)));
        drop(std::thread::Builder::new().name("reads".to_owned()).spawn(reads));
    }
}

#[test]
fn an_output_whose_runs_do_not_end_is_not_started_without_end() {
    let folder = tempfile::tempdir().unwrap();
    unread(folder.path());
    let mut session = offline(recording("out.mkv"), folder.path());
    let hangs = Released(folder.path().to_owned());
    ask(&session, CommandKind::Switch(Switch::TakeLayout(LayoutId(2))));
    let state =
        |session: &Session| session.shared.snapshot.load().outputs.get(&OutputId(3)).copied();
    let mut refused = 0;
    for _ in 0..6 {
        ask(&session, CommandKind::Deliver(Deliver::Start(OutputId(3))));
        (0..12).for_each(|_| assert!(session.beat()));
        // It hangs once something waits that it does not take.
        let is_stuck = || {
            let outputs = session.outputs.load();
            let waits =
                outputs.iter().any(|view| !view.queue.is_closed() && view.queue.waiting().0 > 4);
            (waits || state(&session) == Some(OutputState::Failed)).then_some(())
        };
        assert!(time::wait_for(time::PATIENCE, is_stuck).is_some());
        if state(&session) == Some(OutputState::Failed) {
            assert_eq!(
                session.problems.all().get(&OutputId(3).into()),
                Some(&Problem::StillEnding)
            );
            refused += 1;
        }
        ask(&session, CommandKind::Deliver(Deliver::Stop(OutputId(3))));
        (0..2).for_each(|_| assert!(session.beat()));
        // One that is stopped has no reason not to run.
        assert_eq!(session.problems.all().get(&OutputId(3).into()), None);
    }
    assert_eq!(refused, 3, "three runs may be ending");
    drop(hangs);
    drop(session.finish());
}

/// A minute and a half of programme whose recording hangs, whose events nobody takes, and to which nobody
/// listens.
#[test]
fn what_nobody_takes_stays_within_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    unread(folder.path());
    let mut session = offline(recording("out.mkv"), folder.path());
    let hangs = Released(folder.path().to_owned());
    let take =
        |session: &Session| ask(session, CommandKind::Switch(Switch::TakeLayout(LayoutId(2))));
    take(&session);
    ask(&session, CommandKind::Deliver(Deliver::Start(OutputId(3))));
    let frames = 90 * 25;
    for _ in 0..frames {
        take(&session);
        assert!(session.beat());
        let wiring = session.shared.wiring.load();
        for encode in &wiring.encodes {
            assert!(encode.pictures.len() <= encode.pictures.capacity());
            // A second of pictures and of sound, and as much of sound before the keyframe.
            assert!(encode.hub.held_units() <= 5 * 25 * 4, "{}", encode.hub.held_units());
        }
        for view in session.outputs.load().iter() {
            let (packets, bytes) = view.queue.waiting();
            let QueueBounds { bytes: most, nanos, .. } = QueueBounds::RECORDING;
            // Pictures, and sound in frames of 1,024 samples.
            let seconds = (nanos / 1_000_000_000) as usize + 1;
            assert!(bytes <= most && packets <= seconds * (25 + 47) + 1, "{packets}, {bytes}");
        }
    }
    let dropped: u64 = session.outputs.load().iter().map(|view| view.queue.dropped()).sum();
    assert!(dropped > 0, "the recording hangs");
    assert_eq!(session.events.len(), WAITING_HAPPENINGS);
    assert!(session.shared.counts.dropped_events.load(Ordering::Relaxed) > 0);
    assert!(session.shared.retired.len() <= session.shared.retired.capacity());
    assert_eq!(session.shared.counts.frames.load(Ordering::Relaxed), frames);
    assert!(FrameIndex(frames).nanos(FrameRate::R25) as i64 > QueueBounds::RECORDING.nanos);
    drop(hangs);
    drop(session.finish());
}
