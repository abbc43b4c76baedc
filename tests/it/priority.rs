//! The threads of a programme come before other programs', as far as the system allows.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tests::bus::Bus;
use tests::downstage::{self, Downstage, Signal};
use tests::jobs;
use tests::load;
use tests::time::{self, PATIENCE};

/// A programme with a film and a recording, in this folder.
fn programme(folder: &Path) -> Command {
    let films = jobs::TWO.films(folder, 2);
    let show = jobs::TWO.write(folder, &films, &folder.join("out.mkv"));
    let mut command = downstage::at_home(folder);
    command.arg("run").arg(show).args(["--for", "1m", "--at", "0s"]);
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
    let program = Downstage::run(programme(folder.path()));
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

/// RealtimeKit: what it was asked for, and how many it refuses first.
#[derive(Clone, Default)]
struct Kit {
    asked: Arc<Mutex<Vec<(u64, i32)>>>,
    refuses: usize,
}

#[zbus::interface(name = "org.freedesktop.RealtimeKit1")]
impl Kit {
    fn make_thread_high_priority(&self, thread: u64, nice: i32) -> zbus::fdo::Result<()> {
        let mut asked = self.asked.lock().unwrap();
        asked.push((thread, nice));
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
    // One or two may have ended meanwhile; who refuses all is left alone.
    for refuses in [0, 2, usize::MAX] {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("unix:path={}", folder.path().join("bus").display());
        let bus = Bus::start(folder.path(), &address);
        let kit = Kit { refuses, ..Kit::default() };
        let _served = zbus::blocking::connection::Builder::address(bus.address.as_str())
            .and_then(|builder| builder.name("org.freedesktop.RealtimeKit1"))
            .and_then(|builder| builder.serve_at("/org/freedesktop/RealtimeKit1", kit.clone()))
            .and_then(zbus::blocking::connection::Builder::build)
            .expect("a service");
        let mut command = programme(folder.path());
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address);
        let command =
            if load::can_raise_priority() { load::without_rights(&command) } else { command };
        let program = Downstage::run(command);
        let name = |thread: u64| {
            let path = format!("/proc/{}/task/{thread}/comm", program.pid());
            fs::read_to_string(path).unwrap_or_default().trim().to_owned()
        };
        let asked = || kit.asked.lock().unwrap().clone();
        let names = || asked().into_iter().map(|(thread, _)| name(thread)).collect::<Vec<_>>();
        if refuses == usize::MAX {
            time::wait_for(PATIENCE, || (asked().len() >= 3).then_some(())).expect("it asks");
            // As often as it would have looked again.
            time::sleep(Duration::from_millis(2_500));
            assert_eq!(asked().len(), 3, "{:?}", names());
        } else {
            let all = ["program", "audio", "encode-0", "appsrc", "multiqueue"];
            let is_done = || {
                let names = names();
                let has = |begins: &&str| names.iter().any(|name| name.starts_with(*begins));
                all.iter().all(has).then_some(())
            };
            assert!(time::wait_for(PATIENCE, is_done).is_some(), "{:?}", names());
            let asked = asked();
            assert!(asked.iter().all(|(_, nice)| *nice == -7), "{asked:?}");
            let mut threads: Vec<u64> = asked.iter().map(|(thread, _)| *thread).collect();
            threads.sort_unstable();
            threads.dedup();
            assert_eq!(threads.len(), asked.len(), "{asked:?}");
            assert!(threads.len() <= 12, "{asked:?}");
        }
        end(program);
    }
}
