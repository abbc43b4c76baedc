//! From a decoder's sound to blocks of 48 kHz stereo: its blocks are given times where they have none, channels
//! are mixed down, and what its coding has put before and behind it is cut off.

use std::collections::VecDeque;
use std::sync::Arc;

use gstreamer as gst;
use gstreamer::prelude::*;

use super::channel_mix;
use super::decode_shared::DecodeShared;
use super::delivery::{self, Decode, Route};
use super::lap_end;
use super::laps::PADDING;
use super::silent_track::SilentTrack;
use super::sound_times::SoundTimes;
use crate::link::AudioBlock;
use crate::signal::SignalWatch;
use crate::sound_track::TrackPlace;
use crate::stream::Stream;

/// How many blocks of a file's sound are decoded ahead, and while nothing shows it.
const AHEAD_BLOCKS: usize = 32;
const IDLE_BLOCKS: usize = 8;
/// Samples of one side by which a container rounds its times, a millisecond, and one more.
const ROUNDED: usize = 50;
/// A second, in nanoseconds.
const SECOND: i64 = 1_000_000_000;
const RATE: i64 = show::Format::AUDIO_RATE as i64;

/// The elements behind a decoder's pad, the last of which is our sink. Of a film it is known which of its tracks it is.
pub fn chain(
    pad: &gst::Pad,
    shared: &Arc<DecodeShared>,
    track: Option<TrackPlace>,
) -> Result<[gst::Element; 3], gst::glib::BoolError> {
    let convert = gst::ElementFactory::make("audioconvert").build()?;
    channel_mix::follow(pad, &convert);
    if shared.waits() {
        SoundTimes::default().watch(pad);
    }
    let resample = gst::ElementFactory::make("audioresample").build()?;
    lap_end::hand_on_at(&resample);
    let caps = gst::Caps::builder("audio/x-raw")
        .field("format", if cfg!(target_endian = "little") { "F32LE" } else { "F32BE" })
        .field("layout", "interleaved")
        .field("rate", show::Format::AUDIO_RATE as i32)
        .field("channels", 2_i32)
        .build();
    let route = Route {
        stream: Stream::Sound,
        fanout: |link| &link.audio,
        ahead: |shared| if shared.ahead.is_idle() { IDLE_BLOCKS } else { AHEAD_BLOCKS },
    };
    let decode: Box<dyn Decode<AudioBlock>> = match shared.waits() {
        true => {
            let silence = SilentTrack::new(track, &shared.link.silent_track);
            let signal = Arc::clone(&shared.link.signal);
            Box::new(FilmSound { silence, signal, held: VecDeque::new(), end: 0 })
        }
        false => Box::new(LiveSound(Arc::clone(shared))),
    };
    let sink = delivery::sink(&caps, shared, route, decode);
    sink.set_property("name", "audio");
    Ok([convert, resample, sink.upcast()])
}

fn samples_of(sample: &gst::Sample) -> Option<Vec<f32>> {
    let bytes = sample.buffer()?.map_readable().ok()?;
    let samples = bytes.as_chunks::<4>().0.iter().map(|sample| f32::from_ne_bytes(*sample));
    Some(samples.collect())
}

/// The sound of a live source: its pauses are good moments to put its clock right.
struct LiveSound(Arc<DecodeShared>);

impl Decode<AudioBlock> for LiveSound {
    fn take(
        &mut self,
        sample: &gst::Sample,
        time: i64,
        _start: i64,
        out: &mut Vec<(i64, AudioBlock)>,
    ) {
        let Some(block) = samples_of(sample) else { return };
        if let Some(pts) = sample.buffer().and_then(|buffer| buffer.pts()) {
            self.0.pause.add(pts.nseconds(), &block);
        }
        self.0.link.signal.hear(time.saturating_add(nanos(block.len() / 2)), &block);
        let block: AudioBlock = Arc::new(block);
        out.push((time, block));
    }
}

/// The sound of a film. The last tenth of a second is held back until it is known whether the film goes on:
/// what is behind its end, or that of its lap, is its encoder's.
struct FilmSound {
    silence: SilentTrack,
    signal: Arc<SignalWatch>,
    held: VecDeque<(i64, Vec<f32>)>,
    /// Where what came so far ends.
    end: i64,
}

impl Decode<AudioBlock> for FilmSound {
    fn take(
        &mut self,
        sample: &gst::Sample,
        time: i64,
        start: i64,
        out: &mut Vec<(i64, AudioBlock)>,
    ) {
        let Some(mut block) = samples_of(sample) else { return };
        self.silence.add(&block);
        self.signal.hear(time.saturating_add(nanos(block.len() / 2)), &block);
        let early = frames(start.saturating_sub(time)).min(block.len() / 2);
        block.drain(..2 * early);
        let mut time = time.saturating_add(nanos(early));
        // A hole as short as that is a rounded time.
        let hole = frames(time.saturating_sub(self.end));
        if let (1..ROUNDED, Some(first)) = (hole, block.first_chunk::<2>().copied()) {
            block.splice(0..0, std::iter::repeat_n(first, hole).flatten());
            time = self.end;
        }
        let end = time.saturating_add(nanos(block.len() / 2));
        if !block.is_empty() {
            self.held.push_back((time, block));
            self.end = end;
        }
        let is_free = |(time, block): &(i64, Vec<f32>)| {
            time.saturating_add(nanos(block.len() / 2)).saturating_add(PADDING) <= end
        };
        while self.held.front().is_some_and(is_free) {
            out.extend(self.held.pop_front().map(shared_block));
        }
    }

    fn finish(&mut self, until: i64, out: &mut Vec<(i64, AudioBlock)>) {
        for (time, mut block) in self.held.drain(..) {
            block.truncate(2 * frames(until.saturating_sub(time)).min(block.len() / 2));
            if !block.is_empty() {
                out.push(shared_block((time, block)));
            }
        }
        self.end = until.min(self.end);
    }

    fn clear(&mut self) {
        self.held.clear();
        self.end = 0;
    }
}

fn shared_block((time, block): (i64, Vec<f32>)) -> (i64, AudioBlock) {
    (time, Arc::new(block))
}

/// How many samples of one side fit into so many nanoseconds, to the nearest one; none into less than none.
fn frames(nanos: i64) -> usize {
    let frames =
        (i128::from(nanos) * i128::from(RATE) + i128::from(SECOND / 2)) / i128::from(SECOND);
    usize::try_from(frames.max(0)).unwrap_or(usize::MAX)
}

/// How long so many samples of one side last, in nanoseconds.
fn nanos(frames: usize) -> i64 {
    i64::try_from(frames as i128 * i128::from(SECOND) / i128::from(RATE)).unwrap_or(i64::MAX)
}
