//! The pipeline of a live source: from its URL to a jitter buffer, and from there through a decoder for each
//! stream to the readers.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

use super::adts::{AdtsFrame, AdtsReader};
use super::autoplug::{StreamTaker, link};
use super::clock_recovery::ClockEvent;
use super::codec_caps::codec_caps;
use super::flv_input::FlvInput;
use super::flv_reader::FlvCodec;
use super::jitter_buffer::{BufferEvent, JitterBuffer, Packet};
use super::lanes::{Lane, Lanes};
use super::rest::Rest;
use crate::link::SourceLink;
use crate::source::clock_time::clock_time;
use crate::source::decode::StreamDecoder;
use crate::source::decode_shared::DecodeShared;
use crate::source::errors::SourceError;
use crate::source::host::SourceHost;
use crate::stream::Stream;

/// How many packets wait for a decoder at the most. One that is too slow leaves them to the buffer, which knows
/// what can be left out.
const IN_DECODER: u64 = 8;
/// For how long a stream may send nothing while the other does, in nanoseconds.
const ABSENT: i64 = 1_000_000_000;
/// How often a full buffer is looked at.
const RECHECK: Duration = Duration::from_millis(20);

/// What the threads of a live source's pipeline share.
pub struct LiveStreams {
    buffer: Mutex<JitterBuffer<gst::Sample>>,
    /// Notified when there may be room in the buffer.
    room: Condvar,
    /// Held by the thread that feeds the decoders.
    feeding: Mutex<Rest>,
    /// Whether only key frames are decoded.
    rests: AtomicBool,
    host: SourceHost,
    link: Arc<SourceLink>,
    decode: Arc<DecodeShared>,
    decoders: [OnceLock<StreamDecoder>; 2],
    /// The source's name in the log.
    name: String,
    me: Weak<Self>,
    lanes: Lanes,
    /// How many streams there are, and how many of them have ended.
    streams: AtomicU32,
    ended: AtomicU32,
}

impl LiveStreams {
    /// For a source of this name, whose packets pass the buffer on their way to the readers.
    pub fn new(
        name: String,
        buffer: JitterBuffer<gst::Sample>,
        host: SourceHost,
        decode: Arc<DecodeShared>,
    ) -> Arc<Self> {
        let (streams, ended) = <(AtomicU32, AtomicU32)>::default();
        Arc::new_cyclic(|me| Self {
            buffer: Mutex::new(buffer),
            room: Condvar::new(),
            feeding: Mutex::default(),
            rests: AtomicBool::new(false),
            host,
            link: Arc::clone(&decode.link),
            decode,
            decoders: Default::default(),
            name,
            me: me.clone(),
            lanes: Lanes::default(),
            streams,
            ended,
        })
    }

    /// The jitter buffer.
    pub fn buffer(&self) -> MutexGuard<'_, JitterBuffer<gst::Sample>> {
        // Every change leaves it consistent, so a poisoned lock is still good.
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next error of a decoder.
    pub fn decoder_error(&self) -> Option<SourceError> {
        self.decoders.iter().find_map(|decoder| decoder.get()?.error(&self.name))
    }

    /// Whether all streams that came have ended.
    pub fn have_ended(&self) -> bool {
        let streams = self.streams.load(Ordering::Acquire);
        streams > 0 && self.ended.load(Ordering::Acquire) >= streams
    }

    /// Gives each decoder what it should decode by now, and the readers the map of it.
    pub fn pump(&self, now: i64, events: &mut Vec<BufferEvent>) {
        let (from, to) = self.decode.pause.get();
        let mut buffer = self.buffer();
        buffer.set_pause(from, to);
        buffer.tick(now, events);
        self.publish(&buffer);
        drop(buffer);
        // Held, so that packets reach their decoder in order whichever thread takes them.
        let mut rest = self.feeding.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in Stream::ALL {
            let Some(decoder) = self.decoders[stream.index()].get() else { continue };
            let rests = stream == Stream::Picture && self.rests.load(Ordering::Acquire);
            if stream == Stream::Picture && !rests {
                // It fails while the pipeline is being closed.
                for packet in rest.wake() {
                    let _pushed = push(&decoder.source, packet);
                }
            }
            while decoder.source.current_level_buffers() < IN_DECODER {
                let Some(packet) = self.buffer().pop(stream, now, events) else { break };
                let packet = match stream {
                    Stream::Picture if rests => {
                        // It sends, whatever is decoded of it.
                        self.host.tell_arrival();
                        rest.keep(packet)
                    }
                    Stream::Picture => Some(packet).filter(|packet| rest.follows(packet)),
                    Stream::Sound => Some(packet),
                };
                let _pushed = packet.and_then(|packet| push(&decoder.source, packet));
            }
        }
        drop(rest);
        self.room.notify_one();
    }

    /// Sets whether only key frames of its pictures are decoded.
    pub fn set_resting(&self, rests: bool) {
        self.rests.store(rests, Ordering::Release);
    }

    fn publish(&self, buffer: &JitterBuffer<gst::Sample>) {
        if let Some(map) = buffer.map()
            && **self.link.map.load() != map
        {
            self.link.map.store(Arc::new(map));
        }
    }

    /// Takes a packet from a demuxer.
    fn receive(&self, packet: Packet<gst::Sample>) {
        self.wait_for_room();
        let now = self.host.now();
        let mut events = Vec::new();
        let mut waiting = self.buffer();
        waiting.push(packet, now, &mut events);
        self.publish(&waiting);
        drop(waiting);
        self.pump(now, &mut events);
        self.tell(&events, now);
    }

    /// A sample of a demuxer's, as a packet. What has no time is of now.
    fn packet(&self, stream: Stream, sample: gst::Sample) -> Option<Packet<gst::Sample>> {
        let now = self.host.now();
        let (dts, pts) = times(&sample).unwrap_or((now, now));
        let buffer = sample.buffer()?;
        let keyframe = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        Some(Packet { stream, dts, pts, keyframe, bytes: buffer.size(), what: sample })
    }

    /// Makes the decoder of a stream, if it has none.
    fn add_decoder(&self, stream: Stream) -> Result<(), gst::glib::BoolError> {
        let decoder = &self.decoders[stream.index()];
        if decoder.get().is_none() {
            // If another thread was quicker, its is as good.
            drop(decoder.set(StreamDecoder::new(&self.decode)?));
        }
        Ok(())
    }

    /// Tells what has happened to whoever looks at the source.
    pub fn tell(&self, events: &[BufferEvent], now: i64) {
        let health = &self.link.live;
        for event in events {
            tracing::debug!("{}: {event:?}", self.name);
            match event {
                BufferEvent::Clock(ClockEvent::Late(by)) => health.note_late(*by, now),
                BufferEvent::Clock(ClockEvent::Adjusted(_)) => {}
                BufferEvent::Jumped(..) => health.note_jump(),
                BufferEvent::Skipped(count) => health.note_skipped(*count),
            }
        }
    }

    /// Tells whoever looks at the source how late it is.
    pub fn tell_latency(&self) {
        let buffer = self.buffer();
        let clock = buffer.clock();
        self.link.live.set_latency(clock.wanted(), clock.margin());
    }

    /// Looks whether both streams come, and how late.
    pub fn check_health(&self, now: i64) {
        self.tell_latency();
        let buffer = self.buffer();
        let came = Stream::ALL.map(|stream| buffer.came(stream));
        let first = buffer.began();
        drop(buffer);
        for stream in Stream::ALL {
            let recent = |at: Option<i64>| at.is_some_and(|at| now - at < ABSENT);
            let (this, other) = (came[stream.index()], came[stream.other().index()]);
            let is_missing =
                first.is_some_and(|first| now - first >= ABSENT) && !recent(this) && recent(other);
            self.link.live.set_missing(stream, is_missing);
        }
    }

    /// Waits while the buffer is full: what sends faster than it is played is no live source, and can wait.
    fn wait_for_room(&self) {
        let mut buffer = self.buffer();
        while buffer.is_full() && self.decode.closing.load(Ordering::Acquire) == 0 {
            let waited = self.room.wait_timeout(buffer, RECHECK);
            buffer = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl StreamTaker for LiveStreams {
    fn take(&self, pipeline: &gst::Pipeline, pad: &gst::Pad, caps: &gst::Caps) {
        if let Some(stream) = Stream::of_caps(caps) {
            self.take_as(pipeline, pad, stream, Some);
        }
    }

    fn take_flv(&self, pipeline: &gst::Pipeline, pad: &gst::Pad) {
        let (me, mut input) = (self.me.clone(), FlvInput::default());
        let linked = self.link_sink(pipeline, pad, None, move |sample| {
            let this = me.upgrade().ok_or(gst::FlowError::Flushing)?;
            let map = sample.buffer().and_then(|buffer| buffer.map_readable().ok());
            let bytes = map.as_ref().map_or(&[][..], |map| map.as_slice());
            let mut take = |packet: Packet<gst::Sample>| match this.add_decoder(packet.stream) {
                Ok(_) => this.receive(packet),
                Err(error) => this.warn_of(Err(error)),
            };
            input.push(bytes, &mut take).map_err(|_| gst::FlowError::Error)?;
            Ok(gst::FlowSuccess::Ok)
        });
        self.warn_of(linked);
    }

    fn take_adts(&self, pipeline: &gst::Pipeline, pad: &gst::Pad) {
        let linked = self.add_decoder(Stream::Sound).and_then(|()| {
            let (me, lane) = (self.me.clone(), self.lanes.add(Stream::Sound));
            let (mut reader, mut frames) = (AdtsReader::default(), Vec::new());
            let (mut caps, mut is_timed) = (None, false);
            self.link_sink(pipeline, pad, Some(lane), move |sample| {
                let this = me.upgrade().ok_or(gst::FlowError::Flushing)?;
                if !this.lanes.takes(lane) {
                    return Ok(gst::FlowSuccess::Ok);
                }
                let map = sample.buffer().and_then(|buffer| buffer.map_readable().ok());
                let bytes = map.as_ref().map_or(&[][..], |map| map.as_slice());
                let time = times(&sample).map(|(_, pts)| pts);
                // One without times begins now, and goes on by its own length.
                let time = time.or_else(|| (!is_timed).then(|| this.host.now()));
                is_timed |= time.is_some();
                reader.push(bytes, time, &mut frames);
                for frame in frames.drain(..) {
                    if let Some(packet) = adts_packet(frame, &mut caps) {
                        this.receive(packet);
                    }
                }
                Ok(gst::FlowSuccess::Ok)
            })
        });
        self.warn_of(linked);
    }

    fn come_in_segments(&self) {
        self.buffer().set_segmented();
    }
}

impl LiveStreams {
    /// Takes what comes out at a pad as a stream, as `made` makes it, which leaves out what it does not want.
    pub fn take_as(
        &self,
        pipeline: &gst::Pipeline,
        pad: &gst::Pad,
        stream: Stream,
        made: impl Fn(gst::Sample) -> Option<gst::Sample> + Send + 'static,
    ) {
        let linked = self.add_decoder(stream).and_then(|()| {
            let (me, lane) = (self.me.clone(), self.lanes.add(stream));
            self.follow_orientation(pad, lane);
            self.link_sink(pipeline, pad, Some(lane), move |sample| {
                let this = me.upgrade().ok_or(gst::FlowError::Flushing)?;
                if !this.lanes.takes(lane) {
                    return Ok(gst::FlowSuccess::Ok);
                }
                let packet = made(sample).and_then(|sample| this.packet(stream, sample));
                if let Some(packet) = packet {
                    this.receive(packet);
                }
                Ok(gst::FlowSuccess::Ok)
            })
        });
        self.warn_of(linked);
    }

    /// Hands a stream's decoder the tags that say how its pictures are turned. They pass the buffer, so they
    /// are there before the pictures that they are for: by the latency, in mid-stream.
    fn follow_orientation(&self, pad: &gst::Pad, lane: Lane) {
        let me = self.me.clone();
        pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
            if let Some(event) = info.event()
                && let gst::EventView::Tag(tag) = event.view()
                && tag.tag().get::<gst::tags::ImageOrientation>().is_some()
                && let Some(this) = me.upgrade()
                && this.lanes.takes(lane)
                && let Some(decoder) = this.decoders[lane.stream.index()].get()
            {
                decoder.source.send_event(event.clone());
            }
            gst::PadProbeReturn::Ok
        });
    }

    /// Hands what comes out at a pad to `take`, on GStreamer's threads.
    fn link_sink(
        &self,
        pipeline: &gst::Pipeline,
        pad: &gst::Pad,
        lane: Option<Lane>,
        mut take: impl FnMut(gst::Sample) -> Result<gst::FlowSuccess, gst::FlowError> + Send + 'static,
    ) -> Result<(), gst::glib::BoolError> {
        self.streams.fetch_add(1, Ordering::AcqRel);
        let ends = self.me.clone();
        let callbacks = gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| take(sink.pull_sample().map_err(|_| gst::FlowError::Eos)?))
            .eos(move |_| {
                if let Some(streams) = ends.upgrade() {
                    lane.into_iter().for_each(|lane| streams.lanes.end(lane));
                    streams.ended.fetch_add(1, Ordering::AcqRel);
                }
            });
        let sink = gst_app::AppSink::builder()
            .sync(false)
            .async_(false)
            .max_buffers(1)
            .enable_last_sample(false)
            .callbacks(callbacks.build())
            .build();
        link(pipeline, pad, sink.upcast_ref())
    }

    fn warn_of(&self, linked: Result<(), gst::glib::BoolError>) {
        if let Err(error) = linked {
            tracing::warn!("{}: a stream cannot be linked: {}", self.name, error.message);
        }
    }
}

/// Gives a decoder a packet, with the times that the buffer gave it.
fn push(decoder: &gst_app::AppSrc, packet: Packet<gst::Sample>) -> Option<()> {
    let mut buffer = packet.what.buffer()?.copy();
    let time = |nanos: i64| Some(clock_time(u64::try_from(nanos).unwrap_or(0)));
    let changed = buffer.make_mut();
    changed.set_dts(time(packet.dts));
    changed.set_pts(time(packet.pts));
    let caps = packet.what.caps_owned()?;
    let sample = gst::Sample::builder().buffer(&buffer).caps(&caps).build();
    decoder.push_sample(&sample).ok().map(drop)
}

/// A frame of ADTS as a packet; `caps` keeps how it is described, since that hardly ever changes.
fn adts_packet(
    frame: AdtsFrame,
    caps: &mut Option<([u8; 2], gst::Caps)>,
) -> Option<Packet<gst::Sample>> {
    let AdtsFrame { time, setup, data } = frame;
    if caps.as_ref().is_none_or(|(known, _)| *known != setup) {
        *caps = Some((setup, codec_caps(FlvCodec::Aac, Some(setup.to_vec()))));
    }
    let (bytes, (_, caps)) = (data.len(), caps.as_ref()?);
    let buffer = gst::Buffer::from_mut_slice(data);
    let what = gst::Sample::builder().buffer(&buffer).caps(caps).build();
    let (dts, pts) = (time?, time?);
    Some(Packet { stream: Stream::Sound, dts, pts, keyframe: true, bytes, what })
}

/// A sample's decode and presentation times, in nanoseconds of running time; `None` if it has none.
fn times(sample: &gst::Sample) -> Option<(i64, i64)> {
    let buffer = sample.buffer()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let running = |time: gst::ClockTime| match segment.to_running_time_full(time)? {
        gst::Signed::Positive(time) => i64::try_from(time.nseconds()).ok(),
        gst::Signed::Negative(time) => i64::try_from(time.nseconds()).ok().map(|nanos| -nanos),
    };
    let (dts, pts) = (buffer.dts().and_then(running), buffer.pts().and_then(running));
    Some((dts.or(pts)?, pts.or(dts)?))
}
