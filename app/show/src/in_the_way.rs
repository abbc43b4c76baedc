//! Whether a source can be open beside another one.

use crate::{LiveProtocol, LiveUrl, SourceKind};

impl SourceKind {
    /// Whether this one, while it is open, may keep another from being opened: both are one device, or listen on one port,
    /// or call a sender by SRT, which mostly lets in one caller.
    pub fn is_in_the_way_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Camera(one), Self::Camera(other)) => one.device.id == other.device.id,
            (Self::Microphone(one), Self::Microphone(other)) => one.device.id == other.device.id,
            (Self::Live { url: one, .. }, Self::Live { url: other, .. }) => {
                let both = LiveUrl::parse(one).ok().zip(LiveUrl::parse(other).ok());
                both.is_some_and(|(one, other)| share_a_port(&one, &other))
            }
            _ => false,
        }
    }
}

fn share_a_port(one: &LiveUrl<'_>, other: &LiveUrl<'_>) -> bool {
    match (one.waits_for_sender(), other.waits_for_sender()) {
        (true, true) => one.port == other.port,
        (false, false) => {
            let is_srt = |url: &LiveUrl<'_>| url.protocol == LiveProtocol::Srt;
            is_srt(one) && is_srt(other) && (one.host, one.port) == (other.host, other.port)
        }
        _ => false,
    }
}
