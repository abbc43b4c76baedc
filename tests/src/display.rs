//! A display without a screen, with hands and eyes.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::downstage::{self, Downstage};
use crate::time;

/// A display without a screen. Dropping it ends it.
pub struct Display {
    server: Child,
    /// What `DISPLAY` is to be.
    pub name: String,
    size: (u32, u32),
}

impl Display {
    /// One of 1280x720.
    pub fn start(folder: &Path) -> Self {
        Self::of((1_280, 720), folder)
    }

    /// One of this size.
    pub fn of(size: (u32, u32), folder: &Path) -> Self {
        // It takes a number that nobody has, and says which.
        let said = folder.join("display");
        let server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &format!("{}x{}x24", size.0, size.1)])
            .stdout(fs::File::create(&said).expect("a folder of ours"))
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed: packaging/install-deps tests");
        let name = time::wait_for(Duration::from_secs(10), || {
            let number = fs::read_to_string(&said).ok()?;
            number.ends_with('\n').then(|| format!(":{}", number.trim()))
        });
        Self { server, name: name.expect("a display"), size }
    }

    /// Mouse and keys, as xdotool has them.
    pub fn hand(&self, steps: &[&str]) {
        let hand = Command::new("xdotool").args(steps).env("DISPLAY", &self.name).status();
        assert!(hand.expect("xdotool is installed").success(), "{steps:?}");
        time::sleep(Duration::from_millis(400));
    }

    /// What is to be seen now, to be read: in Matroska, without loss.
    pub fn shot(&self, file: &Path) {
        self.grab(&["-c:v", "ffv1", "-pix_fmt", "yuv420p"], file);
    }

    /// What is to be seen now, to be looked at: a PNG.
    pub fn picture(&self, file: &Path) {
        self.grab(&["-c:v", "png"], file);
    }

    fn grab(&self, coding: &[&str], file: &Path) {
        let size = format!("{}x{}", self.size.0, self.size.1);
        let shot = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-f", "x11grab", "-draw_mouse", "0", "-video_size", &size])
            .args(["-i", &self.name, "-frames:v", "1"])
            .args(coding)
            .arg(file)
            .status();
        assert!(shot.expect("ffmpeg is installed").success());
    }

    /// What is to be seen of a part of it (left, top, width, height) for so long, 40 times a second.
    pub fn film(&self, file: &Path, part: (u32, u32, u32, u32), seconds: u64) {
        let (x, y, width, height) = part;
        let film = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-f", "x11grab", "-framerate", "40", "-draw_mouse", "0"])
            .args(["-video_size", &format!("{width}x{height}")])
            .args(["-i", &format!("{}+{x},{y}", self.name), "-t", &seconds.to_string()])
            .args(["-c:v", "ffv1", "-pix_fmt", "yuv420p"])
            .arg(file)
            .status();
        assert!(film.expect("ffmpeg is installed").success());
    }

    /// A program that has this display to itself, and finds nothing of its user's: all it keeps is
    /// kept in `home`.
    pub fn run(&self, home: &Path, show: Option<&Path>) -> Downstage {
        let mut command = Command::new(downstage::program());
        command.args(show).current_dir(home);
        command.env("DISPLAY", &self.name).env_remove("WAYLAND_DISPLAY");
        command.env_remove("DBUS_SESSION_BUS_ADDRESS");
        for folder in ["XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"] {
            command.env(folder, home);
        }
        Downstage::run(command)
    }

    /// Gives the window the keyboard: nobody manages windows here.
    pub fn focus(&self) {
        self.hand(&["search", "--onlyvisible", "--name", "Downstage", "windowfocus", "--sync"]);
    }

    /// Ends the server as nobody should.
    pub fn kill(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // It has no state to lose.
        self.kill();
    }
}
