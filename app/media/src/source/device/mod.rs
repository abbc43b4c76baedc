//! Devices of this computer: cameras and microphones. GStreamer's providers find them, and its elements receive from
//! them. None of both says when a device is gone: that is seen here.

mod capture;
mod catalogue;
mod channels;
pub(super) mod error;
pub mod identity;
mod level_picture;
pub mod modes;
mod offers;
mod opening;
mod sound_input;
mod watch;

use std::sync::Arc;

use show::{CameraSource, Format, MicrophoneSource};

use self::capture::DeviceCapture;
pub use self::catalogue::list_by;
pub use self::channels::Channels;
pub use self::error::{DeviceError, DeviceKind};
pub use self::level_picture::LevelPicture;
pub use self::offers::{CameraOffer, DeviceOffers, MicrophoneOffer, offers};
use self::opening::name_of;
pub use self::watch::serve;
use super::errors::OpenError;
use super::host::SourceHost;
use super::origin::{Opener, Opening, Origin};
use crate::link::SourceLink;

/// Opens a camera.
#[derive(Clone, Debug)]
pub struct CameraOpener {
    /// Which one, and how.
    pub source: CameraSource,
    /// The format of the programme that shows it first.
    pub format: Format,
}

impl Opener for CameraOpener {
    fn open(
        &self,
        opening: Opening,
        link: &Arc<SourceLink>,
        host: SourceHost,
    ) -> Result<Box<dyn Origin>, OpenError> {
        let Self { source, format } = self;
        let CameraSource { device, mode, latency_millis } = source;
        let latency = i64::from(*latency_millis) * 1_000_000;
        let parts = (opening.take, latency, link, host);
        Ok(Box::new(DeviceCapture::camera(device, (*mode, *format), parts)?))
    }

    fn name(&self) -> String {
        name_of(&self.source.device)
    }
}

/// Opens a microphone.
#[derive(Clone, Debug)]
pub struct MicrophoneOpener {
    /// Which one, and how.
    pub source: MicrophoneSource,
}

impl Opener for MicrophoneOpener {
    fn open(
        &self,
        opening: Opening,
        link: &Arc<SourceLink>,
        host: SourceHost,
    ) -> Result<Box<dyn Origin>, OpenError> {
        let MicrophoneSource { device, pair, side, latency_millis } = &self.source;
        let latency = i64::from(*latency_millis) * 1_000_000;
        let parts = (opening.take, latency, link, host);
        let channels = Channels { pair: *pair, side: *side };
        Ok(Box::new(DeviceCapture::microphone(device, channels, parts)?))
    }

    fn name(&self) -> String {
        name_of(&self.source.device)
    }
}
