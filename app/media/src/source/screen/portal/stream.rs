//! A stream of PipeWire: the newest of its pictures, and whether it still runs.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;

use super::error::PortalError;
use super::session::PortalSession;
use crate::source::host::SourceHost;

/// After so many milliseconds without a picture the element hands the last one on again, for as long as its stream runs.
const KEEPALIVE: i32 = 500;
/// Without even that for so long, in nanoseconds, its stream has ended: nobody says so.
const ENDED: i64 = 3_000_000_000;
/// Without a first picture for so long, in nanoseconds, none will come.
const NEVER_BEGAN: i64 = 8_000_000_000;
/// What ends it.
const TOLD: [gst::MessageType; 2] = [gst::MessageType::Error, gst::MessageType::Eos];

/// An open stream.
pub struct Stream {
    pipeline: gst::Pipeline,
    sink: gst_app::AppSink,
    heard: Arc<Heard>,
    began: i64,
    /// Open for as long as the pipeline: the element shares one connection among all that have the same number.
    remote: Option<OwnedFd>,
}

/// What the element hands on, seen before anything is dropped.
#[derive(Default)]
struct Heard {
    /// When it handed something on last; 0 before the first.
    at: AtomicI64,
    /// Where the memory of that was. The element keeps it, so that the next picture is elsewhere.
    memory: AtomicUsize,
    /// Whether the stream is closed.
    is_closed: AtomicBool,
}

impl Stream {
    /// Opens the stream of a session. Does not wait for PipeWire.
    ///
    /// # Errors
    /// [`PortalError`].
    pub fn open(session: &PortalSession, host: &SourceHost) -> Result<Self, PortalError> {
        let remote = session.remote()?;
        let built = pipeline(remote.as_raw_fd(), session.node);
        let (pipeline, sink) =
            built.map_err(|error| PortalError::Failed(error.message.into_owned()))?;
        let (heard, began) = (Arc::<Heard>::default(), host.now());
        let this = Self { pipeline, sink, heard, began, remote: Some(remote) };
        this.listen(host.clone());
        // The element waits half a minute for a node that has gone.
        let heard = Arc::clone(&this.heard);
        this.pipeline.call_async(move |pipeline| {
            let is_closed = || heard.is_closed.load(Ordering::Acquire);
            if !is_closed() {
                let _what_fails_sends_nothing = pipeline.set_state(gst::State::Playing);
            }
            // Whoever closes it may have come before.
            if is_closed() {
                let _closed = pipeline.set_state(gst::State::Null);
            }
        });
        Ok(this)
    }

    /// Notes what the element hands on, and lets only what is new pass.
    fn listen(&self, host: SourceHost) {
        let source = self.pipeline.by_name("screen");
        let Some(pad) = source.and_then(|source| source.static_pad("src")) else { return };
        let heard = Arc::clone(&self.heard);
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
            let Some(buffer) = info.buffer() else { return gst::PadProbeReturn::Ok };
            heard.at.store(host.now().max(1), Ordering::Release);
            let is_whole = !buffer.flags().contains(gst::BufferFlags::CORRUPTED);
            let is_picture = is_whole && buffer.n_memory() > 0 && buffer.size() > 0;
            let memory = is_picture.then(|| buffer.peek_memory(0).as_ptr() as usize);
            match memory {
                Some(memory) if heard.memory.swap(memory, Ordering::AcqRel) != memory => {
                    gst::PadProbeReturn::Ok
                }
                _ => gst::PadProbeReturn::Drop,
            }
        });
    }

    /// Waits for a new picture, for so long at the most.
    ///
    /// # Errors
    /// It has ended.
    pub fn next(&self, wait: gst::ClockTime) -> Result<Option<gst::Sample>, PortalError> {
        // Before it has started, the sink does not wait, and says that it has ended.
        if self.heard.at.load(Ordering::Acquire) == 0 {
            return self.rest(wait).map(|()| None);
        }
        match self.sink.try_pull_sample(wait) {
            None if self.sink.is_eos() => Err(PortalError::NoPictures),
            sample => Ok(sample),
        }
    }

    /// Waits, and takes no picture.
    ///
    /// # Errors
    /// It has ended.
    pub fn rest(&self, wait: gst::ClockTime) -> Result<(), PortalError> {
        let bus = self.pipeline.bus();
        match bus.and_then(|bus| bus.timed_pop_filtered(wait, &TOLD)) {
            Some(message) => {
                if let gst::MessageView::Error(error) = message.view() {
                    tracing::debug!("{}: {:?}", error.error(), error.debug());
                }
                Err(PortalError::NoPictures)
            }
            None => Ok(()),
        }
    }

    /// Whether it runs no more.
    pub fn is_silent(&self, now: i64) -> bool {
        match self.heard.at.load(Ordering::Acquire) {
            0 => now - self.began >= NEVER_BEGAN,
            heard => now - heard >= ENDED,
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.heard.is_closed.store(true, Ordering::Release);
        if self.heard.at.load(Ordering::Acquire) > 0 {
            let _closed = self.pipeline.set_state(gst::State::Null);
            return;
        }
        // It may still wait to be started, and ends by itself after that.
        let remote = self.remote.take();
        self.pipeline.call_async(move |pipeline| {
            let _closed = pipeline.set_state(gst::State::Null);
            drop(remote);
        });
    }
}

/// From PipeWire to a sink that keeps the newest picture alone.
fn pipeline(
    remote: i32,
    node: u32,
) -> Result<(gst::Pipeline, gst_app::AppSink), gst::glib::BoolError> {
    let source = gst::ElementFactory::make("pipewiresrc")
        .name("screen")
        .property("fd", remote)
        .property("path", node.to_string())
        .property("client-name", "Downstage")
        .property("do-timestamp", true)
        .property("keepalive-time", KEEPALIVE)
        .build()?;
    // Without a type of media the element waits for half a minute, and fails.
    let caps = gst_video::VideoCapsBuilder::new().build();
    let sink = gst_app::AppSink::builder().caps(&caps).max_buffers(1).drop(true).sync(false);
    let sink = sink.build();
    let pipeline = gst::Pipeline::default();
    pipeline.use_clock(Some(&gst::SystemClock::obtain()));
    pipeline.add(&source)?;
    pipeline.add(&sink)?;
    source.link_filtered(&sink, &caps)?;
    Ok((pipeline, sink))
}
