//! The hub behind an encode: writes each output's SEI, keeps the current group of pictures, and puts
//! units into the outputs' queues. It never waits for an output.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use show::{SeiPolicy, SourceId};

use crate::encode::{Bytes, Headers, Sink, Unit, UnitKind};
use crate::queue::{Packet, Queue};
use crate::sei::{self, CanvasInfo, LayoutVolume, StreamInfo};

/// An output that joins later than this after a keyframe waits for the next one; before it, it gets
/// what has gone by since, in nanoseconds.
const JOIN_LATE: i64 = 1_000_000_000;
/// A keyframe is asked for at most once in this time, in nanoseconds, whatever the outputs do.
const ASK_EACH: i64 = 2_000_000_000;
/// Pictures on their way through the encoder of which more is known than is in them.
const MOMENTS: usize = 64;

/// What the layout and volume message says of a frame, but for what it sums up over time.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The frame's time in nanoseconds.
    pub pts: i64,
    /// The wall clock, in milliseconds since 1970.
    pub wall_millis: u64,
    /// The canvas.
    pub canvas: CanvasInfo,
    /// The sources to be seen, `vol` and `vad` not filled in.
    pub streams: Arc<[(SourceId, StreamInfo)]>,
    /// The sources' sound.
    pub levels: Arc<BTreeMap<SourceId, Level>>,
}

/// A source's sound behind its fader, counted since the programme's start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// The sum of the squares of its samples, the mean of both channels.
    pub energy: f64,
    /// How many samples of each channel that is.
    pub samples: u64,
    /// Voice, 0 to 150.
    pub vad: u8,
    /// Whether it does not contribute.
    pub muted: bool,
}

/// Hands an encode's units to its outputs.
#[derive(Debug, Default)]
pub struct Hub {
    state: Mutex<HubState>,
    /// The pictures that came out of the encoder.
    pictures: AtomicU64,
    /// The keyframes among them.
    keyframes: AtomicU64,
}

#[derive(Debug, Default)]
struct HubState {
    headers: Option<Headers>,
    outputs: Vec<(SeiPolicy, Arc<Queue>)>,
    group: Vec<(Unit, Option<Moment>)>,
    moments: VecDeque<Moment>,
    written: Vec<(SeiPolicy, Written)>,
    wants_key: bool,
    asked: Option<i64>,
}

/// What was last written under a policy.
#[derive(Clone, Debug, Default)]
struct Written {
    slot: Option<i64>,
    levels: Arc<BTreeMap<SourceId, Level>>,
    /// The volumes that were told: they hold while no sound has come since.
    volumes: BTreeMap<SourceId, u8>,
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, HubState> {
        // Every change leaves the state whole, so a panic elsewhere takes nothing from it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what is to be said of a frame, before the frame goes into the encoder.
    pub fn moment(&self, moment: Moment) {
        let mut state = self.lock();
        if state.moments.len() == MOMENTS {
            state.moments.pop_front();
        }
        state.moments.push_back(moment);
    }

    /// Adds an output: it starts from a keyframe, the last one if that is not long ago.
    pub fn join(&self, policy: SeiPolicy, queue: Arc<Queue>) {
        let mut state = self.lock();
        if let Some(headers) = &state.headers {
            queue.push(Packet::Headers(headers.clone()));
        }
        state.catch_up(policy, &queue);
        state.outputs.push((policy, queue));
    }

    /// An output that was restarted starts from a keyframe again.
    pub fn rejoin(&self, policy: SeiPolicy, queue: &Queue) {
        queue.restart();
        let mut state = self.lock();
        if let Some(headers) = &state.headers {
            queue.push(Packet::Headers(headers.clone()));
        }
        state.catch_up(policy, queue);
    }

    /// Takes an output away, and closes its queue.
    pub fn leave(&self, queue: &Arc<Queue>) {
        self.lock().outputs.retain(|(_, other)| !Arc::ptr_eq(other, queue));
        queue.close();
    }

    /// Whether the frame at this time should be a keyframe: an output waits, and the next one by the
    /// encoder's own count is more than a second away.
    pub fn takes_key(&self, pts: i64) -> bool {
        let mut state = self.lock();
        let started = state.group.first().map(|(unit, _)| unit.pts);
        let every = state.headers.as_ref().map(|headers| headers.profile.keyframe_millis);
        let (Some(started), Some(every)) = (started, every) else { return false };
        let far = started + i64::from(every) * 1_000_000 - pts > JOIN_LATE;
        let early = state.asked.is_some_and(|asked| pts - asked < ASK_EACH);
        let ask = state.wants_key && far && !early;
        if ask {
            (state.wants_key, state.asked) = (false, Some(pts));
        }
        ask
    }

    /// How many pictures came out of the encoder, and how many of them were keyframes.
    pub fn counts(&self) -> (u64, u64) {
        (self.pictures.load(Ordering::Relaxed), self.keyframes.load(Ordering::Relaxed))
    }
}

impl Sink for Hub {
    fn headers(&self, headers: Headers) {
        let mut state = self.lock();
        state.headers = Some(headers.clone());
        for (policy, queue) in state.outputs.clone() {
            queue.push(Packet::Headers(headers.clone()));
            state.catch_up(policy, &queue);
        }
    }

    fn unit(&self, unit: Unit) {
        let mut state = self.lock();
        if unit.kind != UnitKind::Sound {
            self.pictures.fetch_add(1, Ordering::Relaxed);
            self.keyframes.fetch_add(u64::from(unit.kind == UnitKind::Keyframe), Ordering::Relaxed);
        }
        state.deliver(unit);
    }
}

impl HubState {
    /// Gives a new output what has gone by since the last keyframe, if that is not long ago.
    fn catch_up(&mut self, policy: SeiPolicy, queue: &Queue) {
        let (first, last) = (self.group.first(), self.group.last());
        let (Some((first, _)), Some((last, _))) = (first, last) else { return };
        if last.pts - first.pts > JOIN_LATE {
            self.wants_key = true;
            return;
        }
        let none = Written::default();
        for (index, (unit, moment)) in self.group.iter().enumerate() {
            // The keyframe says what is to be seen; the seconds' messages begin with what follows.
            let said = moment.as_ref().filter(|_| index == 0 && policy.layout_volume.is_some());
            let unit =
                said.map(|moment| with_message(unit, policy, moment, &volumes(moment, &none)));
            let unit = unit.unwrap_or_else(|| self.group[index].0.clone());
            queue.push(Packet::Unit(unit));
        }
    }

    fn deliver(&mut self, unit: Unit) {
        let moment = (unit.kind != UnitKind::Sound).then(|| self.moment_of(unit.pts)).flatten();
        if unit.kind == UnitKind::Keyframe {
            // Sound that came before its picture belongs to the group all the same.
            let start = unit.pts;
            self.group.retain(|(old, _)| {
                old.kind == UnitKind::Sound && old.pts + old.duration as i64 > start
            });
            self.group.insert(0, (unit.clone(), moment.clone()));
            self.wants_key = false;
        } else {
            self.group.push((unit.clone(), moment.clone()));
        }
        if self.headers.is_none() {
            // Nobody could make anything of it yet: it comes with the headers.
            return;
        }
        let mut made: Vec<(SeiPolicy, Unit)> = Vec::new();
        for index in 0..self.outputs.len() {
            let policy = self.outputs[index].0;
            let known = made.iter().find(|(other, _)| *other == policy);
            let unit = match (known, &moment) {
                (Some((_, unit)), _) => unit.clone(),
                (None, Some(moment)) => {
                    let written = self.say(&unit, policy, moment).unwrap_or_else(|| unit.clone());
                    made.push((policy, written.clone()));
                    written
                }
                (None, None) => unit.clone(),
            };
            self.outputs[index].1.push(Packet::Unit(unit));
        }
    }

    fn moment_of(&mut self, pts: i64) -> Option<Moment> {
        // An encoder's clock may round: half a millisecond is less than any frame.
        while let Some(moment) = self.moments.pop_front() {
            if (moment.pts - pts).abs() < 500_000 {
                return Some(moment);
            }
            if moment.pts > pts {
                self.moments.push_front(moment);
                return None;
            }
        }
        None
    }

    /// The unit with its message, if one is due.
    fn say(&mut self, unit: &Unit, policy: SeiPolicy, moment: &Moment) -> Option<Unit> {
        let timing = policy.layout_volume?;
        let at = self.written.iter().position(|(other, _)| *other == policy);
        let at = at.unwrap_or_else(|| {
            self.written.push((policy, Written::default()));
            self.written.len() - 1
        });
        let slot = unit.pts / (i64::from(timing.interval_millis) * 1_000_000);
        let written = &mut self.written[at].1;
        let on_idr = timing.on_idr && unit.kind == UnitKind::Keyframe;
        if written.slot == Some(slot) && !on_idr {
            return None;
        }
        let volumes = volumes(moment, written);
        let unit = with_message(unit, policy, moment, &volumes);
        *written = Written { slot: Some(slot), levels: Arc::clone(&moment.levels), volumes };
        Some(unit)
    }
}

fn with_message(
    unit: &Unit,
    policy: SeiPolicy,
    moment: &Moment,
    volumes: &BTreeMap<SourceId, u8>,
) -> Unit {
    let content = serde_json::to_vec(&message(moment, volumes)).unwrap_or_default();
    let nal = sei::nal(policy.payload_type, &content);
    Unit { data: Bytes::new(sei::insert(&unit.data, &nal)), ..unit.clone() }
}

/// How loud each source was since what was written before.
fn volumes(moment: &Moment, before: &Written) -> BTreeMap<SourceId, u8> {
    let of = |(source, _): &(SourceId, StreamInfo)| {
        let level = moment.levels.get(source).copied().unwrap_or_default();
        let old = before.levels.get(source).copied().unwrap_or_default();
        let told = before.volumes.get(source).copied().unwrap_or_default();
        match level.samples - old.samples {
            0 => (*source, told),
            samples => (*source, volume(level.energy - old.energy, samples)),
        }
    };
    moment.streams.iter().map(of).collect()
}

fn message(moment: &Moment, volumes: &BTreeMap<SourceId, u8>) -> LayoutVolume {
    let stream = moment.streams.iter().map(|(source, info)| {
        let level = moment.levels.get(source).copied().unwrap_or_default();
        StreamInfo {
            vol: volumes.get(source).copied().unwrap_or_default(),
            vad: level.vad,
            muted: level.muted.into(),
            ..info.clone()
        }
    });
    let (canvas, stream) = (moment.canvas, stream.collect());
    LayoutVolume { canvas, stream, ver: sei::VERSION, ts: moment.wall_millis }
}

/// round(255 · min(1, √2 · RMS)): 255 is a full-scale sine.
fn volume(energy: f64, samples: u64) -> u8 {
    let rms = (energy.max(0.0) / samples as f64).sqrt();
    (255.0 * (std::f64::consts::SQRT_2 * rms).min(1.0)).round() as u8
}
