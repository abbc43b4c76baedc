//! A source's pipeline: opens what it is told, hands decoded pictures and sound on, and says what
//! happened. It decides nothing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;

use crate::link::{Block, Item, SourceLink};
use crate::picture;

/// Pictures of a running file that are decoded ahead.
const AHEAD_PICTURES: usize = 6;
/// A file that ends this much before the end its container names has been cut off, in nanoseconds.
const CUT_OFF: u64 = 1_000_000_000;
/// Blocks of sound of a file that are decoded ahead.
const AHEAD_BLOCKS: usize = 32;

/// What is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// A file, from its in point to its out point (nanoseconds), once or again and again.
    File {
        /// The file.
        path: PathBuf,
        /// In point.
        from: u64,
        /// Out point.
        to: Option<u64>,
        /// Whether it goes on from the in point.
        again: bool,
        /// How many pictures are decoded ahead while it is cued.
        cue: usize,
    },
    /// A live URL.
    Live {
        /// The URL.
        url: String,
    },
}

/// Why a source cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The file is not there or closed to us.
    #[error("{}: cannot be opened: {reason}. Choose another file.", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// GStreamer lacks something.
    #[error("it cannot be opened: {0}. Run `downstage doctor` to see what is missing.")]
    Pipeline(String),
}

/// What went wrong with a source that was opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// For the operator.
    pub message: String,
}

/// Something a pipeline said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// All of a file has been handed on.
    Ended,
    /// It broke.
    Broke(SourceError),
}

/// Told the time of each picture or block as it arrives, in nanoseconds on the source's time line, on
/// GStreamer's threads.
pub type Arrived = Arc<dyn Fn(i64) + Send + Sync>;

/// What the callbacks share with the player.
struct Shared {
    link: Arc<SourceLink>,
    /// The take that is wanted; what is on its way for an earlier one is let go.
    wanted: AtomicU32,
    /// Whether the pipeline is being closed.
    closing: AtomicU32,
    /// Pictures to be decoded ahead.
    ahead: AtomicU64,
    /// How long a lap of a loop is, in nanoseconds; known before the second lap begins.
    lap: AtomicI64,
    /// How long a picture is, in nanoseconds; 0 until it is known.
    picture: AtomicI64,
    /// A file's in point, in nanoseconds; nothing for a live source.
    from: Option<i64>,
    /// The end of what was handed on last.
    end: AtomicI64,
    /// Whether the pipeline was sent to the in point once: later prerolls are a cue's own.
    placed: AtomicBool,
    /// Held while the pipeline is sent somewhere: a lap never comes behind the cue that ends it.
    seeking: Mutex<()>,
    /// The last time it was sent to the in point at once: a lap's end from before is none.
    begun: Mutex<Option<gst::Seqnum>>,
    /// Which streams there are: 1 pictures, 2 sound; 0 until it is known.
    streams: AtomicU32,
    arrived: Arrived,
    /// A file waits for its readers; a live source does not.
    waits: bool,
}

impl Shared {
    /// A reader must not wait for a stream that there is not: it ends at a time that never comes for
    /// pictures, and is silent from the start for sound.
    fn end_what_is_missing(&self) {
        let take = self.wanted.load(Ordering::Acquire);
        let streams = self.streams.load(Ordering::Acquire);
        if streams & 1 == 0 {
            self.link.video.push(Item { take, pts: i64::MAX, what: None });
        }
        if streams & 2 == 0 {
            self.link.audio.push(Item { take, pts: 0, what: None });
        }
    }

    /// All of a file has been handed on.
    fn end(&self) {
        let (take, pts) = (self.wanted.load(Ordering::Acquire), self.end.load(Ordering::Acquire));
        self.link.video.push(Item { take, pts, what: None });
        self.link.audio.push(Item { take, pts, what: None });
    }
}

fn streams_of(pipeline: &gst::Pipeline) -> u32 {
    u32::from(pipeline.by_name("video").is_some())
        | u32::from(pipeline.by_name("audio").is_some()) << 1
}

/// A pipeline. Dropping it closes it, which may wait for the network: on a source's own thread only.
pub struct Player {
    pipeline: gst::Pipeline,
    shared: Arc<Shared>,
    opened: Opened,
    cut_off: OnceLock<SourceError>,
}

impl Player {
    /// Opens a source for this take. What arrives goes to `link`, and `arrived` hears of it.
    ///
    /// # Errors
    /// [`OpenError`] for what is known at once; the rest comes by [`Self::happened`].
    pub fn open(
        opened: Opened,
        take: u32,
        link: Arc<SourceLink>,
        arrived: Arrived,
    ) -> Result<Self, OpenError> {
        let (uri, cue, from) = match &opened {
            Opened::File { path, cue, from, .. } => {
                (file_uri(path)?, *cue, Some(i64::try_from(*from).unwrap_or(i64::MAX)))
            }
            Opened::Live { url } => (url.clone(), 0, None),
        };
        let shared = Arc::new(Shared {
            link,
            wanted: AtomicU32::new(take),
            closing: AtomicU32::new(0),
            ahead: AtomicU64::new(cue.max(AHEAD_PICTURES) as u64),
            lap: AtomicI64::new(0),
            picture: AtomicI64::new(0),
            from,
            end: AtomicI64::new(0),
            placed: AtomicBool::new(false),
            seeking: Mutex::new(()),
            begun: Mutex::new(None),
            streams: AtomicU32::new(0),
            arrived,
            waits: matches!(opened, Opened::File { .. }),
        });
        let failed = |error: gst::glib::BoolError| OpenError::Pipeline(error.message.into_owned());
        let pipeline = gst::Pipeline::new();
        pipeline.use_clock(None::<&gst::Clock>);
        let decode = gst::ElementFactory::make("uridecodebin").property("uri", uri);
        let decode = decode.build().map_err(failed)?;
        pipeline.add(&decode).map_err(failed)?;
        one_thread_each(&decode);
        let (weak, of_pads) = (pipeline.downgrade(), Arc::clone(&shared));
        decode.connect_pad_added(move |_, pad| {
            // A panic here would end the process: what cannot be linked is left out.
            if let Some(pipeline) = weak.upgrade() {
                let _linked = attach(&pipeline, pad, &of_pads);
            }
        });
        let (weak, of_pads) = (pipeline.downgrade(), Arc::clone(&shared));
        decode.connect_no_more_pads(move |_| {
            if let Some(pipeline) = weak.upgrade() {
                of_pads.streams.store(streams_of(&pipeline), Ordering::Release);
                of_pads.end_what_is_missing();
            }
        });
        let player = Self { pipeline, shared, opened, cut_off: OnceLock::new() };
        player.start()?;
        Ok(player)
    }

    fn start(&self) -> Result<(), OpenError> {
        let refused = || {
            let reason = match self.happened(0) {
                Some(Happened::Broke(error)) => error.message,
                _ => "it was refused".to_owned(),
            };
            OpenError::Pipeline(reason)
        };
        let state = if self.seeks() { gst::State::Paused } else { gst::State::Playing };
        self.pipeline.set_state(state).map(drop).map_err(|_| refused())
    }

    /// Whether the file must be sought in before it is played.
    fn seeks(&self) -> bool {
        match &self.opened {
            Opened::File { from, to, again, .. } => *from > 0 || to.is_some() || *again,
            Opened::Live { .. } => false,
        }
    }

    /// Waits up to `millis` for something to happen. Loops a file by itself.
    pub fn happened(&self, millis: u64) -> Option<Happened> {
        let bus = self.pipeline.bus()?;
        let mut wait = gst::ClockTime::from_mseconds(millis);
        loop {
            let message = bus.timed_pop(wait)?;
            wait = gst::ClockTime::ZERO;
            match message.view() {
                gst::MessageView::AsyncDone(_) if self.first_preroll() => self.seek(),
                gst::MessageView::SegmentDone(_) => {
                    self.look_at_end();
                    self.next_lap(message.seqnum());
                }
                gst::MessageView::Eos(_) => {
                    self.look_at_end();
                    if matches!(self.opened, Opened::File { again: true, .. }) {
                        // This container knows no segments.
                        self.measure_lap();
                        self.seek();
                    } else {
                        self.shared.end();
                        return Some(Happened::Ended);
                    }
                }
                gst::MessageView::Error(error) => {
                    return Some(Happened::Broke(described(&error.error(), &self.opened)));
                }
                _ => {}
            }
        }
    }

    /// Whether the file turned out to end before the end that its container names: a copy that broke
    /// off. What there is of it is played.
    pub fn cut_off(&self) -> Option<&SourceError> {
        self.cut_off.get()
    }

    fn look_at_end(&self) {
        let Opened::File { path, from, to, .. } = &self.opened else { return };
        let Some(length) = self.pipeline.query_duration::<gst::ClockTime>() else { return };
        let end = to.map_or(length.nseconds(), |to| to.min(length.nseconds()));
        let seen = u64::try_from(self.shared.end.load(Ordering::Acquire)).unwrap_or(0) + from;
        if seen + CUT_OFF < end {
            let (seen, end) = (seen / 1_000_000_000, end / 1_000_000_000);
            let message = format!(
                "{}: it ends too early, after {seen} of {end} seconds. Copy it again.",
                path.display()
            );
            self.cut_off.get_or_init(|| SourceError { message });
        }
    }

    fn first_preroll(&self) -> bool {
        self.seeks() && !self.shared.placed.swap(true, Ordering::AcqRel)
    }

    /// To the in point, from anywhere; what is on its way is let go.
    fn seek(&self) {
        let _alone = self.shared.seeking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seek) = seek_event(&self.opened, true) {
            let mut begun = self.shared.begun.lock().unwrap_or_else(PoisonError::into_inner);
            *begun = Some(seek.seqnum());
            drop(begun);
            // A refusal comes as an error on the bus.
            let _sought = self.pipeline.send_event(seek);
        }
        let _playing = self.pipeline.set_state(gst::State::Playing);
    }

    /// The next lap of a loop, behind what is on its way. It may wait until a reader has made room,
    /// and a cued file has none: whoever watches the source does not wait with it.
    fn next_lap(&self, ended: gst::Seqnum) {
        let begun = *self.shared.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.is_some_and(|begun| ended < begun) {
            return;
        }
        self.measure_lap();
        let (shared, opened) = (Arc::clone(&self.shared), self.opened.clone());
        let take = shared.wanted.load(Ordering::Acquire);
        self.pipeline.call_async(move |pipeline| {
            let _alone = shared.seeking.lock().unwrap_or_else(PoisonError::into_inner);
            let wanted = shared.wanted.load(Ordering::Acquire) == take;
            if !wanted || shared.closing.load(Ordering::Acquire) != 0 {
                return;
            }
            // From a sink rather than through the pipeline, whose state could not be changed before
            // this returns: it could neither begin to play nor be closed.
            let sink = pipeline.by_name("video").or_else(|| pipeline.by_name("audio"));
            let pad = sink.and_then(|sink| sink.static_pad("sink"));
            if let (Some(pad), Some(seek)) = (pad, seek_event(&opened, false)) {
                // A refusal comes as an end where a loop was asked for.
                let _sought = pad.push_event(seek);
            }
        });
    }

    /// A lap ends: how long it was. From in to out point, or to the end of the file as its container
    /// has it; where that says nothing, to the end of what was in it. (The pipeline's own running time
    /// goes on from wherever its demuxer stood, an AAC frame or two from that.)
    fn measure_lap(&self) {
        let Opened::File { from, to, .. } = &self.opened else { return };
        let whole = || {
            let end = self.pipeline.query_duration::<gst::ClockTime>()?.nseconds();
            // A file is as long as its sound, which ends in an AAC frame beyond the last picture: that
            // must not show a picture twice. A millisecond is what containers round by.
            let picture = u64::try_from(self.shared.picture.load(Ordering::Acquire)).ok()?;
            Some((end + 1_000_000).checked_div(picture).map_or(end, |count| count * picture))
        };
        let lap = to.or_else(whole).map_or(0, |end| end.saturating_sub(*from));
        let lap = i64::try_from(lap).unwrap_or(0);
        let seen = self.shared.end.load(Ordering::Acquire);
        // Only the first lap's end is the end of one lap.
        if self.shared.lap.load(Ordering::Acquire) == 0 {
            self.shared.lap.store(if lap > 0 { lap } else { seen }, Ordering::Release);
        }
    }

    /// Cues a file anew, for this take.
    pub fn cue(&self, take: u32) {
        let Opened::File { cue, .. } = &self.opened else { return };
        self.shared.ahead.store((*cue).max(AHEAD_PICTURES) as u64, Ordering::Release);
        self.shared.end.store(0, Ordering::Release);
        self.shared.wanted.store(take, Ordering::Release);
        self.shared.link.video.wake();
        self.shared.link.audio.wake();
        self.seek();
        if self.shared.streams.load(Ordering::Acquire) != 0 {
            self.shared.end_what_is_missing();
        }
    }

    /// A cued file runs now: less is decoded ahead.
    pub fn run(&self) {
        self.shared.ahead.store(AHEAD_PICTURES as u64, Ordering::Release);
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.shared.closing.store(1, Ordering::Release);
        self.shared.link.video.wake();
        self.shared.link.audio.wake();
        let _closed = self.pipeline.set_state(gst::State::Null);
    }
}

/// A wish for the in point; with `flush` at once, else when what is on its way has passed.
fn seek_event(opened: &Opened, flush: bool) -> Option<gst::Event> {
    let Opened::File { from, to, again, .. } = opened else { return None };
    let mut flags = gst::SeekFlags::ACCURATE;
    flags.set(gst::SeekFlags::FLUSH, flush);
    flags.set(gst::SeekFlags::SEGMENT, *again);
    let stop = to.map(gst::ClockTime::from_nseconds);
    let start = gst::ClockTime::from_nseconds(*from);
    let kind = gst::SeekType::Set;
    Some(gst::event::Seek::new(1.0, flags, kind, start, kind, stop))
}

fn file_uri(path: &Path) -> Result<String, OpenError> {
    let failed = |reason: String| OpenError::File { path: path.to_owned(), reason };
    let real = path.canonicalize().map_err(|error| failed(error.to_string()))?;
    if !real.is_file() {
        return Err(failed("it is not a file".to_owned()));
    }
    let uri = gst::glib::filename_to_uri(&real, None);
    uri.map(Into::into).map_err(|error| failed(error.message().to_owned()))
}

/// Decoders of pictures this small are quickest on one thread: several only add to what is decoded
/// ahead and to the work.
fn one_thread_each(decode: &gst::Element) {
    let Some(bin) = decode.downcast_ref::<gst::Bin>() else { return };
    bin.connect_deep_element_added(|_, _, element| {
        let libav = element.factory().is_some_and(|f| f.name().starts_with("avdec_"));
        if libav && element.find_property("max-threads").is_some() {
            element.set_property("max-threads", 1_i32);
        }
    });
}

/// Links a decoded stream to a sink of ours; the first of each kind, others are left alone.
fn attach(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    shared: &Arc<Shared>,
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

fn video_sink(shared: &Arc<Shared>) -> gst_app::AppSink {
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
            info = Some((caps.clone(), new));
        }
        picture::from_buffer(sample.buffer_owned()?, &info.as_ref()?.1)
    };
    let target = |shared: &Shared| shared.ahead.load(Ordering::Acquire) as usize;
    let sink = sink(&caps, shared, |link| &link.video, decode, target);
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

fn audio_sink(shared: &Arc<Shared>) -> gst_app::AppSink {
    let caps = gst::Caps::builder("audio/x-raw")
        .field("format", if cfg!(target_endian = "little") { "F32LE" } else { "F32BE" })
        .field("layout", "interleaved")
        .field("rate", show::Format::AUDIO_RATE as i32)
        .field("channels", 2_i32)
        .build();
    let decode = |sample: &gst::Sample| {
        let bytes = sample.buffer()?.map_readable().ok()?;
        let samples = bytes.as_chunks::<4>().0.iter().map(|sample| f32::from_ne_bytes(*sample));
        let block: Block = Arc::new(samples.collect::<Vec<f32>>());
        Some(block)
    };
    sink(&caps, shared, |link| &link.audio, decode, |_| AHEAD_BLOCKS)
}

/// A sink that hands each sample on with its time, waiting for its readers if the source does.
fn sink<T: Clone + Send + Sync + 'static>(
    caps: &gst::Caps,
    shared: &Arc<Shared>,
    fanout: fn(&SourceLink) -> &crate::link::Fanout<T>,
    mut decode: impl FnMut(&gst::Sample) -> Option<T> + Send + 'static,
    target: fn(&Shared) -> usize,
) -> gst_app::AppSink {
    // The take of what passes now: changes where the stream was flushed for another.
    let take = Arc::new(AtomicU32::new(shared.wanted.load(Ordering::Acquire)));
    let (of_samples, of_take) = (Arc::clone(shared), Arc::clone(&take));
    let mut place = Place::default();
    let callbacks = gst_app::AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let shared = &of_samples;
        let take = of_take.load(Ordering::Acquire);
        let pts = time_of(&sample, shared, &mut place, take);
        let Some(pts) = pts else { return Ok(gst::FlowSuccess::Ok) };
        (shared.arrived)(pts);
        let Some(what) = decode(&sample) else { return Ok(gst::FlowSuccess::Ok) };
        let over = || {
            shared.closing.load(Ordering::Acquire) != 0
                || shared.wanted.load(Ordering::Acquire) != take
        };
        let fanout = fanout(&shared.link);
        if shared.waits && !fanout.wait_for_room(target(shared), &over) {
            return Err(gst::FlowError::Flushing);
        }
        fanout.push(Item { take, pts, what: Some(what) });
        Ok(gst::FlowSuccess::Ok)
    });
    let sink = gst_app::AppSink::builder()
        .caps(caps)
        .sync(false)
        .max_buffers(1)
        .enable_last_sample(false)
        .callbacks(callbacks.build())
        .build();
    let wanted = Arc::clone(shared);
    let flushed = move |_: &gst::Pad, info: &mut gst::PadProbeInfo<'_>| {
        if info.event().is_some_and(|event| event.type_() == gst::EventType::FlushStop) {
            take.store(wanted.wanted.load(Ordering::Acquire), Ordering::Release);
        }
        gst::PadProbeReturn::Ok
    };
    if let Some(pad) = sink.static_pad("sink") {
        pad.add_probe(gst::PadProbeType::EVENT_FLUSH, flushed);
    }
    sink
}

/// Where a stream stands on its source's time line.
#[derive(Clone, Copy, Default)]
struct Place {
    take: u32,
    /// How often it has begun again.
    laps: i64,
    /// A file's time that was seen last.
    last: i64,
}

/// A sample's time on the source's time line; what has none, or lies outside, is not to be seen. A file
/// that goes back has begun another lap.
fn time_of(sample: &gst::Sample, shared: &Shared, place: &mut Place, take: u32) -> Option<i64> {
    let buffer = sample.buffer()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let pts = match shared.from {
        None => i64::try_from(segment.to_running_time(buffer.pts()?)?.nseconds()).ok()?,
        Some(from) => {
            let time = i64::try_from(segment.to_stream_time(buffer.pts()?)?.nseconds()).ok()?;
            if place.take != take {
                *place = Place { take, laps: 0, last: time };
            }
            let lap = shared.lap.load(Ordering::Acquire);
            if lap > 0 && time < place.last - lap / 2 {
                place.laps += 1;
            }
            place.last = time;
            time - from + place.laps * lap
        }
    };
    let duration = buffer.duration().map_or(0, gst::ClockTime::nseconds);
    shared.end.fetch_max(pts + i64::try_from(duration).ok()?, Ordering::AcqRel);
    Some(pts)
}

/// GStreamer's error in the operator's words.
fn described(error: &gst::glib::Error, opened: &Opened) -> SourceError {
    let name = match opened {
        Opened::File { path, .. } => path.display().to_string(),
        // A URL may hold a key: only where it goes is named.
        Opened::Live { url } => host_of(url).to_owned(),
    };
    let reason = if error.matches(gst::StreamError::TypeNotFound)
        || error.matches(gst::StreamError::WrongType)
    {
        "this is no film or sound. Choose another file.".to_owned()
    } else if error.matches(gst::CoreError::MissingPlugin)
        || error.matches(gst::StreamError::CodecNotFound)
    {
        "a decoder for it is missing. Install gstreamer1.0-libav and the plugins.".to_owned()
    } else {
        format!("it cannot be played: {}", error.message())
    };
    SourceError { message: format!("{name}: {reason}") }
}

/// The host of a URL with its port, without user, path and query: those may hold a key.
pub fn host_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    let host = &url[start..end];
    host.rsplit_once('@').map_or(host, |(_, host)| host)
}
