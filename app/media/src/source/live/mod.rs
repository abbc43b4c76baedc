//! Live URLs: RTMP, HTTP-FLV, HLS, SRT, or whatever else GStreamer opens. They are not paced by readers but by
//! the clock that is recovered from them.

mod adts;
mod autoplug;
mod clock_recovery;
mod codec_caps;
mod flv_input;
mod flv_reader;
mod jitter_buffer;
mod lanes;
pub mod network_fault;
pub(super) mod pipeline;
mod receiver;
mod rest;
mod timeline;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use show::LiveUrl;

pub use self::adts::{AdtsFrame, AdtsReader};
use self::autoplug::{Autoplug, StreamTaker};
pub use self::clock_recovery::{ClockEvent, ClockRecovery, Latency};
pub use self::flv_reader::{FlvCodec, FlvItem, FlvReader, NoFlv};
pub use self::jitter_buffer::{BufferEvent, JitterBuffer, Packet};
pub use self::network_fault::NetworkFault;
use self::pipeline::LiveStreams;
use self::receiver::{needs_clock, receiver};
pub use self::timeline::{Placed, Timeline};
use super::decode::DecodePipeline;
use super::decode_shared::DecodeShared;
use super::errors::{OpenError, SourceError};
use super::host::SourceHost;
use super::origin::{Opener, Opening, Origin, SourceEvent};
use super::uri::host_of;
use crate::link::SourceLink;

/// How often the buffer is looked at.
const STEP: Duration = Duration::from_millis(10);
/// How long what waits may still be played once its sender has left.
const DRAIN: i64 = 40_000_000_000;

/// When at least one stream of a source must have been decoded if another has no decoder, in nanoseconds after
/// it was opened.
const DECODED_BY: i64 = 2_000_000_000;

/// Opens a live URL.
#[derive(Clone, Debug)]
pub struct LiveOpener {
    /// The URL. It may contain a key, so it is never shown.
    pub url: String,
    /// How long after its arrival it is shown and heard at the least, in nanoseconds.
    pub latency: i64,
}

impl Opener for LiveOpener {
    fn open(
        &self,
        opening: Opening,
        link: &Arc<SourceLink>,
        host: SourceHost,
    ) -> Result<Box<dyn Origin>, OpenError> {
        let shared = DecodeShared::new(Arc::clone(link), opening.take, host.clone(), None, 0);
        let shared = shared.decoded_as(opening.decoding);
        let mut input = DecodePipeline::empty(self.name(), Arc::new(shared));
        input.receives = true;
        let latency = Latency { target: self.latency, segmented: false };
        let buffer = JitterBuffer::new(opening.take, latency);
        let shared = Arc::clone(&input.shared);
        let streams = LiveStreams::new(self.name(), buffer, host.clone(), shared);
        link.live.restart();
        let taker: Arc<dyn StreamTaker> = Arc::<LiveStreams>::clone(&streams);
        let source = receiver(&self.url, &self.name())?;
        let failed = |error: gst::glib::BoolError| OpenError::Pipeline(error.message.into_owned());
        input.pipeline.add(&source).map_err(failed)?;
        if needs_clock(&self.url) {
            input.pipeline.use_clock(Some(&gst::SystemClock::obtain()));
        }
        Autoplug::new(&input.pipeline, &taker).follow(&source);
        input.start(gst::State::Playing)?;
        let opened = host.now();
        let (end, lacking) = (None, None);
        Ok(Box::new(LiveOrigin { input, streams, host, opened, end, lacking }))
    }

    fn name(&self) -> String {
        host_of(&self.url).to_owned()
    }

    fn waits_for_sender(&self) -> bool {
        LiveUrl::parse(&self.url).is_ok_and(|url| url.waits_for_sender())
    }
}

struct LiveOrigin {
    /// From the network to the buffer.
    input: DecodePipeline,
    /// Kept alive here alone; the pipeline's callbacks only borrow it.
    streams: Arc<LiveStreams>,
    host: SourceHost,
    /// When it was opened.
    opened: i64,
    /// Its end, and when that came: what waits is played first.
    end: Option<(SourceEvent, i64)>,
    /// A stream has no decoder.
    lacking: Option<SourceError>,
}

impl Origin for LiveOrigin {
    fn next(&mut self, wait: Duration) -> Option<SourceEvent> {
        let steps = wait.as_millis().div_ceil(STEP.as_millis()).max(1);
        (0..steps).find_map(|_| {
            self.look(wait.min(STEP));
            let now = self.host.now();
            let mut events = Vec::new();
            self.streams.pump(now, &mut events);
            self.streams.tell(&events, now);
            self.streams.check_health(now);
            self.happened(now)
        })
    }

    // A live source never starts on its take.
    fn cue(&mut self, _take: u32) {}

    fn roll(&mut self) {}

    fn set_resting(&mut self, rests: bool) {
        self.streams.set_resting(rests);
    }
}

impl LiveOrigin {
    /// Looks at what the pipeline says.
    fn look(&mut self, wait: Duration) {
        let mut wait = wait;
        while let Some(message) = self.input.message(wait) {
            wait = Duration::ZERO;
            if let Some(error) = self.input.error(&message) {
                self.end_with(SourceEvent::Broke(error));
            }
        }
        match self.streams.decoder_error() {
            Some(
                error @ (SourceError::NoDecoder { .. }
                | SourceError::NoPicture { .. }
                | SourceError::NoSound { .. }),
            ) => {
                self.lacking.get_or_insert(error);
            }
            Some(error) => self.end_with(SourceEvent::Broke(error)),
            None => {}
        }
        if self.streams.have_ended() {
            self.end_with(SourceEvent::Ended);
        }
    }

    fn end_with(&mut self, event: SourceEvent) {
        let now = self.host.now();
        self.end.get_or_insert((event, now));
    }

    /// What has happened, once it is seen.
    fn happened(&mut self, now: i64) -> Option<SourceEvent> {
        if let Some((event, when)) = &self.end
            && (self.streams.buffer().is_empty() || now - when >= DRAIN)
        {
            return Some(event.clone());
        }
        if self.lacking.is_none() || now - self.opened < DECODED_BY {
            return None;
        }
        let lacking = self.lacking.take()?;
        Some(match self.input.shared.link.file.end.load(Ordering::Acquire) > 0 {
            true => SourceEvent::Damaged(lacking),
            false => SourceEvent::Broke(lacking),
        })
    }
}
