//! Live URLs: RTMP, HTTP-FLV, HLS, SRT, or whatever else GStreamer opens. They are not paced by readers.

use std::sync::Arc;
use std::time::Duration;

use gstreamer as gst;

use super::decode::DecodePipeline;
use super::errors::OpenError;
use super::origin::{Opener, Opening, Origin, SourceEvent};
use super::sinks::{DecodeShared, OnArrival};
use super::uri::host_of;
use crate::link::SourceLink;

/// Opens a live URL.
#[derive(Clone, Debug)]
pub struct LiveOpener {
    /// The URL. It may contain a key, so it is never shown.
    pub url: String,
}

impl Opener for LiveOpener {
    fn open(
        &self,
        opening: Opening,
        link: &Arc<SourceLink>,
        arrived: OnArrival,
    ) -> Result<Box<dyn Origin>, OpenError> {
        let shared = DecodeShared::new(Arc::clone(link), opening.take, arrived, (None, 0));
        let decode = DecodePipeline::new(&self.url, self.name(), shared)?;
        decode.start(gst::State::Playing)?;
        Ok(Box::new(LiveOrigin(decode)))
    }

    fn name(&self) -> String {
        host_of(&self.url).to_owned()
    }
}

struct LiveOrigin(DecodePipeline);

impl Origin for LiveOrigin {
    fn next(&mut self, wait: Duration) -> Option<SourceEvent> {
        let mut wait = wait;
        loop {
            let message = self.0.message(wait)?;
            wait = Duration::ZERO;
            if let Some(error) = self.0.error(&message) {
                return Some(SourceEvent::Broke(error));
            }
            if message.type_() == gst::MessageType::Eos {
                return Some(SourceEvent::Ended);
            }
        }
    }

    // A live source never starts on its take.
    fn cue(&mut self, _take: u32) {}

    fn roll(&mut self) {}
}
