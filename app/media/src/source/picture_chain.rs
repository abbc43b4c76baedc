//! What a decoder's pictures pass on their way to a sink of ours: everything there passes a picture on as it
//! is, uncopied, unless it has something to do.

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use show::Deinterlace;

use super::field_times;
use super::film_header::FilmHeader;
use super::lap_end;
use super::orientation_matrix::Turn;
use crate::picture;
use crate::picture_format::{BeyondBt709, PictureFormat};
use crate::wide_colour::{Transfer, WideColour};

/// The caps of pictures as we take them.
pub fn caps() -> gst::Caps {
    caps_of(&picture::FORMATS)
}

fn caps_of(formats: &[gst_video::VideoFormat]) -> gst::Caps {
    let formats = formats.iter().map(|format| format.to_str());
    gst::Caps::builder("video/x-raw").field("format", gst::List::new(formats)).build()
}

/// Takes the pictures of each stream as they are converted best: of a wide gamut or range from 10 bits, but for
/// fields, of which `deinterlace` knows none of 10 bits. Hands on what each stream is.
fn follow_colours(
    entry: &gst::Pad,
    sink: &gst_app::AppSink,
    (is_full_range, fields): (bool, Deinterlace),
    found: impl Fn(PictureFormat) + Send + Sync + 'static,
) {
    let sink = sink.downgrade();
    entry.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
        if let Some(gst::EventView::Caps(caps)) = info.event().map(|event| event.view())
            && let Some(sink) = sink.upgrade()
            && let Some(full) = with_colours(caps.caps(), is_full_range)
            && let Ok(stream) = gst_video::VideoInfo::from_caps(&full)
        {
            let format = format_of(&stream, &full, fields);
            found(format);
            let wanted = match (format.beyond.is_some(), format.has_fields) {
                (false, _) => caps_of(&picture::FORMATS),
                (true, false) => caps_of(&[gst_video::VideoFormat::I42010le]),
                (true, true) => caps_of(&[gst_video::VideoFormat::I420]),
            };
            if sink.caps().is_none_or(|now| now != wanted) {
                sink.set_caps(Some(&wanted));
            }
            if *full != *caps.caps() {
                info.data = Some(gst::PadProbeData::Event(gst::event::Caps::new(&full)));
            }
        }
        gst::PadProbeReturn::Ok
    });
}

/// What a stream of these caps is, which say their colours, where its fields are made pictures like this.
fn format_of(
    stream: &gst_video::VideoInfo,
    caps: &gst::CapsRef,
    fields: Deinterlace,
) -> PictureFormat {
    let part = |part: i32| u32::try_from(part).unwrap_or(0);
    let beyond = WideColour::of(stream, caps).map(|colour| match colour.transfer {
        Transfer::Gamma => BeyondBt709::Bt2020,
        Transfer::Pq(_) => BeyondBt709::Pq,
        Transfer::Hlg => BeyondBt709::Hlg,
    });
    PictureFormat {
        size: (stream.width(), stream.height()),
        rate: (part(stream.fps().numer()), part(stream.fps().denom())),
        has_fields: match fields {
            Deinterlace::Auto => stream.is_interlaced(),
            Deinterlace::Off => false,
            Deinterlace::Always => true,
        },
        beyond,
    }
}

/// These caps, with the colours they mean where they do not say them, which go by their size: a turned picture has
/// another. In full range if the film says that it is.
fn with_colours(caps: &gst::CapsRef, is_full_range: bool) -> Option<gst::Caps> {
    let mut caps = caps.to_owned();
    let stream = gst_video::VideoInfo::from_caps(&caps).ok()?;
    if stream.is_yuv() {
        let said = stream.colorimetry();
        let range =
            if is_full_range { gst_video::VideoColorRange::Range0_255 } else { said.range() };
        let colours = gst_video::VideoColorimetry::new(
            range,
            said.matrix(),
            said.transfer(),
            said.primaries(),
        );
        caps.make_mut().set("colorimetry", colours.to_string());
    }
    Some(caps)
}

/// Links a decoded stream to a sink of pictures, which are shown as this header says, or as the stream does; what they
/// are is handed to `found`.
pub fn link(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    sink: &gst_app::AppSink,
    (header, fields): (FilmHeader, Deinterlace),
    found: impl Fn(PictureFormat) + Send + Sync + 'static,
) -> Result<(), gst::glib::BoolError> {
    let convert = gst::ElementFactory::make("videoconvert").build()?;
    let flip = turn(header.turn)?;
    let chain = [convert, deinterlace(fields)?, flip, sink.clone().upcast()];
    pipeline.add_many(&chain)?;
    gst::Element::link_many(&chain)?;
    for element in chain.iter().rev() {
        element.sync_state_with_parent()?;
    }
    let entry = chain[0].static_pad("sink");
    if let Some(entry) = &entry {
        follow_colours(entry, sink, (header.is_full_range, fields), found);
    }
    match entry.map(|entry| pad.link(&entry)) {
        Some(Ok(_)) => Ok(()),
        _ => Err(gst::glib::bool_error!("a stream of pictures cannot be linked")),
    }
}

/// Turns pictures like this, or as the tags of their stream say. `videoflip` begins to pass pictures on uncopied
/// only when it is told to stop turning them.
fn turn(turn: Option<Turn>) -> Result<gst::Element, gst::glib::BoolError> {
    let element = gst::ElementFactory::make("videoflip");
    let element = element.property("video-direction", Turn::_180).build()?;
    element.set_property("video-direction", turn.unwrap_or(Turn::Auto));
    Ok(element)
}

/// Makes a picture of each field of an interlaced stream, if that is not ruled out. `yadif` is the one of GStreamer 1.22 that can be used:
/// `greedyh` and `tomsmocomp` tear pictures whose rows are padded, as decoders pad them, and the others blur what
/// stands still. It costs 0.17 of a core at 1080 lines and 25 pictures a second.
fn deinterlace(fields: Deinterlace) -> Result<gst::Element, gst::glib::BoolError> {
    let mode = match fields {
        Deinterlace::Auto => "auto",
        Deinterlace::Off => "disabled",
        Deinterlace::Always => "interlaced",
    };
    let element = gst::ElementFactory::make("deinterlace");
    let element = element.property_from_str("method", "yadif");
    let element = element.property_from_str("mode", mode).build()?;
    if fields != Deinterlace::Off {
        field_times::correct(&element, fields == Deinterlace::Always);
    }
    lap_end::hand_on_at(&element);
    Ok(element)
}
