//! What lies between a live source's demuxer and its decoders: pure, times are passed in.
//!
//! Packets come as the network brings them, with whatever timestamps their sender gives them, and leave in time
//! to be decoded before they are due. What is already past when a later keyframe is past as well is not decoded.

use std::collections::VecDeque;

use super::clock_recovery::{ClockEvent, ClockRecovery, Latency};
use super::timeline::Timeline;
use crate::live_map::LiveMap;
use crate::stream::Stream;

const MILLI: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLI;

/// How long before it is due a packet is decoded at the earliest.
const LEAD: i64 = 300 * MILLI;
/// How many pictures are decoded ahead at the most; more would not fit in front of a reader.
const LEAD_PICTURES: i64 = 22;
/// Sound that is past is still decoded for so long: a decoder needs what comes before.
const LEAD_IN: i64 = 100 * MILLI;
/// The most that waits, in bytes.
const MAX_BYTES: usize = 64 << 20;
/// The most that waits, in nanoseconds.
const MAX_NANOS: i64 = 40 * SECOND;

/// A piece of a stream as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet<P> {
    /// Which stream it is of.
    pub stream: Stream,
    /// Its decode timestamp, in nanoseconds: packets of a stream come in the order of these.
    pub dts: i64,
    /// Its presentation timestamp, in nanoseconds.
    pub pts: i64,
    /// Whether it can be decoded without those before it.
    pub keyframe: bool,
    /// Its size.
    pub bytes: usize,
    /// The data.
    pub what: P,
}

/// Something that a jitter buffer has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BufferEvent {
    /// Of its clock.
    Clock(ClockEvent),
    /// The timestamps of a stream have jumped by this much.
    Jumped(Stream, i64),
    /// So many pictures were past before they could be decoded.
    Skipped(u64),
}

/// A live source's jitter buffer.
#[derive(Clone, Debug)]
pub struct JitterBuffer<P> {
    timeline: Timeline,
    clock: ClockRecovery,
    waiting: [VecDeque<Packet<P>>; 2],
    bytes: usize,
    /// The duration of a picture, in nanoseconds; 0 while it is not known.
    picture: i64,
    /// The decode timestamp of the last picture.
    last_picture: Option<i64>,
    /// When something of each stream last came.
    came: [Option<i64>; 2],
    /// When the first packet came.
    began: Option<i64>,
}

impl<P> JitterBuffer<P> {
    /// For a source that was opened for this take.
    pub fn new(take: u32, latency: Latency) -> Self {
        Self {
            timeline: Timeline::default(),
            clock: ClockRecovery::new(take, latency),
            waiting: [VecDeque::new(), VecDeque::new()],
            bytes: 0,
            picture: 0,
            last_picture: None,
            came: [None; 2],
            began: None,
        }
    }

    /// It comes in segments after all; before anything has come.
    pub fn set_segmented(&mut self) {
        self.timeline = Timeline::segmented(MAX_NANOS);
        self.clock.set_segmented();
    }

    /// The map of what leaves; `None` before anything has come.
    pub fn map(&self) -> Option<LiveMap> {
        self.clock.map()
    }

    /// The clock, with the latency as it is and as it should be.
    pub fn clock(&self) -> &ClockRecovery {
        &self.clock
    }

    /// When something of a stream last came, on the studio's clock.
    pub fn came(&self, stream: Stream) -> Option<i64> {
        self.came[stream.index()]
    }

    /// When the first packet came, on the studio's clock.
    pub fn began(&self) -> Option<i64> {
        self.began
    }

    /// The sound is quiet from one time of the source to another.
    pub fn set_pause(&mut self, from: i64, to: i64) {
        self.clock.set_pause(from, to);
    }

    /// Whether it holds all that it may: then whoever fills it has to wait.
    pub fn is_full(&self) -> bool {
        let span = |packets: &VecDeque<Packet<P>>| {
            packets.back().zip(packets.front()).map_or(0, |(last, first)| last.dts - first.dts)
        };
        self.bytes >= MAX_BYTES || self.waiting.iter().any(|packets| span(packets) >= MAX_NANOS)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.iter().all(VecDeque::is_empty)
    }

    /// Takes a packet that arrived at `now`, on the studio's clock. Its timestamps are made those of the map.
    pub fn push(&mut self, packet: Packet<P>, now: i64, events: &mut Vec<BufferEvent>) {
        let Packet { stream, dts, pts, .. } = packet;
        let placed = self.timeline.place(stream, dts, now);
        if let Some(by) = placed.jump {
            events.push(BufferEvent::Jumped(stream, by));
        }
        let dts = dts.saturating_add(placed.correction);
        let pts = pts.saturating_add(placed.correction);
        if stream == Stream::Picture {
            self.learn_picture(dts);
        }
        self.came[stream.index()] = Some(now);
        self.began.get_or_insert(now);
        events.extend(self.clock.observe(stream, dts, now).map(BufferEvent::Clock));
        self.bytes += packet.bytes;
        self.waiting[stream.index()].push_back(Packet { dts, pts, ..packet });
    }

    /// The next packet of a stream that should be decoded by now.
    pub fn pop(
        &mut self,
        stream: Stream,
        now: i64,
        events: &mut Vec<BufferEvent>,
    ) -> Option<Packet<P>> {
        let map = self.clock.map()?;
        self.skip_past(stream, map.source_from_studio(now), events);
        let lead = match self.picture {
            0 => LEAD,
            picture => LEAD.min(LEAD_PICTURES * picture),
        };
        let until = map.source_from_studio(now.saturating_add(lead));
        let packets = &mut self.waiting[stream.index()];
        let packet = packets.pop_front_if(|packet| packet.dts <= until)?;
        self.bytes -= packet.bytes;
        Some(packet)
    }

    /// Corrects the clock, if this is the moment: to be called each some milliseconds.
    pub fn tick(&mut self, now: i64, events: &mut Vec<BufferEvent>) {
        events.extend(self.clock.tick(now).map(BufferEvent::Clock));
    }

    /// Leaves out what is past and not needed for what is not.
    fn skip_past(&mut self, stream: Stream, due: i64, events: &mut Vec<BufferEvent>) {
        let packets = &mut self.waiting[stream.index()];
        let count = match stream {
            Stream::Picture if packets.front().is_some_and(|packet| packet.pts < due) => {
                let is_start = |packet: &Packet<P>| packet.keyframe && packet.pts <= due;
                packets.iter().rposition(is_start).unwrap_or(0)
            }
            Stream::Picture => 0,
            Stream::Sound => packets.iter().take_while(|it| it.pts + LEAD_IN < due).count(),
        };
        let skipped = packets.drain(..count).map(|packet| packet.bytes).sum::<usize>();
        self.bytes -= skipped;
        if count > 0 && stream == Stream::Picture {
            events.push(BufferEvent::Skipped(count as u64));
        }
    }

    /// Learns how long pictures are: what most of them are, in spite of holes and jitter.
    fn learn_picture(&mut self, dts: i64) {
        let gap = self.last_picture.replace(dts).map_or(0, |last| dts - last);
        if gap <= 0 || gap > SECOND {
            return;
        }
        self.picture = match self.picture {
            0 => gap,
            picture => picture + (gap - picture).clamp(-picture / 16, picture / 16) / 4,
        };
        self.clock.set_picture(self.picture);
    }
}
