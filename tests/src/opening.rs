//! How long a window takes to be there: from the start of its process, seen on the screen.

use std::path::Path;
use std::time::Duration;

use show::Rect;
use studio::clock;

use crate::display::{Display, MONITORS, SIZE};
use crate::downstage::{Downstage, Signal};
use crate::numbers::{self, Area, Luma};
use crate::{decode, time};

/// Seconds from the start of the process.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Until the window is painted.
    pub painted: f64,
    /// Until there is a picture on PGM, with its number.
    pub pgm: f64,
}

/// For how long it is filmed, in pictures of a fortieth of a second.
const FILMED: u32 = 160;
/// Where the demo has its first camera on PGM.
const CAMERA: Rect = Rect::new(0.04, 0.2, 0.45, 0.45);

/// Opens the demo in a window; what it keeps is kept in `home`, and is there the next time.
///
/// # Panics
/// It does not open within some seconds.
pub fn opening(home: &Path) -> Opening {
    let display = Display::start(home);
    let file = home.join("opening.mkv");
    let [_, pgm] = MONITORS;
    let pixels = |part: f64, whole: u32| (part * f64::from(whole)).round() as u32 & !1;
    let part = (
        pixels(pgm.x, SIZE.0),
        pixels(pgm.y, SIZE.1),
        pixels(pgm.w, SIZE.0),
        pixels(pgm.h, SIZE.1),
    );
    let mut film = display.filming(&file, part, FILMED);
    // So that it runs.
    time::sleep(Duration::from_millis(500));
    let began = clock::wall_millis();
    let mut command = display.command(home);
    // A first start looks through GStreamer's plugins.
    command.env_remove("GST_REGISTRY");
    let mut program = Downstage::run(command);
    assert!(film.wait().expect("a child of ours").success(), "no film");
    program.signal(Signal::TERM);
    let ended = program.wait(Duration::from_secs(10)).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", program.stderr());
    let seen = decode::pictures(&file, |luma| (is_lit(&luma), has_number(&luma)));
    let since = |found: Option<&decode::Seen<(bool, bool)>>| {
        let pts = found.expect("it opens").pts;
        (pts / 1_000_000 - i64::try_from(began).unwrap_or(0)) as f64 / 1_000.0
    };
    Opening {
        painted: since(seen.iter().find(|seen| seen.what.0)),
        pgm: since(seen.iter().find(|seen| seen.what.1)),
    }
}

/// A display on which nothing was painted is black.
fn is_lit(luma: &Luma<'_>) -> bool {
    luma.data.iter().any(|value| *value > 17)
}

fn has_number(luma: &Luma<'_>) -> bool {
    let size = (luma.width as u32, luma.height as u32);
    numbers::read(luma, Area::pane(CAMERA, size)).both().is_some()
}
