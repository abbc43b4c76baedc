//! How the pictures of a stream are to be turned, where GStreamer's demuxers and parsers do not say it: the
//! matrices of MP4 and MOV (`qtdemux` reads rotations only) and the display orientation of H.264 and HEVC. Any
//! other comes as an `image-orientation` tag, which `videoflip` follows by itself.

use std::sync::{Mutex, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;

use super::orientation_matrix::Turn;
use super::orientation_sei::{Coding, display_orientation};

/// Reads the display orientation out of the streams that the decoders in this bin are given, and hands it on as
/// a tag.
pub fn watch_display_orientation(decode: &gst::Element) {
    let Some(bin) = decode.downcast_ref::<gst::Bin>() else { return };
    bin.connect_deep_element_added(|_, _, element| {
        let is_decoder = element.factory().is_some_and(|factory| {
            factory
                .has_type(gst::ElementFactoryType::DECODER | gst::ElementFactoryType::MEDIA_VIDEO)
        });
        if let Some(pad) = element.static_pad("sink").filter(|_| is_decoder) {
            let stream = Mutex::new((None, Turn::Identity));
            let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
            pad.add_probe(kinds, move |pad, info| {
                if let Some(turn) = read(info, &stream) {
                    pad.send_event(gst::event::Tag::new(tag_of(turn)));
                }
                gst::PadProbeReturn::Ok
            });
        }
    });
}

/// The new orientation that begins with what passes a pad. A stream keeps its own until it says another: an
/// encoder may say it once.
fn read(info: &gst::PadProbeInfo<'_>, stream: &Mutex<(Option<Coding>, Turn)>) -> Option<Turn> {
    // Only the stream's own thread takes it.
    let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
    let (coding, known) = &mut *stream;
    if let Some(gst::EventView::Caps(caps)) = info.event().map(|event| event.view()) {
        *coding = Coding::of(caps.caps());
    }
    let buffer = info.buffer()?;
    if buffer.flags().contains(gst::BufferFlags::DELTA_UNIT) {
        return None;
    }
    let turn = display_orientation(&buffer.map_readable().ok()?, (*coding)?)?.turn();
    (std::mem::replace(known, turn) != turn).then_some(turn)
}

/// The tag that says this to `videoflip`.
fn tag_of(turn: Turn) -> gst::TagList {
    let name = match turn {
        Turn::_90r => "rotate-90",
        Turn::_180 => "rotate-180",
        Turn::_90l => "rotate-270",
        Turn::Horiz => "flip-rotate-0",
        Turn::UrLl => "flip-rotate-90",
        Turn::Vert => "flip-rotate-180",
        Turn::UlLr => "flip-rotate-270",
        _ => "rotate-0",
    };
    let mut tags = gst::TagList::new();
    tags.make_mut().add::<gst::tags::ImageOrientation>(&name, gst::TagMergeMode::Replace);
    tags
}
