//! A pipeline from a source of ours to a sink of ours, unpaced.

use std::sync::OnceLock;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

use super::error::{EncodeError, start_error};

/// How long [`Pipe::ends`] waits.
const LONGEST_END: gst::ClockTime = gst::ClockTime::from_seconds(2);

/// A chain of elements that runs. Dropping it stops it.
pub struct Pipe {
    pipeline: gst::Pipeline,
    /// The first failure, if the bus was read for something else.
    failed: OnceLock<String>,
}

impl Pipe {
    /// Links the chain and lets it run; `name` is what an error calls it.
    pub fn start(name: &'static str, chain: &[&gst::Element]) -> Result<Self, EncodeError> {
        let pipeline = gst::Pipeline::new();
        // Buffers are timestamped; the encode is not paced by a clock.
        pipeline.use_clock(None::<&gst::Clock>);
        pipeline.add_many(chain).map_err(start_error(name))?;
        gst::Element::link_many(chain).map_err(start_error(name))?;
        let pipe = Self { pipeline, failed: OnceLock::new() };
        let started = pipe.pipeline.set_state(gst::State::Playing);
        started.map(|_| pipe).map_err(|_| EncodeError::Refused(name))
    }

    /// Waits until the end of the stream has come through; false if it fails, or does not end within two
    /// seconds.
    pub fn ends(&self) -> bool {
        let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
        let bus = self.pipeline.bus();
        let last = bus.and_then(|bus| bus.timed_pop_filtered(LONGEST_END, &kinds));
        match last.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Eos(_)) => true,
            Some(gst::MessageView::Error(error)) => {
                self.failed.get_or_init(|| error.error().message().to_owned());
                false
            }
            _ => false,
        }
    }

    /// Why it failed, if it has.
    pub fn error(&self) -> Option<String> {
        if let Some(message) = self.pipeline.bus()?.pop_filtered(&[gst::MessageType::Error])
            && let gst::MessageView::Error(error) = message.view()
        {
            self.failed.get_or_init(|| error.error().message().to_owned());
        }
        self.failed.get().cloned()
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // Going to NULL cannot fail in a way that could be handled.
        let _stopped = self.pipeline.set_state(gst::State::Null);
    }
}

/// A sink that passes each sample to `take`; a sample that cannot be read is dropped.
pub fn app_sink(
    caps: &gst::Caps,
    mut take: impl FnMut(&gst::Sample) -> Option<()> + Send + 'static,
) -> gst_app::AppSink {
    let callbacks = gst_app::AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let _taken = take(&sample);
        Ok(gst::FlowSuccess::Ok)
    });
    gst_app::AppSink::builder().caps(caps).sync(false).callbacks(callbacks.build()).build()
}

/// A sample's timestamp in programme time, its duration and its bytes. Encoders offset timestamps (x264
/// by a thousand hours): the segment undoes that.
pub fn timed(sample: &gst::Sample) -> Option<(i64, u64, gst::Buffer)> {
    let buffer = sample.buffer_owned()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let pts = segment.to_running_time(buffer.pts()?)?.nseconds();
    let duration = buffer.duration().map_or(0, gst::ClockTime::nseconds);
    Some((i64::try_from(pts).ok()?, duration, buffer))
}
