//! Where decoded pictures and sound of a source arrive.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;

use super::laps::Extent;
use super::read_ahead::ReadAhead;
use crate::link::{AudioBlock, Fanout, SourceLink, Timed};
use crate::picture;

/// Blocks of sound of a file that are decoded ahead.
const AHEAD_BLOCKS: usize = 32;

/// The bits of [`DecodeShared::streams`].
pub const PICTURES: u32 = 1;
/// See [`PICTURES`].
pub const SOUND: u32 = 2;

/// Told the time of each picture or block as it arrives, in nanoseconds on the source's time line, on
/// GStreamer's threads.
pub type Arrived = Arc<dyn Fn(i64) + Send + Sync>;

/// What the callbacks of a pipeline share with the thread that opened it.
pub struct DecodeShared {
    pub link: Arc<SourceLink>,
    /// The take that is wanted; what is on its way for an earlier one is let go.
    pub wanted: AtomicU32,
    /// Whether the pipeline is being closed.
    pub closing: AtomicU32,
    /// How far pictures are decoded ahead.
    pub ahead: ReadAhead,
    /// Where its pictures begin and end.
    pub pictures: Extent,
    /// Which streams have come to the end of a lap since it was last asked, as in `streams`.
    pub finished: AtomicU32,
    /// How long a lap of a loop is, in nanoseconds; known before the second lap begins.
    pub lap: AtomicI64,
    /// How long a picture is, in nanoseconds; 0 until it is known.
    pub picture: AtomicI64,
    /// A file's in point, in nanoseconds; nothing for a live source.
    pub from: Option<i64>,
    /// The end of what was handed on last.
    pub end: AtomicI64,
    /// Which streams there are: [`PICTURES`], [`SOUND`]; 0 until it is known.
    pub streams: AtomicU32,
    pub arrived: Arrived,
    /// A file waits for its readers; a live source does not.
    pub waits: bool,
}

impl DecodeShared {
    /// For a source that is opened for this take. A file has an in point, in nanoseconds, and waits for
    /// its readers; `cue` is how many pictures it holds while it is cued.
    pub fn new(
        link: Arc<SourceLink>,
        take: u32,
        arrived: Arrived,
        (from, cue): (Option<i64>, usize),
    ) -> Self {
        Self {
            link,
            wanted: AtomicU32::new(take),
            closing: AtomicU32::new(0),
            ahead: ReadAhead::new(cue),
            finished: AtomicU32::new(0),
            pictures: Extent::default(),
            lap: AtomicI64::new(0),
            picture: AtomicI64::new(0),
            from,
            end: AtomicI64::new(0),
            streams: AtomicU32::new(0),
            arrived,
            waits: from.is_some(),
        }
    }

    /// A reader must not wait for a stream that there is not: it ends at a time that never comes for
    /// pictures, and is silent from the start for sound.
    pub fn end_what_is_missing(&self) {
        let take = self.wanted.load(Ordering::Acquire);
        let streams = self.streams.load(Ordering::Acquire);
        if streams & PICTURES == 0 {
            self.link.video.push(Timed { take, pts: i64::MAX, what: None });
        }
        if streams & SOUND == 0 {
            self.link.audio.push(Timed { take, pts: 0, what: None });
        }
    }

    /// Whether all streams have handed on the end of a lap; told once.
    pub fn take_finished(&self) -> bool {
        let streams = self.streams.load(Ordering::Acquire);
        let (done, none) = (Ordering::AcqRel, Ordering::Acquire);
        streams != 0 && self.finished.compare_exchange(streams, 0, done, none).is_ok()
    }

    /// All of a file has been handed on.
    pub fn end(&self) {
        let (take, pts) = (self.wanted.load(Ordering::Acquire), self.end.load(Ordering::Acquire));
        self.link.video.push(Timed { take, pts, what: None });
        self.link.audio.push(Timed { take, pts, what: None });
    }
}

/// Links a decoded stream to a sink of ours; the first of each kind, others are left alone.
pub fn attach(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    shared: &Arc<DecodeShared>,
) -> Result<(), gst::glib::BoolError> {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    let kind = caps.structure(0).map(|s| s.name().to_string()).unwrap_or_default();
    let (name, converters, sink) = match kind.split('/').next() {
        Some("video") => ("video", &["videoconvert"][..], video_sink(shared)),
        Some("audio") => ("audio", &["audioconvert", "audioresample"][..], audio_sink(shared)),
        _ => return Ok(()),
    };
    if pipeline.by_name(name).is_some() {
        return Ok(());
    }
    sink.set_property("name", name);
    let mut chain = Vec::new();
    for converter in converters {
        chain.push(gst::ElementFactory::make(converter).build()?);
    }
    chain.push(sink.upcast());
    pipeline.add_many(&chain)?;
    gst::Element::link_many(&chain)?;
    for element in chain.iter().rev() {
        element.sync_state_with_parent()?;
    }
    let entry = chain.first().and_then(|first| first.static_pad("sink"));
    match entry.map(|entry| pad.link(&entry)) {
        Some(Ok(_)) => Ok(()),
        _ => Err(gst::glib::bool_error!("a {name} stream cannot be linked")),
    }
}

fn video_sink(shared: &Arc<DecodeShared>) -> gst_app::AppSink {
    let formats = picture::FORMATS.map(|format| format.to_str());
    let caps = gst::Caps::builder("video/x-raw").field("format", gst::List::new(formats)).build();
    let mut info: Option<(gst::Caps, gst_video::VideoInfo)> = None;
    let of_decode = Arc::clone(shared);
    let decode = move |sample: &gst::Sample| {
        let caps = sample.caps_owned()?;
        if info.as_ref().is_none_or(|(old, _)| *old != caps) {
            let new = gst_video::VideoInfo::from_caps(&caps).ok()?;
            let (num, den) = (i64::from(new.fps().numer()), i64::from(new.fps().denom()));
            let picture = if num > 0 { den * 1_000_000_000 / num } else { 0 };
            of_decode.picture.store(picture, Ordering::Release);
            of_decode.ahead.of_pictures(picture, new.size());
            info = Some((caps.clone(), new));
        }
        picture::from_buffer(sample.buffer_owned()?, &info.as_ref()?.1)
    };
    let way = Way {
        stream: PICTURES,
        fanout: |link| &link.video,
        ahead: |shared| shared.ahead.pictures(),
    };
    let sink = sink(&caps, shared, way, decode);
    take_any_layout(&sink);
    sink
}

/// Says to the decoder that pictures may lie in memory as they are decoded, with its own strides and
/// borders: else it copies each into a layout that needs no describing, a fiftieth of its work.
fn take_any_layout(sink: &gst_app::AppSink) {
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

fn audio_sink(shared: &Arc<DecodeShared>) -> gst_app::AppSink {
    let caps = gst::Caps::builder("audio/x-raw")
        .field("format", if cfg!(target_endian = "little") { "F32LE" } else { "F32BE" })
        .field("layout", "interleaved")
        .field("rate", show::Format::AUDIO_RATE as i32)
        .field("channels", 2_i32)
        .build();
    let decode = |sample: &gst::Sample| {
        let bytes = sample.buffer()?.map_readable().ok()?;
        let samples = bytes.as_chunks::<4>().0.iter().map(|sample| f32::from_ne_bytes(*sample));
        let block: AudioBlock = Arc::new(samples.collect::<Vec<f32>>());
        Some(block)
    };
    sink(
        &caps,
        shared,
        Way { stream: SOUND, fanout: |link| &link.audio, ahead: |_| AHEAD_BLOCKS },
        decode,
    )
}

/// Where a stream goes, and how far ahead of its readers.
struct Way<T> {
    stream: u32,
    fanout: fn(&SourceLink) -> &Fanout<T>,
    ahead: fn(&DecodeShared) -> usize,
}

/// What passes a sink now.
struct Passing {
    /// Its take: changes where the stream was flushed for another.
    take: AtomicU32,
    /// When the stream began again, by GStreamer's clock in nanoseconds; 0 once something of it has come.
    began: AtomicU64,
}

impl Passing {
    fn begin(&self) {
        self.began.store(gst::get_timestamp().nseconds(), Ordering::Release);
    }

    /// How long the first of a stream that began again was awaited.
    fn awaited(&self) -> Option<u64> {
        let began = self.began.swap(0, Ordering::AcqRel);
        (began > 0).then(|| gst::get_timestamp().nseconds().saturating_sub(began))
    }
}

/// A sink that hands each sample on with its time, waiting for its readers if the source does.
fn sink<T: Clone + Send + Sync + 'static>(
    caps: &gst::Caps,
    shared: &Arc<DecodeShared>,
    way: Way<T>,
    mut decode: impl FnMut(&gst::Sample) -> Option<T> + Send + 'static,
) -> gst_app::AppSink {
    let take = AtomicU32::new(shared.wanted.load(Ordering::Acquire));
    let passing = Arc::new(Passing { take, began: AtomicU64::new(0) });
    let (of_samples, passes) = (Arc::clone(shared), Arc::clone(&passing));
    let mut place = StreamPlace::default();
    let stream = way.stream;
    let callbacks = gst_app::AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let shared = &of_samples;
        if let (Some(gap), PICTURES) = (passes.awaited(), stream) {
            shared.ahead.gap(gap);
        }
        let take = passes.take.load(Ordering::Acquire);
        let pts = time_of(&sample, shared, &mut place, take);
        let Some(pts) = pts else { return Ok(gst::FlowSuccess::Ok) };
        (shared.arrived)(pts);
        let Some(what) = decode(&sample) else { return Ok(gst::FlowSuccess::Ok) };
        let over = || {
            shared.closing.load(Ordering::Acquire) != 0
                || shared.wanted.load(Ordering::Acquire) != take
        };
        let fanout = (way.fanout)(&shared.link);
        if shared.waits && !fanout.wait_for_room((way.ahead)(shared), &over) {
            return Err(gst::FlowError::Flushing);
        }
        fanout.push(Timed { take, pts, what: Some(what) });
        Ok(gst::FlowSuccess::Ok)
    });
    let sink = gst_app::AppSink::builder()
        .caps(caps)
        .sync(false)
        .max_buffers(1)
        .enable_last_sample(false)
        .callbacks(callbacks.build())
        .build();
    if let Some(pad) = sink.static_pad("sink") {
        watch_events(&pad, stream, shared, passing);
    }
    sink
}

/// Notes where a stream begins again: at a seek that lets go what is on its way, and at each lap of a loop.
fn watch_events(pad: &gst::Pad, stream: u32, shared: &Arc<DecodeShared>, passing: Arc<Passing>) {
    let shared = Arc::clone(shared);
    let passed = move |_: &gst::Pad, info: &mut gst::PadProbeInfo<'_>| {
        match info.event().map(|event| event.type_()) {
            Some(gst::EventType::FlushStop) => {
                passing.take.store(shared.wanted.load(Ordering::Acquire), Ordering::Release);
                // From the start of a file there is nothing to be decoded first.
                if shared.from > Some(0) {
                    passing.begin();
                }
            }
            Some(gst::EventType::SegmentDone) => {
                shared.finished.fetch_or(stream, Ordering::AcqRel);
                passing.begin();
            }
            _ => {}
        }
        gst::PadProbeReturn::Ok
    };
    let events = gst::PadProbeType::EVENT_FLUSH | gst::PadProbeType::EVENT_DOWNSTREAM;
    pad.add_probe(events, passed);
}

/// Where a stream stands on its source's time line.
#[derive(Clone, Copy, Default)]
struct StreamPlace {
    take: u32,
    /// How often it has begun again.
    laps: i64,
    /// A file's time that was seen last.
    last: i64,
}

/// A sample's time on the source's time line; what has none, or lies outside, is not to be seen. A file
/// that goes back has begun another lap.
fn time_of(
    sample: &gst::Sample,
    shared: &DecodeShared,
    place: &mut StreamPlace,
    take: u32,
) -> Option<i64> {
    let buffer = sample.buffer()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let pts = match shared.from {
        None => i64::try_from(segment.to_running_time(buffer.pts()?)?.nseconds()).ok()?,
        Some(from) => {
            let time = i64::try_from(segment.to_stream_time(buffer.pts()?)?.nseconds()).ok()?;
            if place.take != take {
                *place = StreamPlace { take, laps: 0, last: time };
            }
            let lap = shared.lap.load(Ordering::Acquire);
            if lap > 0 && time < place.last - lap / 2 {
                place.laps += 1;
            }
            place.last = time;
            time.saturating_sub(from).saturating_add(place.laps.saturating_mul(lap))
        }
    };
    let duration = buffer.duration().map_or(0, gst::ClockTime::nseconds);
    shared.end.fetch_max(pts.saturating_add(i64::try_from(duration).ok()?), Ordering::AcqRel);
    Some(pts)
}
