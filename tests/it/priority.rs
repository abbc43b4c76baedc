//! The threads of a programme come before other programs', as far as the system allows.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tests::bus::Bus;
use tests::downstage::{self, Downstage, Signal};
use tests::jobs::{self, Job};
use tests::load;
use tests::time::{self, PATIENCE};

/// A programme with films, and a recording that starts so many seconds later.
fn programme(folder: &Path, job: &Job, starts: u32) -> Command {
    let films = job.films(folder, 2);
    let show = job.write(folder, &films, &folder.join("out.mkv"));
    let mut command = downstage::at_home(folder);
    command.arg("run").arg(show).args(["--for", "2m", "--at", &format!("{starts}s")]);
    command.arg(format!("start {}", jobs::OUTPUT));
    command
}

/// Ends a programme, which goes on whatever became of its priority.
fn end(mut program: Downstage) {
    program.signal(Signal::INT);
    let ended = program.wait(PATIENCE).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", program.stderr());
}

#[test]
fn a_process_that_may_comes_first_with_every_thread() {
    let folder = tempfile::tempdir().unwrap();
    let allowed = load::can_raise_priority();
    let program = Downstage::run(programme(folder.path(), &jobs::TWO, 0));
    let runs = |name: &str| {
        let threads = load::niceness(program.pid());
        threads.into_iter().find(|(other, _)| other.starts_with(name))
    };
    for name in ["program", "audio", "encode-0", "appsrc", "multiqueue"] {
        let found = time::wait_for(PATIENCE, || runs(name)).expect(name);
        assert_eq!(found.1, if allowed { -10 } else { 0 }, "{name}");
    }
    end(program);
}

/// A thread that RealtimeKit was asked for.
#[derive(Clone, Debug)]
struct Asked {
    thread: u64,
    /// Its name at that time: it may have ended since.
    name: String,
    nice: i32,
}

impl Asked {
    fn runs(&self) -> bool {
        Path::new(&format!("/proc/{}/comm", self.thread)).exists()
    }
}

/// RealtimeKit: what it was asked for, and how many it refuses first.
#[derive(Clone, Default)]
struct Kit {
    asked: Arc<Mutex<Vec<Asked>>>,
    refuses: usize,
}

#[zbus::interface(name = "org.freedesktop.RealtimeKit1")]
impl Kit {
    fn make_thread_high_priority(&self, thread: u64, nice: i32) -> zbus::fdo::Result<()> {
        let mut asked = self.asked.lock().unwrap();
        let name = fs::read_to_string(format!("/proc/{thread}/comm")).unwrap_or_default();
        asked.push(Asked { thread, name, nice });
        match asked.len() <= self.refuses {
            true => Err(zbus::fdo::Error::AccessDenied("not today".to_owned())),
            false => Ok(()),
        }
    }

    #[zbus(property)]
    fn min_nice_level(&self) -> i32 {
        -7
    }
}

#[test]
fn realtimekit_is_asked_for_each_thread_that_a_frame_waits_for_once() {
    // One or two may have ended meanwhile; who refuses all is left alone. Films that were there first leave places for
    // the encode of a recording that starts later.
    for (job, starts, refuses) in
        [(jobs::TWO, 0, 0), (jobs::QUAD, 4, 0), (jobs::TWO, 0, 2), (jobs::TWO, 0, usize::MAX)]
    {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("unix:path={}", folder.path().join("bus").display());
        let bus = Bus::start(folder.path(), &address);
        let kit = Kit { refuses, ..Kit::default() };
        let _served = zbus::blocking::connection::Builder::address(bus.address.as_str())
            .and_then(|builder| builder.name("org.freedesktop.RealtimeKit1"))
            .and_then(|builder| builder.serve_at("/org/freedesktop/RealtimeKit1", kit.clone()))
            .and_then(zbus::blocking::connection::Builder::build)
            .expect("a service");
        let mut command = programme(folder.path(), &job, starts);
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address);
        let command =
            if load::can_raise_priority() { load::without_rights(&command) } else { command };
        let program = Downstage::run(command);
        let asked = || kit.asked.lock().unwrap().clone();
        if refuses == usize::MAX {
            time::wait_for(PATIENCE, || (asked().len() >= 3).then_some(())).expect("it asks");
            // As often as it would have looked again.
            time::sleep(Duration::from_millis(2_500));
            assert_eq!(asked().len(), 3, "{:?}", asked());
        } else {
            for begins in ["program", "audio", "encode-0", "appsrc", "multiqueue"] {
                let has = || asked().iter().any(|asked| asked.name.starts_with(begins));
                let found = time::wait_for(PATIENCE, || has().then_some(()));
                assert!(found.is_some(), "{begins}: {:?}, {}", asked(), program.stderr());
            }
            let asked = asked();
            assert!(asked.iter().all(|asked| asked.nice == -7), "{asked:?}");
            let mut threads: Vec<u64> = asked.iter().map(|asked| asked.thread).collect();
            threads.sort_unstable();
            threads.dedup();
            assert_eq!(threads.len(), asked.len(), "{asked:?}");
            let running = asked.iter().filter(|asked| asked.runs()).count();
            assert!(running <= 16, "{asked:?}");
        }
        end(program);
    }
}
