//! A display without a screen, with hands and eyes.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use show::Rect;

use crate::downstage::{self, Downstage, Signal};
use crate::listed;
use crate::time::{self, PATIENCE};

/// Width and height in pixels of the smallest window that shows all of the desk.
pub const SIZE: (u32, u32) = (1_280, 720);

/// Where PVW and PGM are in such a window, as parts of it.
pub const MONITORS: [Rect; 2] = [
    Rect::new(6.0 / 1_280.0, 65.0 / 720.0, 452.0 / 1_280.0, 254.0 / 720.0),
    Rect::new(586.0 / 1_280.0, 65.0 / 720.0, 452.0 / 1_280.0, 254.0 / 720.0),
];

/// Where such a window has AUTO, and the button that starts all recordings, in pixels.
pub const AUTO: (u32, u32) = (522, 101);
/// See [`AUTO`].
pub const RECORD: (u32, u32) = (1_218, 313);

/// Takes the CPU time of some frames of a window, and stands back as much as a window does: for as long as
/// this takes on a machine that is slow or shared, nobody has seen what a hand did.
const DRAWS: [&str; 5] =
    ["-n", "10", "sh", "-c", "n=150000; while [ $n -gt 0 ]; do n=$((n-1)); done"];

/// All of it.
const WHOLE: (u32, u32, u32, u32) = (0, 0, SIZE.0, SIZE.1);

/// A display without a screen. Dropping it ends it.
pub struct Display {
    server: Child,
    /// What `DISPLAY` is to be.
    pub name: String,
}

impl Display {
    /// Starts one of [`SIZE`]; `folder` is for what it says.
    ///
    /// # Panics
    /// There is no Xvfb, or it does not start; or the test is not listed as one that has the machine to
    /// itself.
    pub fn start(folder: &Path) -> Self {
        listed::assert_listed();
        // It takes a number that nobody has, and says which.
        let (server, name) = server(folder, &[]);
        Self { server, name }
    }

    /// Starts it again under its name, after it was killed.
    pub fn start_again(&mut self, folder: &Path) {
        (self.server, self.name) = server(folder, &[&self.name]);
    }

    /// Mouse and keys, as xdotool has them.
    pub fn hand(&self, steps: &[&str]) {
        self.quickly(steps);
        let mut draws = Command::new("nice").args(DRAWS).spawn().expect("nice is everywhere");
        time::sleep(Duration::from_millis(400));
        drop(draws.wait());
    }

    /// The same, without the time that somebody takes to look.
    pub fn quickly(&self, steps: &[&str]) {
        let hand = Command::new("xdotool").args(steps).env("DISPLAY", &self.name).status();
        assert!(hand.expect("xdotool is installed").success(), "{steps:?}");
    }

    /// A click at this pixel.
    pub fn click(&self, (x, y): (u32, u32)) {
        self.hand(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"]);
    }

    /// What is to be seen now, to be read: in Matroska, without loss.
    pub fn shot(&self, file: &Path) {
        self.grab(file, WHOLE, &["-frames:v", "1", "-c:v", "ffv1", "-pix_fmt", "yuv420p"]);
    }

    /// What is to be seen now, to be looked at: a PNG.
    pub fn picture(&self, file: &Path) {
        self.grab(file, WHOLE, &["-frames:v", "1", "-c:v", "png"]);
    }

    /// What is to be seen of a part of it (left, top, width, height) for so long, 40 times a second.
    pub fn film(&self, file: &Path, part: (u32, u32, u32, u32), seconds: u64) {
        let seconds = seconds.to_string();
        self.grab(file, part, &["-t", &seconds, "-c:v", "ffv1", "-pix_fmt", "yuv420p"]);
    }

    /// Begins to film a part of it, so many pictures at 40 a second, timed by the milliseconds since 1970.
    pub fn filming(&self, file: &Path, part: (u32, u32, u32, u32), pictures: u32) -> Child {
        let count = pictures.to_string();
        let how = ["-frames:v", &count, "-c:v", "ffv1", "-pix_fmt", "yuv420p"];
        self.grabbing(part, &how).arg("-copyts").arg(file).spawn().expect("ffmpeg is installed")
    }

    fn grab(&self, file: &Path, part: (u32, u32, u32, u32), how: &[&str]) {
        let grab = self.grabbing(part, how).arg(file).status();
        assert!(grab.expect("ffmpeg is installed").success());
    }

    fn grabbing(&self, (x, y, width, height): (u32, u32, u32, u32), how: &[&str]) -> Command {
        let size = format!("{width}x{height}");
        let mut grab = Command::new("ffmpeg");
        grab.args(["-v", "error", "-y", "-f", "x11grab", "-framerate", "40", "-draw_mouse", "0"])
            .args(["-video_size", &size, "-i", &format!("{}+{x},{y}", self.name)])
            .args(how);
        grab
    }

    /// A program that has this display to itself, and finds nothing of its user's: all it keeps is
    /// kept in `home`.
    pub fn run(&self, home: &Path, show: Option<&Path>) -> Downstage {
        let mut command = self.command(home);
        command.args(show);
        Downstage::run(command)
    }

    /// The same, not yet started.
    pub fn command(&self, home: &Path) -> Command {
        let mut command = downstage::at_home(home);
        command.env("DISPLAY", &self.name).env_remove("WAYLAND_DISPLAY");
        command
    }

    /// Covers all of it by another program's window, until that is dropped.
    pub fn cover(&self) -> Cover {
        let (width, height) = (SIZE.0.to_string(), SIZE.1.to_string());
        let place = ["-left", "0", "-top", "0", "-x", &width, "-y", &height];
        let mut other = Command::new("ffplay");
        other.args(["-v", "error", "-noborder"]).args(place);
        other.args(["-f", "lavfi", "color=white"]).env("DISPLAY", &self.name);
        Cover(other.spawn().expect("ffplay comes with ffmpeg"))
    }

    /// Gives the window the keyboard: nobody manages windows here.
    pub fn focus(&self) {
        self.hand(&["search", "--onlyvisible", "--name", "Downstage", "windowfocus", "--sync"]);
    }

    /// Stops the server for so long: nothing that asks it is answered meanwhile.
    pub fn freeze(&self, length: Duration) {
        downstage::send(self.server.id(), Signal::STOP);
        time::sleep(length);
        downstage::send(self.server.id(), Signal::CONT);
    }

    /// Stops the server while this is done.
    pub fn freeze_while(&self, act: impl FnOnce()) {
        downstage::send(self.server.id(), Signal::STOP);
        act();
        downstage::send(self.server.id(), Signal::CONT);
    }

    /// Ends the server as nobody should.
    pub fn kill(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// Starts a server, and waits until it says its name; `folder` is for that.
fn server(folder: &Path, name: &[&str]) -> (Child, String) {
    let size = format!("{}x{}x24", SIZE.0, SIZE.1);
    let said = folder.join("display");
    let server = Command::new("Xvfb")
        .args(name)
        // It would start again whenever its last client leaves, and refuse who comes meanwhile: a look at an
        // empty display, just as the window is opened.
        .args(["-noreset", "-displayfd", "1", "-screen", "0", &size])
        .stdout(fs::File::create(&said).expect("a folder of ours"))
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb is installed: packaging/install-deps tests");
    let name = time::wait_for(PATIENCE, || {
        let number = fs::read_to_string(&said).ok()?;
        number.ends_with('\n').then(|| format!(":{}", number.trim()))
    });
    (server, name.expect("a display"))
}

impl Drop for Display {
    fn drop(&mut self) {
        // It has no state to lose.
        self.kill();
    }
}

/// Another program's window.
pub struct Cover(Child);

impl Drop for Cover {
    fn drop(&mut self) {
        // It has no state to lose.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
