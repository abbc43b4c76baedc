//! The X server dies, or the Wayland compositor, and the programme goes on without a window.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use show::{FrameRate, Rect};
use tests::canary::{Fault, real_time};
use tests::display::{Display, RECORD};
use tests::downstage::{self, Downstage, Signal};
use tests::order::every_number;
use tests::time::{self, PATIENCE};
use tests::{decode, listed};

use crate::end_to_end::numbers_of;
use crate::window::{open, tags};

#[test]
fn when_the_x_server_dies_the_programme_goes_on() {
    // It is noticed by what is drawn, or by Xlib, which would end the process: that comes first if
    // the window was asleep meanwhile.
    for asleep in [false, true] {
        real_time("the X server's death", FrameRate::R25, |_| {
            let folder = tempfile::tempdir().unwrap();
            let mut display = Display::start(folder.path());
            let mut downstage = open(folder.path(), &display);
            tags(&display, folder.path(), [Some(3), None])?;
            display.focus();
            display.hand(&["key", "space"]);
            tags(&display, folder.path(), [None, Some(3)])?;
            display.click(RECORD);
            time::sleep(Duration::from_secs(1));
            // Only for a moment: while it is stopped it makes no pictures either.
            if asleep {
                downstage.signal(Signal::STOP);
            }
            display.kill();
            if asleep {
                downstage.signal(Signal::CONT);
            }
            let said = "the programme goes on without a window";
            assert!(downstage.wait_for(said, PATIENCE), "{}", downstage.stderr());
            time::sleep(Duration::from_secs(2));
            downstage.signal(Signal::TERM);
            let ended = downstage.wait(PATIENCE).ok_or("it does not end")?;
            assert_eq!(ended.code(), Some(0), "{}", downstage.stderr());
            let record = folder.path().join("out.mkv");
            let length = decode::probe(&record, "format=duration");
            assert!(length.trim().parse::<f64>().unwrap() > 3.0, "{length}");
            let frames = numbers_of(&record, &[Rect::FULL], &[3]);
            every_number(&frames, &[None], downstage.repeated()).map(drop)
        });
    }
}

#[test]
fn when_the_wayland_compositor_dies_the_programme_goes_on() {
    real_time("the Wayland compositor's death", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let mut compositor = Compositor::start(folder.path());
        let mut program = Downstage::run(compositor.command(folder.path()));
        assert!(program.wait_for("the window is open", PATIENCE), "{}", program.stderr());
        // For as long as it takes to be painted.
        time::sleep(Duration::from_secs(1));
        compositor.kill();
        let said = "the programme goes on without a window from frame ";
        assert!(program.wait_for(said, PATIENCE), "{}", program.stderr());
        let words = program.stderr();
        let frame = words.split(said).nth(1).and_then(|rest| rest.split(',').next());
        let frame: u64 = frame.and_then(|frame| frame.parse().ok()).ok_or("no frame")?;
        time::sleep(Duration::from_secs(2));
        program.signal(Signal::TERM);
        let ended = program.wait(PATIENCE).ok_or("it does not end")?;
        assert_eq!(ended.code(), Some(0), "{}", program.stderr());
        let counts = program.stdout();
        let frames: u64 = counts.split(' ').next().and_then(|n| n.parse().ok()).unwrap();
        println!("the compositor died before frame {frame} of {frames}");
        assert!(frames > frame + 25, "{frame}, then {counts}");
        let is_in_time = counts.contains(" 0 repeated, 0 late");
        if is_in_time { Ok(()) } else { Err(Fault::Late(counts)) }
    });
}

/// A Wayland compositor without a screen. Dropping it ends it.
struct Compositor(Child);

impl Compositor {
    /// Its socket lies in a folder that is nobody else's.
    fn start(folder: &Path) -> Self {
        listed::assert_listed();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
        let compositor = Command::new("weston")
            .args(["--backend=headless-backend.so", "--no-config", "--socket=display"])
            .env("XDG_RUNTIME_DIR", folder)
            .env_remove("DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("weston is installed: packaging/install-deps tests");
        let compositor = Self(compositor);
        let socket = folder.join("display");
        let is_there = time::wait_for(PATIENCE, || socket.exists().then_some(()));
        is_there.expect("a compositor");
        compositor
    }

    /// A program that has it to itself.
    fn command(&self, home: &Path) -> Command {
        let mut command = downstage::at_home(home);
        command.env("WAYLAND_DISPLAY", "display").env("DOWNSTAGE_LOG", "info");
        command.env_remove("DISPLAY");
        command
    }

    fn kill(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Drop for Compositor {
    fn drop(&mut self) {
        // It has no state to lose.
        self.kill();
    }
}
