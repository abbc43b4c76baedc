//! The X server dies, and the programme goes on without a window.

use std::time::Duration;

use show::{FrameRate, Rect};
use tests::canary::real_time;
use tests::display::{Display, RECORD};
use tests::downstage::Signal;
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
