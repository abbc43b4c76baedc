//! A D-Bus of a test's own.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::time::{self, PATIENCE};

/// A bus with nobody on it, and nobody who could be started. Dropping it ends it.
pub struct Bus {
    daemon: Child,
    /// Its address.
    pub address: String,
}

impl Bus {
    /// Starts one at this address, with a socket `bus` in this folder.
    ///
    /// # Panics
    /// It is not installed.
    pub fn start(folder: &Path, address: &str) -> Self {
        let config = folder.join("bus.conf");
        let rules = format!(
            "<busconfig><type>session</type><listen>{address}</listen>\
             <policy context='default'><allow send_destination='*' eavesdrop='true'/>\
             <allow eavesdrop='true'/><allow own='*'/></policy></busconfig>"
        );
        fs::write(&config, rules).expect("the folder can be written");
        let daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--nopidfile", "--nosyslog", "--config-file"])
            .arg(&config)
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed: packaging/install-deps tests");
        let bus = Self { daemon, address: address.to_owned() };
        let is_up = || folder.join("bus").exists().then_some(());
        time::wait_for(PATIENCE, is_up).expect("a bus");
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
