//! The hub behind an encode: inserts each output's SEI, keeps the current GOP, and pushes units into
//! the outputs' queues. It never waits for an output.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use show::{SeiPolicy, SourceId};

use crate::encode::{Bytes, Headers, Sink, Unit, UnitKind};
use crate::queue::{Packet, Queue};
use crate::sei::{self, CanvasInfo, LayoutVolume, StreamInfo};

/// An output that joins within this time after a keyframe, in nanoseconds, gets the current GOP; one
/// that joins later waits for the next keyframe.
const JOIN_WINDOW: i64 = 1_000_000_000;
/// An output that waits for the first headers gets what has come so far, if that began within this time.
const HEADERS_WINDOW: i64 = 5_000_000_000;
/// Sound is kept for the keyframe that it belongs to, this long, in nanoseconds: pictures may come out so much later,
/// since a second of them may wait for their encoder.
const SOUND_WINDOW: i64 = 3_000_000_000;
/// The least time between two keyframe requests, in nanoseconds, whatever the outputs do.
const KEYFRAME_REQUEST_INTERVAL: i64 = 2_000_000_000;
/// How many [`FrameInfo`]s are kept for pictures that are inside the encoder.
const MAX_FRAMES: usize = 64;

/// What the layout and volume message says about one frame, except for the volumes since the last one.
#[derive(Clone, Debug)]
pub struct FrameInfo {
    /// The frame's time in nanoseconds.
    pub pts: i64,
    /// The wall clock, in milliseconds since 1970.
    pub wall_millis: u64,
    /// The canvas.
    pub canvas: CanvasInfo,
    /// The visible sources, with `vol` and `vad` not filled in yet.
    pub streams: Arc<[(SourceId, StreamInfo)]>,
    /// The sources' sound.
    pub levels: Arc<BTreeMap<SourceId, Level>>,
}

/// A source's sound behind its fader, counted since the programme's start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// The sum of the squares of its samples, the mean of both channels.
    pub energy: f64,
    /// How many samples per channel that is.
    pub samples: u64,
    /// Voice activity, 0 to 150.
    pub vad: u8,
    /// Whether it does not contribute to the programme.
    pub muted: bool,
}

/// Distributes an encode's units to its outputs.
#[derive(Debug, Default)]
pub struct Hub {
    state: Mutex<HubState>,
    /// The pictures that came out of the encoder.
    pictures: AtomicU64,
    /// The keyframes among them.
    keyframes: AtomicU64,
    /// The time of the newest of them, plus one; 0 before the first.
    newest_picture: AtomicI64,
}

#[derive(Debug, Default)]
struct HubState {
    headers: Option<Headers>,
    outputs: Vec<(SeiPolicy, Arc<Queue>)>,
    group: Vec<(Unit, Option<FrameInfo>)>,
    /// The latest time of any unit so far.
    newest: i64,
    frames: VecDeque<FrameInfo>,
    written: Vec<(SeiPolicy, LastMessage)>,
    wants_keyframe: bool,
    /// When a keyframe was last requested.
    requested_at: Option<i64>,
}

/// The last message written under a policy.
#[derive(Clone, Debug, Default)]
struct LastMessage {
    slot: Option<i64>,
    levels: Arc<BTreeMap<SourceId, Level>>,
    /// The volumes it had: repeated while no sound has come since.
    volumes: BTreeMap<SourceId, u8>,
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, HubState> {
        // Every change leaves the state consistent, so a poisoned lock is still good.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records what the message says about a frame, before the frame goes into the encoder.
    pub fn add_frame(&self, info: FrameInfo) {
        let mut state = self.lock();
        if state.frames.len() == MAX_FRAMES {
            state.frames.pop_front();
        }
        state.frames.push_back(info);
    }

    /// Adds an output. It starts with the current GOP if that is recent, else with the next keyframe.
    pub fn join(&self, policy: SeiPolicy, queue: Arc<Queue>) {
        let mut state = self.lock();
        if let Some(headers) = &state.headers {
            queue.push(Packet::Headers(headers.clone()));
        }
        state.catch_up(policy, &queue, JOIN_WINDOW);
        state.outputs.push((policy, queue));
    }

    /// Restarts an output's queue, so that it begins with a keyframe again.
    pub fn rejoin(&self, policy: SeiPolicy, queue: &Queue) {
        queue.restart();
        let mut state = self.lock();
        if let Some(headers) = &state.headers {
            queue.push(Packet::Headers(headers.clone()));
        }
        state.catch_up(policy, queue, JOIN_WINDOW);
    }

    /// Removes an output and closes its queue.
    pub fn leave(&self, queue: &Arc<Queue>) {
        let mut state = self.lock();
        let HubState { outputs, written, .. } = &mut *state;
        outputs.retain(|(_, other)| !Arc::ptr_eq(other, queue));
        written.retain(|(policy, _)| outputs.iter().any(|(other, _)| other == policy));
        drop(state);
        queue.close();
    }

    /// Whether the frame at this time should be forced to a keyframe: an output waits for one, and the
    /// encoder's next regular one is more than a second away. True counts as a request.
    pub fn requests_keyframe(&self, pts: i64) -> bool {
        let mut state = self.lock();
        let started = state.group.first().map(|(unit, _)| unit.pts);
        let every = state.headers.as_ref().map(|headers| headers.profile.keyframe_millis);
        let (Some(started), Some(every)) = (started, every) else { return false };
        let far = started + i64::from(every) * 1_000_000 - pts > JOIN_WINDOW;
        let early = state.requested_at.is_some_and(|at| pts - at < KEYFRAME_REQUEST_INTERVAL);
        let request = state.wants_keyframe && far && !early;
        if request {
            (state.wants_keyframe, state.requested_at) = (false, Some(pts));
        }
        request
    }

    /// The time of the newest picture that came out of the encoder, in nanoseconds of the programme.
    pub fn newest_picture(&self) -> Option<i64> {
        let at = self.newest_picture.load(Ordering::Acquire);
        (at > 0).then(|| at - 1)
    }

    /// How many units of the current GOP are kept, for whoever watches over the bounds.
    pub fn held_units(&self) -> usize {
        self.lock().group.len()
    }

    /// For how many message policies the last message is kept, for whoever watches over the bounds.
    pub fn held_policies(&self) -> usize {
        self.lock().written.len()
    }

    /// How many pictures came out of the encoder, and how many of them were keyframes.
    pub fn counts(&self) -> (u64, u64) {
        (self.pictures.load(Ordering::Relaxed), self.keyframes.load(Ordering::Relaxed))
    }
}

impl Sink for Hub {
    fn headers(&self, headers: Headers) {
        let mut state = self.lock();
        // Who has waited since before the first headers has missed nothing of what waited with it.
        let window = if state.headers.is_none() { HEADERS_WINDOW } else { JOIN_WINDOW };
        state.headers = Some(headers.clone());
        for (policy, queue) in state.outputs.clone() {
            queue.push(Packet::Headers(headers.clone()));
            state.catch_up(policy, &queue, window);
        }
    }

    fn unit(&self, unit: Unit) {
        let mut state = self.lock();
        if unit.kind != UnitKind::Sound {
            self.pictures.fetch_add(1, Ordering::Relaxed);
            self.keyframes.fetch_add(u64::from(unit.kind == UnitKind::Keyframe), Ordering::Relaxed);
        }
        let (pts, is_sound) = (unit.pts, unit.kind == UnitKind::Sound);
        state.deliver(unit);
        if !is_sound {
            // Once the outputs have it.
            self.newest_picture.fetch_max(pts.saturating_add(1), Ordering::Release);
        }
    }
}

impl HubState {
    /// Gives a new output the current GOP if that began within `window`; else asks for a keyframe.
    fn catch_up(&mut self, policy: SeiPolicy, queue: &Queue, window: i64) {
        let Some((first, _)) = self.group.first() else { return };
        if self.newest - first.pts > window {
            self.wants_keyframe = true;
            return;
        }
        let none = LastMessage::default();
        for (index, (unit, info)) in self.group.iter().enumerate() {
            // The keyframe carries the layout; the periodic messages begin with the units that follow.
            let due = info.as_ref().filter(|_| index == 0 && policy.layout_volume.is_some());
            let unit = due.map(|info| with_message(unit, policy, info, &volumes(info, &none)));
            let unit = unit.unwrap_or_else(|| self.group[index].0.clone());
            queue.push(Packet::Unit(unit));
        }
    }

    fn deliver(&mut self, unit: Unit) {
        let info = (unit.kind != UnitKind::Sound).then(|| self.take_frame_info(unit.pts)).flatten();
        if unit.kind == UnitKind::Keyframe {
            // Sound of this GOP may come out of its encoder before the keyframe.
            let start = unit.pts;
            self.group.retain(|(old, _)| {
                old.kind == UnitKind::Sound && old.pts + old.duration as i64 > start
            });
            self.group.insert(0, (unit.clone(), info.clone()));
            self.wants_keyframe = false;
        } else {
            self.group.push((unit.clone(), info.clone()));
        }
        self.newest = self.newest.max(unit.pts);
        self.trim();
        if self.headers.is_none() {
            // It cannot be decoded yet: outputs get it together with the headers.
            return;
        }
        let mut made: Vec<(SeiPolicy, Unit)> = Vec::new();
        for index in 0..self.outputs.len() {
            let policy = self.outputs[index].0;
            let known = made.iter().find(|(other, _)| *other == policy);
            let unit = match (known, &info) {
                (Some((_, unit)), _) => unit.clone(),
                (None, Some(info)) => {
                    let written = self.add_due_message(&unit, policy, info);
                    let written = written.unwrap_or_else(|| unit.clone());
                    made.push((policy, written.clone()));
                    written
                }
                (None, None) => unit.clone(),
            };
            let queue = &self.outputs[index].1;
            let begins = unit.kind == UnitKind::Keyframe && queue.waits_for_keyframe();
            queue.push(Packet::Unit(unit));
            if begins {
                // The sound that came out of its encoder before it was refused.
                let sound = self.group.iter().filter(|(unit, _)| unit.kind == UnitKind::Sound);
                sound.for_each(|(unit, _)| queue.push(Packet::Unit(unit.clone())));
            }
        }
    }

    /// Who joins late waits for the next keyframe: of a group that is older than that only the beginning counts,
    /// and the sound that the next one may begin with.
    fn trim(&mut self) {
        let window = if self.headers.is_none() { HEADERS_WINDOW } else { JOIN_WINDOW };
        let Some((first, _)) = self.group.first() else { return };
        if self.newest - first.pts <= window {
            return;
        }
        let since = self.newest - SOUND_WINDOW;
        let mut index = 0;
        self.group.retain(|(unit, _)| {
            index += 1;
            index == 1 || (unit.kind == UnitKind::Sound && unit.pts > since)
        });
    }

    fn take_frame_info(&mut self, pts: i64) -> Option<FrameInfo> {
        // An encoder may round timestamps: half a millisecond is less than any frame.
        while let Some(info) = self.frames.pop_front() {
            if (info.pts - pts).abs() < 500_000 {
                return Some(info);
            }
            if info.pts > pts {
                self.frames.push_front(info);
                return None;
            }
        }
        None
    }

    /// The unit with the layout and volume message inserted, if one is due.
    fn add_due_message(
        &mut self,
        unit: &Unit,
        policy: SeiPolicy,
        info: &FrameInfo,
    ) -> Option<Unit> {
        let timing = policy.layout_volume?;
        let at = self.written.iter().position(|(other, _)| *other == policy);
        let at = at.unwrap_or_else(|| {
            self.written.push((policy, LastMessage::default()));
            self.written.len() - 1
        });
        let slot = unit.pts / (i64::from(timing.interval_millis) * 1_000_000);
        let written = &mut self.written[at].1;
        let on_idr = timing.on_idr && unit.kind == UnitKind::Keyframe;
        if written.slot == Some(slot) && !on_idr {
            return None;
        }
        let volumes = volumes(info, written);
        let unit = with_message(unit, policy, info, &volumes);
        *written = LastMessage { slot: Some(slot), levels: Arc::clone(&info.levels), volumes };
        Some(unit)
    }
}

fn with_message(
    unit: &Unit,
    policy: SeiPolicy,
    info: &FrameInfo,
    volumes: &BTreeMap<SourceId, u8>,
) -> Unit {
    let content = serde_json::to_vec(&message(info, volumes)).unwrap_or_default();
    let nal = sei::nal(policy.payload_type, &content);
    Unit { data: Bytes::new(sei::insert(&unit.data, &nal)), ..unit.clone() }
}

/// The volume of each visible source since the last message.
fn volumes(info: &FrameInfo, before: &LastMessage) -> BTreeMap<SourceId, u8> {
    let of = |(source, _): &(SourceId, StreamInfo)| {
        let level = info.levels.get(source).copied().unwrap_or_default();
        let old = before.levels.get(source).copied().unwrap_or_default();
        let last = before.volumes.get(source).copied().unwrap_or_default();
        // A source that was removed and comes again counts from 0.
        let (energy, samples) = match level.samples.checked_sub(old.samples) {
            Some(samples) => (level.energy - old.energy, samples),
            None => (level.energy, level.samples),
        };
        (*source, if samples == 0 { last } else { volume(energy, samples) })
    };
    info.streams.iter().map(of).collect()
}

fn message(info: &FrameInfo, volumes: &BTreeMap<SourceId, u8>) -> LayoutVolume {
    let stream = info.streams.iter().map(|(source, stream)| {
        let level = info.levels.get(source).copied().unwrap_or_default();
        StreamInfo {
            vol: volumes.get(source).copied().unwrap_or_default(),
            vad: level.vad,
            muted: level.muted.into(),
            ..stream.clone()
        }
    });
    let (canvas, stream) = (info.canvas, stream.collect());
    LayoutVolume { canvas, stream, ver: sei::VERSION, ts: info.wall_millis }
}

/// round(255 · min(1, √2 · RMS)): 255 is a full-scale sine.
fn volume(energy: f64, samples: u64) -> u8 {
    let rms = (energy.max(0.0) / samples as f64).sqrt();
    (255.0 * (std::f64::consts::SQRT_2 * rms).min(1.0)).round() as u8
}
