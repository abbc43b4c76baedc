//! Screens and windows of this computer, captured from an X server: by an own connection, on which each error is a value.
//! The elements of GStreamer that do this end the process when a window is closed.

mod area;
mod capture;
pub(super) mod error;
mod monitors;
mod offers;
mod pictures;
mod pointer;
mod server;
mod shared_pixels;
mod windows;

use std::sync::Arc;

use show::{FrameRate, ScreenSource};

use self::capture::ScreenCapture;
pub use self::error::ScreenError;
pub use self::offers::{MonitorOffer, ScreenOffers, WindowOffer, offers};
use super::errors::OpenError;
use super::host::SourceHost;
use super::origin::{Opener, Opening, Origin};
use crate::link::SourceLink;

/// Opens a screen, or a window on it.
#[derive(Clone, Debug)]
pub struct ScreenOpener {
    /// What is captured, and how.
    pub source: ScreenSource,
    /// The rate of the programme that shows it.
    pub rate: FrameRate,
    /// The X server's display; `None` for that of `DISPLAY`.
    pub display: Option<String>,
}

impl Opener for ScreenOpener {
    fn open(
        &self,
        opening: Opening,
        link: &Arc<SourceLink>,
        host: SourceHost,
    ) -> Result<Box<dyn Origin>, OpenError> {
        let (count, seconds) = match self.source.rate {
            Some(rate) => (rate.max(1), 1),
            None => self.rate.fraction(),
        };
        let period = i64::from(seconds) * 1_000_000_000 / i64::from(count);
        let display = self.display.as_deref();
        let opened =
            ScreenCapture::open(display, &self.source, (opening.take, period), link, host)?;
        Ok(Box::new(opened))
    }

    fn name(&self) -> String {
        capture::name_of(&self.source.area).to_owned()
    }
}
