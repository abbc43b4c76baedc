//! Bodies of FLV tags (Adobe Flash Video File Format Specification 10.1, E.4.2 and E.4.3), as RTMP
//! carries them.

use crate::encode::{Headers, Unit, UnitKind};

const KEYFRAME_AVC: u8 = 0x17;
const PICTURE_AVC: u8 = 0x27;
/// AAC, 44 kHz, 16 bit, stereo: what the specification requires for AAC of any kind.
const AAC: u8 = 0xaf;

/// The bodies of the video and the audio sequence header.
pub fn headers(headers: &Headers) -> (Vec<u8>, Vec<u8>) {
    let mut video = vec![KEYFRAME_AVC, 0, 0, 0, 0];
    video.extend_from_slice(&headers.avc);
    let mut audio = vec![AAC, 0];
    audio.extend_from_slice(&headers.aac);
    (video, audio)
}

/// A unit's body. There are no B-frames, so the composition time is always 0.
pub fn body(unit: &Unit) -> Vec<u8> {
    let prefix: &[u8] = match unit.kind {
        UnitKind::Keyframe => &[KEYFRAME_AVC, 1, 0, 0, 0],
        UnitKind::Picture => &[PICTURE_AVC, 1, 0, 0, 0],
        UnitKind::Sound => &[AAC, 1],
    };
    let mut body = Vec::with_capacity(prefix.len() + unit.data.len());
    body.extend_from_slice(prefix);
    body.extend_from_slice(&unit.data);
    body
}
