//! A live sender and a programme that shows it, on a clock of the test's own: what the jitter buffer, the readers
//! and the sound of a live source make of what a network does.

use std::sync::Arc;

use engine::{FrameIndex, FramePool, Run};
use media::link::{SourceLink, Timed};
use media::source::live::{BufferEvent, JitterBuffer, Latency, Packet};
use media::stream::Stream;
use show::{Format, FrameRate};
use studio::program::live_sound::LiveSound;
use studio::program::slot::Slot;
use studio::program::video_reader::VideoReader;

/// A millisecond, in nanoseconds.
pub const MILLI: i64 = 1_000_000;
/// A second, in nanoseconds.
pub const SECOND: i64 = 1_000 * MILLI;

/// The seconds over which the value of a sample runs from 0 to 1.
const RAMP: f64 = 4_096.0;
/// The samples of a block of AAC.
const BLOCK: i64 = 1_024;
/// How often the source's thread looks at its buffer.
const STEP: i64 = 10 * MILLI;

/// A sender. Media time is what was in front of the camera; it begins at 0.
pub struct Sender {
    /// Its pictures a second.
    pub rate: FrameRate,
    /// Pictures from one keyframe to the next.
    pub group: u64,
    /// How long it sends, in media time.
    pub length: i64,
    /// When what was filmed at a media time arrives, on the studio's clock, in nanoseconds; `None` if never.
    pub arrives: Box<dyn Fn(Stream, i64) -> Option<i64>>,
    /// The timestamp of a media time, in nanoseconds; it is rounded to milliseconds.
    pub stamp: Box<dyn Fn(Stream, i64) -> i64>,
}

impl Default for Sender {
    /// 25 pictures a second for 30 s, a keyframe each second, all of it half a second after it was filmed.
    fn default() -> Self {
        Self {
            rate: FrameRate::R25,
            group: 25,
            length: 30 * SECOND,
            arrives: Box::new(|_, media| Some(media + SECOND / 2)),
            stamp: Box::new(|_, media| media),
        }
    }
}

/// What a programme showed on one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// When the frame was, on the studio's clock, in nanoseconds.
    pub at: i64,
    /// The picture's number.
    pub picture: Option<u64>,
    /// The media time of the sound at its beginning, in nanoseconds; `None` is silence.
    pub sound: Option<i64>,
}

/// What came of a sender.
#[derive(Debug, Default)]
pub struct Played {
    /// Frame by frame.
    pub frames: Vec<Shown>,
    /// What the buffer told, and when.
    pub events: Vec<(i64, BufferEvent)>,
    /// The duration of a picture, in nanoseconds.
    pub picture: i64,
    /// The most packets that waited.
    pub most_bytes: usize,
}

impl Played {
    /// The frames from one time to another.
    pub fn between(&self, from: i64, to: i64) -> &[Shown] {
        let at = |time| self.frames.partition_point(|frame| frame.at < time);
        &self.frames[at(from)..at(to)]
    }

    /// How often a picture was shown again, and how many were left out, between two times.
    pub fn again_and_out(&self, from: i64, to: i64) -> (u64, u64) {
        let frames = self.between(from, to);
        let steps = frames.windows(2).filter_map(|two| Some((two[0].picture?, two[1].picture?)));
        steps.fold((0, 0), |(again, out), (before, now)| match now.checked_sub(before) {
            Some(0) | None => (again + 1, out),
            Some(step) => (again, out + step - 1),
        })
    }

    /// The least and the greatest distance of sound from picture, in nanoseconds: negative is early sound.
    pub fn sync(&self, from: i64, to: i64) -> (i64, i64) {
        let apart = self.between(from, to).iter().filter_map(|frame| {
            let picture = i64::try_from(frame.picture?).expect("not so many") * self.picture;
            Some(picture - frame.sound?)
        });
        apart.fold((i64::MAX, i64::MIN), |(least, most), apart| (least.min(apart), most.max(apart)))
    }

    /// How many frames had no sound.
    pub fn silent(&self, from: i64, to: i64) -> usize {
        self.between(from, to).iter().filter(|frame| frame.sound.is_none()).count()
    }

    /// How long after it was filmed a picture was shown, in nanoseconds, at a time.
    pub fn delay(&self, at: i64) -> Option<i64> {
        let frame = self.between(at, i64::MAX).first()?;
        Some(frame.at - i64::try_from(frame.picture?).ok()? * self.picture)
    }
}

/// A packet on its way: when it arrives, and what is in it: a picture's number or a block's.
type Sent = (i64, Packet<u64>);

impl Sender {
    fn packets(&self) -> Vec<Sent> {
        let mut all = Vec::new();
        // What is sent later arrives later.
        let mut last = [0; 2];
        let mut add = |stream: Stream, media: i64, number, keyframe, bytes| {
            if let Some(at) = (self.arrives)(stream, media) {
                let at = at.max(last[stream.index()]);
                last[stream.index()] = at;
                let stamp = (self.stamp)(stream, media).div_euclid(MILLI) * MILLI;
                let what = number;
                all.push((at, Packet { stream, dts: stamp, pts: stamp, keyframe, bytes, what }));
            }
        };
        for number in 0.. {
            let media = i64::try_from(FrameIndex(number).nanos(self.rate)).expect("not so long");
            if media >= self.length {
                break;
            }
            add(Stream::Picture, media, number, number % self.group == 0, 20_000);
        }
        for number in 0.. {
            let media = number * BLOCK * SECOND / i64::from(Format::AUDIO_RATE);
            if media >= self.length {
                break;
            }
            add(Stream::Sound, media, u64::try_from(number).expect("positive"), true, 400);
        }
        // A sender's packets arrive in the order in which it sends them.
        all.sort_by_key(|(at, packet)| (*at, packet.dts));
        all
    }

    /// Plays it in a programme of this rate, until so long after its last packet.
    pub fn play(&self, latency: Latency, rate: FrameRate) -> Played {
        let mut programme = Programme::new(latency, rate);
        let packets = self.packets();
        let end = packets.last().map_or(0, |(at, _)| *at);
        let mut packets = packets.into_iter().peekable();
        let mut now = 0;
        while now < end + SECOND {
            // The next thing that happens: a packet, a look at the buffer, or a frame.
            let look = (now / STEP + 1) * STEP;
            let frame = programme.next_frame();
            let packet = packets.peek().map_or(i64::MAX, |(at, _)| *at);
            now = look.min(frame).min(packet).max(now);
            if packet <= now
                && let Some((_, packet)) = packets.next()
            {
                programme.receive(packet, now);
            }
            programme.pump(now);
            if frame <= now {
                programme.show();
            }
        }
        let second = u128::from(FrameIndex(1_000_000).nanos(self.rate));
        programme.played.picture = i64::try_from(second / 1_000_000).expect("short");
        programme.played
    }
}

struct Programme {
    buffer: JitterBuffer<u64>,
    link: Arc<SourceLink>,
    reader: VideoReader,
    sound: LiveSound,
    heard: Arc<media::link::Channel<media::link::AudioBlock>>,
    /// One for each picture that is on its way.
    pictures: FramePool,
    frame: FrameIndex,
    rate: FrameRate,
    played: Played,
}

impl Programme {
    fn new(latency: Latency, rate: FrameRate) -> Self {
        let link = Arc::new(SourceLink::default());
        let reader = VideoReader::new(link.video.subscribe(), Some(Arc::clone(&link)));
        let mut buffer = JitterBuffer::new(1, latency);
        if latency.segmented {
            buffer.set_segmented();
        }
        Self {
            buffer,
            reader,
            sound: LiveSound::new(Arc::clone(&link)),
            heard: link.audio.subscribe(),
            link,
            pictures: FramePool::new(16, 16, 64),
            frame: FrameIndex(0),
            rate,
            played: Played::default(),
        }
    }

    fn slot(&self) -> Slot {
        // Frames do not fall on whole milliseconds.
        Slot { frame: self.frame, rate: self.rate, base: 3_700_000 }
    }

    fn next_frame(&self) -> i64 {
        self.slot().base + self.slot().start()
    }

    fn receive(&mut self, packet: Packet<u64>, now: i64) {
        let mut events = Vec::new();
        self.buffer.push(packet, now, &mut events);
        self.note(now, events);
    }

    fn note(&mut self, now: i64, events: Vec<BufferEvent>) {
        self.played.events.extend(events.into_iter().map(|event| (now, event)));
    }

    /// Decodes what is to be decoded, in no time.
    fn pump(&mut self, now: i64) {
        let mut events = Vec::new();
        self.buffer.tick(now, &mut events);
        while let Some(packet) = self.buffer.pop(Stream::Picture, now, &mut events) {
            let mut canvas = self.pictures.take();
            canvas.plane_mut(0).0[..8].copy_from_slice(&packet.what.to_le_bytes());
            let what = Some(canvas.finish());
            self.link.video.push(Timed { take: 1, pts: packet.pts, what });
        }
        while let Some(packet) = self.buffer.pop(Stream::Sound, now, &mut events) {
            let first = i64::try_from(packet.what).expect("not so many") * BLOCK;
            let value = |sample: i64| (1.0 + sample as f64 / 48_000.0) / RAMP;
            let block: Vec<f32> =
                (first..first + BLOCK).flat_map(|sample| [value(sample) as f32; 2]).collect();
            let what: media::link::AudioBlock = Arc::new(block);
            self.link.audio.push(Timed { take: 1, pts: packet.pts, what: Some(what) });
        }
        if let Some(map) = self.buffer.map() {
            self.link.map.store(Arc::new(map));
        }
        self.note(now, events);
    }

    fn show(&mut self) {
        let slot = self.slot();
        self.reader.advance(Run::Free, slot, false);
        let number = |frame: &engine::Frame| {
            let bytes = frame.plane(0).data[..8].try_into().expect("eight bytes");
            u64::from_le_bytes(bytes)
        };
        let picture = self.reader.picture().map(number);
        let (start, end) = (slot.frame.samples(self.rate), slot.frame.next().samples(self.rate));
        let mut samples = vec![0.0; 2 * usize::try_from(end - start).expect("short")];
        let shift = self.reader.standing(show::SourceId(1)).shift;
        let sounds = self.sound.read(&self.heard, (start, slot.base, shift), &mut samples);
        // In the middle, where what softens a jump is over.
        let half = samples.len() / 4;
        let media = f64::from(samples[2 * half]) * RAMP - 1.0;
        let before = half as f64 / 48_000.0;
        // Sound that has just come or gone is neither.
        let earlier = f64::from(samples[2 * (half - 240)]) * RAMP - 1.0;
        let is_whole = sounds && media > -0.5 && (media - earlier - 0.005).abs() < 0.002;
        let sound = is_whole.then_some(((media - before) * 1e9) as i64);
        self.played.frames.push(Shown { at: self.next_frame(), picture, sound });
        self.frame = self.frame.next();
    }
}
