//! The X server dies, or the Wayland compositor, and the programme goes on without a window.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use show::{FrameRate, Rect};
use tests::canary::real_time;
use tests::display::{Display, RECORD};
use tests::downstage::{self, Downstage, Signal};
use tests::{decode, time};

use crate::end_to_end::{assert_every_number, numbers_of};
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
            time::sleep(Duration::from_secs(2));
            downstage.signal(Signal::TERM);
            let ended = downstage.wait(Duration::from_secs(3)).ok_or("it does not end")?;
            assert_eq!(ended.code(), Some(0), "{}", downstage.stderr());
            let said = "the programme goes on without a window";
            assert!(downstage.stderr().contains(said), "{}", downstage.stderr());
            let record = folder.path().join("out.mkv");
            let length = decode::probe(&record, "format=duration");
            assert!(length.trim().parse::<f64>().unwrap() > 3.0, "{length}");
            let frames = numbers_of(&record, &[Rect::FULL], &[3]);
            assert_every_number(&frames, &[None]).map(drop)
        });
    }
}

#[test]
fn when_the_wayland_compositor_dies_the_programme_goes_on() {
    real_time("the Wayland compositor's death", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        // Its socket lies in a folder that is nobody else's.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let mut compositor = Command::new("weston")
            .args(["--backend=headless-backend.so", "--no-config", "--socket=display"])
            .env("XDG_RUNTIME_DIR", folder.path())
            .env_remove("DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("weston is installed: packaging/install-deps tests");
        let socket = folder.path().join("display");
        let is_there = time::wait_for(Duration::from_secs(10), || socket.exists().then_some(()));
        let mut command = Command::new(downstage::program());
        command.current_dir(folder.path());
        for name in ["XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"] {
            command.env(name, folder.path());
        }
        command.env("WAYLAND_DISPLAY", "display").env("DOWNSTAGE_LOG", "info");
        command.env_remove("DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
        let mut program = Downstage::run(command);
        time::sleep(Duration::from_secs(4));
        compositor.kill().and_then(|()| compositor.wait()).unwrap();
        is_there.ok_or("there is no compositor")?;
        let said = "the programme goes on without a window";
        assert!(program.wait_for(said, Duration::from_secs(5)), "{}", program.stderr());
        time::sleep(Duration::from_secs(2));
        program.signal(Signal::TERM);
        let ended = program.wait(Duration::from_secs(3)).ok_or("it does not end")?;
        assert_eq!(ended.code(), Some(0), "{}", program.stderr());
        let counts = program.stdout();
        assert!(counts.contains(" 0 repeated, 0 late"), "{counts}");
        let frames: u64 = counts.split(' ').next().and_then(|n| n.parse().ok()).unwrap();
        assert!(frames > 5 * 25, "{counts}");
        Ok(())
    });
}
