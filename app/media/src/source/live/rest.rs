//! What a live source keeps of its pictures while nothing shows it and only its key frames are decoded: all since the
//! last of them, so that it is up to date at once when it is shown.

use gstreamer as gst;

use super::jitter_buffer::Packet;

/// The most that is kept, in bytes and in pictures: some ten seconds of a good camera.
const MOST_BYTES: usize = 32 << 20;
const MOST_PICTURES: usize = 1_200;

/// The pictures since the last key frame, which has been decoded.
#[derive(Default)]
pub struct Rest {
    group: Vec<Packet<gst::Sample>>,
    bytes: usize,
    /// Too much has come since the last key frame.
    is_broken: bool,
    /// Whether there are key frames at all. What is refreshed bit by bit has none.
    has_keys: bool,
    /// What comes is left out until the next key frame.
    waits_for_key: bool,
}

impl Rest {
    /// Takes a picture while only key frames are decoded; yields it if it is one.
    pub fn keep(&mut self, packet: Packet<gst::Sample>) -> Option<Packet<gst::Sample>> {
        if packet.keyframe {
            self.forget();
            (self.is_broken, self.has_keys, self.waits_for_key) = (false, true, false);
            return Some(packet);
        }
        if self.is_broken {
            return None;
        }
        self.bytes += packet.bytes;
        if self.bytes > MOST_BYTES || self.group.len() >= MOST_PICTURES {
            self.forget();
            self.is_broken = true;
            return None;
        }
        self.group.push(packet);
        None
    }

    /// All that has to be decoded once every picture is again.
    pub fn wake(&mut self) -> Vec<Packet<gst::Sample>> {
        self.waits_for_key |= std::mem::take(&mut self.is_broken) && self.has_keys;
        self.bytes = 0;
        std::mem::take(&mut self.group)
    }

    /// Whether a picture can be decoded after that.
    pub fn follows(&mut self, packet: &Packet<gst::Sample>) -> bool {
        self.has_keys |= packet.keyframe;
        self.waits_for_key &= !packet.keyframe;
        !self.waits_for_key
    }

    fn forget(&mut self) {
        self.group.clear();
        self.bytes = 0;
    }
}
