//! Finds the elements between a live source and its streams: what takes a network's packets or a container
//! apart, and what finds the pictures in a stream. Each stream is handed on as soon as it comes; GStreamer's own
//! `decodebin` would wait for those that the container promises.

use std::sync::{Arc, Weak};

use gstreamer as gst;
use gstreamer::prelude::*;

/// What takes what was found.
pub trait StreamTaker: Send + Sync {
    /// A stream came out at this pad, with these caps; what is wrong with it is the taker's to tell.
    fn take(&self, pipeline: &gst::Pipeline, pad: &gst::Pad, caps: &gst::Caps);

    /// FLV comes out at this pad.
    fn take_flv(&self, pipeline: &gst::Pipeline, pad: &gst::Pad);

    /// AAC in ADTS comes out at this pad.
    fn take_adts(&self, pipeline: &gst::Pipeline, pad: &gst::Pad);

    /// What the source sends comes in segments.
    fn come_in_segments(&self);
}

/// Links what comes out at a pad to what it needs, up to the streams.
#[derive(Clone)]
pub struct Autoplug {
    pipeline: gst::glib::WeakRef<gst::Pipeline>,
    taker: Weak<dyn StreamTaker>,
}

type Linked = Result<(), gst::glib::BoolError>;

impl Autoplug {
    /// For sources in this pipeline. It keeps neither alive.
    pub fn new(pipeline: &gst::Pipeline, taker: &Arc<dyn StreamTaker>) -> Self {
        Self { pipeline: pipeline.downgrade(), taker: Arc::downgrade(taker) }
    }

    /// Follows all pads of an element that is in the pipeline, those that it has and those that come.
    pub fn follow(&self, element: &gst::Element) {
        for pad in element.src_pads() {
            self.plug(&pad);
        }
        let this = self.clone();
        element.connect_pad_added(move |_, pad| {
            if pad.direction() == gst::PadDirection::Src {
                this.plug(pad);
            }
        });
    }

    /// Links what comes out at a pad. A stream that cannot be linked is left out; a panic or an error here, on
    /// a thread of GStreamer's, would end all.
    fn plug(&self, pad: &gst::Pad) {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        if let Err(error) = self.plug_as(pad, &caps) {
            tracing::warn!("a stream cannot be linked: {}", error.message);
        }
    }

    fn plug_as(&self, pad: &gst::Pad, caps: &gst::Caps) -> Linked {
        let (Some(pipeline), Some(taker)) = (self.pipeline.upgrade(), self.taker.upgrade()) else {
            return Ok(());
        };
        if !caps.is_fixed() {
            return self.find_type(&pipeline, pad);
        }
        let stream = caps.structure(0);
        let is = |name| stream.is_some_and(|stream| stream.name() == name);
        if is("video/x-flv") {
            taker.take_flv(&pipeline, pad);
            return Ok(());
        }
        let format = stream.and_then(|stream| stream.get::<&str>("stream-format").ok());
        if is("audio/mpeg") && format == Some("adts") {
            taker.take_adts(&pipeline, pad);
            return Ok(());
        }
        match next_element(caps) {
            Next::Demuxer(factory) => {
                if factory.metadata("klass").is_some_and(|klass| klass.contains("Adaptive")) {
                    taker.come_in_segments();
                }
                self.follow(&link_element(&pipeline, pad, &factory)?);
            }
            Next::Parser(factory) => {
                let parser = link_element(&pipeline, pad, &factory)?;
                if let Some(src) = parser.static_pad("src") {
                    taker.take(&pipeline, &src, caps);
                }
            }
            Next::Stream => taker.take(&pipeline, pad, caps),
        }
        Ok(())
    }

    /// Looks at what comes out before it is linked.
    fn find_type(&self, pipeline: &gst::Pipeline, pad: &gst::Pad) -> Linked {
        let find = gst::ElementFactory::make("typefind").build()?;
        let this = self.clone();
        find.connect("have-type", false, move |values| {
            let find = values.first().and_then(|value| value.get::<gst::Element>().ok());
            let caps = values.get(2).and_then(|value| value.get::<gst::Caps>().ok());
            let pad = find.and_then(|find| find.static_pad("src"));
            if let (Some(pad), Some(caps)) = (pad, caps)
                && let Err(error) = this.plug_as(&pad, &caps)
            {
                tracing::warn!("a stream cannot be linked: {}", error.message);
            }
            None
        });
        link(pipeline, pad, &find)
    }
}

enum Next {
    Demuxer(gst::ElementFactory),
    Parser(gst::ElementFactory),
    Stream,
}

/// What has to come behind a pad of these caps.
fn next_element(caps: &gst::Caps) -> Next {
    use gst::ElementFactoryType as Type;
    let find = |kinds: Type| {
        let all = gst::ElementFactory::factories_with_type(kinds, gst::Rank::MARGINAL);
        let fits = |factory: &gst::ElementFactory| {
            // These need a bin of their own around them.
            !factory.name().ends_with("demux2") && factory.can_sink_any_caps(caps)
        };
        all.into_iter().filter(fits).max_by_key(|factory| factory.rank())
    };
    let is_raw = caps.structure(0).is_some_and(|stream| stream.name().ends_with("/x-raw"));
    let is = |name| caps.structure(0).and_then(|stream| stream.get(name).ok()).unwrap_or(false);
    if is_raw {
        return Next::Stream;
    }
    if let Some(demuxer) = find(Type::DEMUXER | Type::DEPAYLOADER) {
        return Next::Demuxer(demuxer);
    }
    match find(Type::PARSER) {
        Some(parser) if !is("parsed") && !is("framed") => Next::Parser(parser),
        _ => Next::Stream,
    }
}

fn link_element(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    factory: &gst::ElementFactory,
) -> Result<gst::Element, gst::glib::BoolError> {
    let element = factory.create().build()?;
    link(pipeline, pad, &element)?;
    Ok(element)
}

/// Adds an element behind a pad, and starts it.
pub fn link(pipeline: &gst::Pipeline, pad: &gst::Pad, element: &gst::Element) -> Linked {
    pipeline.add(element)?;
    let sink = element.static_pad("sink").or_else(|| element.sink_pads().into_iter().next());
    let linked = sink.ok_or(()).and_then(|sink| pad.link(&sink).map(drop).map_err(drop));
    linked.map_err(|()| gst::glib::bool_error!("{} has no use for it", element.name()))?;
    element.sync_state_with_parent()
}
