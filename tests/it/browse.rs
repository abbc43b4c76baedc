//! Files chosen by the desktop: where it has no dialog, that is said, and soon.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use studio::browse::{Browse, Browsed, What};
use tests::time;

/// What is said of a bus that has no file chooser; within the second that is promised.
fn said(bus: &str) -> &'static str {
    let browse = Browse::on(Some(bus.to_owned()));
    let began = time::now();
    assert!(browse.ask(What::Media, "Add media", None));
    assert!(!browse.ask(What::Media, "Add media", None), "one dialog at a time");
    let done = time::wait_for(Duration::from_secs(20), || browse.done());
    let took = time::now() - began;
    assert!(took < Duration::from_secs(1), "{took:?}");
    let Some(Browsed::NoPortal(What::Media, reason)) = done else { panic!("{done:?}") };
    assert!(reason.to_string().ends_with("Type or paste the path instead"), "{reason}");
    assert!(!browse.is_open());
    assert!(browse.ask(What::SaveShow, "Save the show", Some(Path::new("/tmp"))), "once more");
    reason.code()
}

#[test]
fn without_a_portal_browse_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("unix:path={}", folder.path().join(name).display());
    assert_eq!(said(&at("nobody")), "no_bus");
    let _listens_and_says_nothing = UnixListener::bind(folder.path().join("silent")).unwrap();
    assert_eq!(said(&at("silent")), "portal_silent");
    let bus = Bus::start(folder.path(), &at("bus"));
    assert_eq!(said(&bus.address), "no_portal");
}

/// A bus with nobody on it, and nobody who could be started.
struct Bus {
    daemon: Child,
    address: String,
}

impl Bus {
    fn start(folder: &Path, address: &str) -> Self {
        let config = folder.join("bus.conf");
        let rules = format!(
            "<busconfig><type>session</type><listen>{address}</listen>\
             <policy context='default'><allow send_destination='*' eavesdrop='true'/>\
             <allow eavesdrop='true'/><allow own='*'/></policy></busconfig>"
        );
        fs::write(&config, rules).unwrap();
        let daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--nopidfile", "--nosyslog", "--config-file"])
            .arg(&config)
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed: packaging/install-deps tests");
        let bus = Self { daemon, address: address.to_owned() };
        let is_up = || folder.join("bus").exists().then_some(());
        time::wait_for(Duration::from_secs(10), is_up).expect("a bus");
        bus
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        // It has no state to lose.
        drop(self.daemon.kill());
        drop(self.daemon.wait());
    }
}
