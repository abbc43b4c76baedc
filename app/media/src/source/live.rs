//! Live URLs: RTMP, HTTP-FLV, HLS, SRT, or whatever else GStreamer opens. They keep their own pace.

use std::sync::Arc;
use std::time::Duration;

use super::errors::OpenError;
use super::file::millis;
use super::origin::{Happened, Opener, Origin};
use super::pipeline::{Opened, Player};
use super::sinks::Arrived;
use super::uri::host_of;
use crate::link::SourceLink;

/// Opens a live URL.
#[derive(Clone, Debug)]
pub struct LiveOpener {
    /// The URL. It may hold a key, so it is never shown.
    pub url: String,
}

impl Opener for LiveOpener {
    fn open(
        &self,
        take: u32,
        link: &Arc<SourceLink>,
        arrived: Arrived,
    ) -> Result<Box<dyn Origin>, OpenError> {
        let opened = Opened::Live { url: self.url.clone() };
        Ok(Box::new(LiveOrigin(Player::open(opened, take, Arc::clone(link), arrived)?)))
    }

    fn name(&self) -> String {
        host_of(&self.url).to_owned()
    }
}

struct LiveOrigin(Player);

impl Origin for LiveOrigin {
    fn next(&mut self, wait: Duration) -> Option<Happened> {
        self.0.happened(millis(wait))
    }

    // Nothing live starts on its take.
    fn cue(&mut self, _take: u32) {}

    fn roll(&mut self) {}
}
