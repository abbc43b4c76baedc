//! Cameras and microphones that are none, on a media server of the test's own: PipeWire with WirePlumber, which also
//! speaks PulseAudio's protocol, on a bus of its own and in a folder of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::listed;
use crate::time::{self, PATIENCE};

/// What has to be installed.
const PROGRAMS: [&str; 6] =
    ["dbus-daemon", "pipewire", "wireplumber", "pipewire-pulse", "pactl", "gst-launch-1.0"];
/// Nobody but us is on the bus, and no service is started by it.
const BUS: &str = r#"<busconfig><type>session</type><listen>unix:path=ADDRESS</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"#;

/// A media server. Dropping it ends it.
pub struct MediaServer {
    folder: tempfile::TempDir,
    processes: Vec<Child>,
}

impl MediaServer {
    /// Starts one; `None` where what it needs is not installed, which is said.
    ///
    /// # Panics
    /// It does not start, or the test is not listed as one that has the machine to itself.
    #[expect(clippy::print_stderr, reason = "a test that cannot be made says so")]
    pub fn start() -> Option<Self> {
        listed::assert_listed();
        let is_there = |name: &&str| {
            let paths = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&paths).any(|folder| folder.join(name).exists())
        };
        let missing: Vec<&str> = PROGRAMS.iter().filter(|name| !is_there(name)).copied().collect();
        let elements = ["pipewiresink", "pipewiresrc", "pulsesrc", "pulsesink"];
        media::init().expect("GStreamer is installed");
        let lacking: Vec<&str> =
            elements.iter().filter(|name| !media::has_element(name)).copied().collect();
        if !missing.is_empty() || !lacking.is_empty() {
            eprintln!(
                "SKIPPED: no camera and no microphone can be made here: {missing:?} and the elements {lacking:?} \
                 are missing. Run packaging/install-deps tests."
            );
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(folder.path(), private).expect("a folder of our own");
        let mut server = Self { folder, processes: Vec::new() };
        let bus = BUS.replace("ADDRESS", &server.path("bus").display().to_string());
        fs::write(server.path("bus.conf"), bus).expect("room for it");
        let config = server.path("bus.conf").display().to_string();
        server.process("dbus-daemon", &["--config-file", &config, "--nofork", "--nopidfile"]);
        server.begin();
        Some(server)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Has a program find this server, and no other.
    pub fn shown_to<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let bus = format!("unix:path={}", self.path("bus").display());
        command.env("XDG_RUNTIME_DIR", self.folder.path()).env("DBUS_SESSION_BUS_ADDRESS", bus);
        for name in ["PULSE_SERVER", "PIPEWIRE_REMOTE", "PULSE_RUNTIME_PATH"] {
            command.env_remove(name);
        }
        command
    }

    fn process(&mut self, name: &str, arguments: &[&str]) {
        let mut command = Command::new(name);
        self.shown_to(command.args(arguments)).env("HOME", self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.processes.push(command.spawn().expect("it is installed"));
    }

    /// Starts the servers, and waits until they answer.
    fn begin(&mut self) {
        let exists = |path: PathBuf| time::wait_for(PATIENCE, || path.exists().then_some(()));
        exists(self.path("bus")).expect("the bus starts");
        self.process("pipewire", &[]);
        exists(self.path("pipewire-0")).expect("PipeWire starts");
        self.process("wireplumber", &[]);
        self.process("pipewire-pulse", &[]);
        let answers = || self.pactl(&["info"]).map(drop);
        time::wait_for(PATIENCE, answers).expect("pipewire-pulse starts");
        // WirePlumber says nowhere that it is ready: it makes a sink that plays to nobody where there is no other.
        let has_sink = || {
            let sinks = self.pactl(&["list", "short", "sinks"])?;
            (!sinks.is_empty()).then_some(())
        };
        let _none = time::wait_for(Duration::from_secs(3), has_sink);
    }

    /// Kills the servers as they stand; their devices are gone with them.
    pub fn kill(&mut self) {
        // But for the bus.
        for mut process in self.processes.drain(1..).rev() {
            drop(process.kill());
            drop(process.wait());
        }
        drop(fs::remove_file(self.path("pipewire-0")));
        drop(fs::remove_dir_all(self.path("pulse")));
    }

    /// Starts them again.
    pub fn restart(&mut self) {
        self.begin();
    }

    /// What it answers; `None` if it refuses.
    fn pactl(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("pactl");
        self.shown_to(command.args(arguments));
        let said = command.stderr(Stdio::null()).output().expect("pactl is installed");
        said.status.success().then(|| String::from_utf8_lossy(&said.stdout).trim().to_owned())
    }

    fn module(&self, name: &str, arguments: &[&str]) -> String {
        let said = self.pactl(&[&["load-module", name], arguments].concat());
        said.unwrap_or_else(|| panic!("{name} {arguments:?} is refused"))
    }

    fn launch(&self, pipeline: &str) -> Plugged {
        let mut command = Command::new("gst-launch-1.0");
        command.arg("-q").args(pipeline.split_whitespace());
        self.shown_to(&mut command).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Plugged(command.spawn().expect("gst-launch-1.0 is installed"))
    }

    /// Plugs a camera in that shows this film, in its size and at its rate.
    pub fn camera(&self, (id, name): (&str, &str), film: &Path) -> Plugged {
        self.launch(&format!(
            "filesrc location={} ! qtdemux ! h264parse ! avdec_h264 ! videoconvert ! video/x-raw,format=I420 \
             ! identity sync=true ! pipewiresink mode=provide \
             stream-properties=props,media.class=Video/Source,media.role=Camera,node.name={id},node.description={name}",
            film.display()
        ))
    }

    /// Makes a place where somebody whistles this tone, in hertz: what microphones there would hear.
    pub fn room(&self, name: &str, hertz: u32) -> Plugged {
        self.module("module-null-sink", &[&format!("sink_name={name}")]);
        self.launch(&format!(
            "audiotestsrc is-live=true freq={hertz} volume=0.5 ! audio/x-raw,rate=48000,channels=2 \
             ! pulsesink device={name}"
        ))
    }

    /// Plugs a microphone in that hears what is heard in a room; yields what unplugs it.
    pub fn microphone(&self, (id, name): (&str, &str), room: &str) -> String {
        let module = [
            &format!("master={room}.monitor")[..],
            &format!("source_name={id}"),
            &format!("source_properties=device.description={name}"),
        ];
        self.module("module-remap-source", &module)
    }

    /// Unplugs a microphone.
    pub fn unplug(&self, microphone: &str) {
        self.pactl(&["unload-module", microphone]).expect("it is plugged in");
    }
}

impl Drop for MediaServer {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().rev() {
            // It has no state to lose.
            drop(process.kill());
            drop(process.wait());
        }
    }
}

/// A device that is plugged in. Dropping it unplugs it.
pub struct Plugged(Child);

impl Drop for Plugged {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
