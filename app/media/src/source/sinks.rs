//! The sinks that take what is decoded of a source's streams.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use engine::Frame;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;

use super::decode_shared::DecodeShared;
use super::delivery::{self, Decode, Route};
use super::film_header::FilmHeader;
use super::picture_chain;
use super::picture_reader::PictureReader;
use super::sound_chain;
use super::sound_tracks::SoundTracks;
use crate::stream::Stream;

/// Links a decoded stream to a sink of ours: the first one of pictures, and the sound track that is decoded; further
/// ones are ignored. A film's header says how its pictures are meant.
pub fn attach(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    shared: &Arc<DecodeShared>,
    header: FilmHeader,
    tracks: &SoundTracks,
) -> Result<(), gst::glib::BoolError> {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    let kind = caps.structure(0).map(|s| s.name().to_string()).unwrap_or_default();
    match kind.split('/').next() {
        _ if Stream::of_caps(&caps).is_none_or(|stream| shared.is_without(stream)) => Ok(()),
        Some("video") if pipeline.by_name("video").is_none() => {
            let link = Arc::clone(&shared.link);
            let found = move |format| link.format.store(Some(Arc::new(format)));
            let how = (header, shared.decoding.deinterlace);
            picture_chain::link(pipeline, pad, &video_sink(shared), how, found)
        }
        Some("audio") if pipeline.by_name("audio").is_none() && tracks.is_decoded(pad) => {
            let chain = sound_chain::chain(pad, shared, tracks.place())?;
            link_chain(pipeline, pad, &chain)
        }
        _ => Ok(()),
    }
}

/// Puts elements behind a pad, one after the other.
fn link_chain(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    chain: &[gst::Element],
) -> Result<(), gst::glib::BoolError> {
    pipeline.add_many(chain)?;
    gst::Element::link_many(chain)?;
    for element in chain.iter().rev() {
        element.sync_state_with_parent()?;
    }
    let entry = chain.first().and_then(|first| first.static_pad("sink"));
    match entry.map(|entry| pad.link(&entry)) {
        Some(Ok(_)) => Ok(()),
        _ => Err(gst::glib::bool_error!("a stream cannot be linked")),
    }
}

fn video_sink(shared: &Arc<DecodeShared>) -> gst_app::AppSink {
    let route = Route {
        stream: Stream::Picture,
        fanout: |link| &link.video,
        ahead: |shared| shared.ahead.pictures(),
    };
    let decode = Pictures { shared: Arc::clone(shared), reader: PictureReader::default() };
    let sink = delivery::sink(&picture_chain::caps(), shared, route, Box::new(decode));
    sink.set_property("name", "video");
    accept_any_layout(&sink);
    sink
}

/// Makes pictures of samples.
struct Pictures {
    shared: Arc<DecodeShared>,
    reader: PictureReader,
}

impl Decode<Frame> for Pictures {
    fn take(&mut self, sample: &gst::Sample, time: i64, _start: i64, out: &mut Vec<(i64, Frame)>) {
        let picture = self.reader.read(sample, |new| self.shared.set_picture_format(new));
        if let Some(picture) = picture {
            self.shared.link.signal.see(time, &picture);
            out.push((time, picture));
        }
    }
}

impl DecodeShared {
    fn set_picture_format(&self, info: &gst_video::VideoInfo) {
        let (num, den) = (i64::from(info.fps().numer()), i64::from(info.fps().denom()));
        let picture = if num > 0 { den * 1_000_000_000 / num } else { 0 };
        self.picture.store(picture, Ordering::Release);
        self.ahead.set_picture(picture, info.size());
        self.link.file.picture_bytes.store(info.size() as u64, Ordering::Release);
    }
}

/// Tells the decoder that its own strides and borders are accepted; otherwise it copies each picture into
/// the default layout, which takes a fiftieth of its time.
fn accept_any_layout(sink: &gst_app::AppSink) {
    let answer = |_: &gst::Pad, info: &mut gst::PadProbeInfo<'_>| {
        let query = info.query_mut().map(|query| query.view_mut());
        let Some(gst::QueryViewMut::Allocation(query)) = query else {
            return gst::PadProbeReturn::Ok;
        };
        query.add_allocation_meta::<gst_video::VideoMeta>(None);
        gst::PadProbeReturn::Handled
    };
    if let Some(pad) = sink.static_pad("sink") {
        pad.add_probe(gst::PadProbeType::QUERY_DOWNSTREAM, answer);
    }
}
