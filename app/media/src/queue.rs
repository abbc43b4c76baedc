//! The queue between an encode and one output, bounded in bytes and in time. On overflow it is cleared,
//! refuses everything up to the next keyframe, and counts what was dropped; the encode never waits.
//! Pictures before an output's first keyframe do not count as dropped, unless that attempt fails: then
//! they belong to the outage.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::encode::{Headers, Unit, UnitKind};

/// An item of an output's queue.
#[derive(Clone, Debug)]
pub enum Packet {
    /// The description of the units that follow: first, and again after an encode was restarted.
    Headers(Headers),
    /// A piece of the stream; the first picture after headers is a keyframe.
    Unit(Unit),
}

/// The bounds of a queue.
#[derive(Clone, Copy, Debug)]
pub struct QueueBounds {
    /// The most bytes.
    pub bytes: usize,
    /// The most time between its first and its last unit, in nanoseconds.
    pub nanos: i64,
    /// Whether the output begins when its peer takes it, and what went by before that is no loss; else it begins with
    /// the first keyframe, whatever that takes.
    pub is_live: bool,
}

impl QueueBounds {
    /// For a destination: what is older than five seconds is no longer live.
    pub const DESTINATION: Self = Self { bytes: 8 << 20, nanos: 5_000_000_000, is_live: true };
    /// For a file: a disk may stall for half a minute before anything is lost.
    pub const RECORDING: Self = Self { bytes: 64 << 20, nanos: 30_000_000_000, is_live: false };
}

/// The result of [`Queue::pop`].
#[derive(Debug)]
pub enum Pop {
    /// The next packet.
    Packet(Packet),
    /// The wait timed out.
    Empty,
    /// The queue is closed and drained.
    Closed,
}

/// A bounded queue with one reader.
#[derive(Debug)]
pub struct Queue {
    bounds: QueueBounds,
    state: Mutex<QueueState>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct QueueState {
    packets: VecDeque<Packet>,
    bytes: usize,
    /// Everything but a keyframe is refused.
    waits_for_keyframe: bool,
    /// What begins at this time or later is not of this output any more.
    ends_at: Option<i64>,
    closed: bool,
    dropped: u64,
    /// No keyframe has been pushed since the output started or restarted.
    is_new: bool,
    /// A keyframe was popped, so that the output has begun.
    has_begun: bool,
    /// The output was restarted at least once, after a failure.
    is_restarted: bool,
    /// Pictures skipped while `is_new`: forgotten once a keyframe is popped, added to `dropped` if the
    /// output has to restart before that.
    skipped: u64,
}

impl Queue {
    /// An empty queue that waits for a keyframe.
    pub fn new(bounds: QueueBounds) -> Self {
        let state = QueueState { waits_for_keyframe: true, is_new: true, ..QueueState::default() };
        Self { bounds, state: Mutex::new(state), filled: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        // Every change leaves the state consistent, so a poisoned lock is still good.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a packet; on overflow the queue is cleared and waits for the next keyframe.
    pub fn push(&self, packet: Packet) {
        let mut state = self.lock();
        if let Packet::Unit(unit) = &packet {
            if state.ends_at.is_some_and(|end| unit.pts >= end) {
                return;
            }
            if unit.kind == UnitKind::Keyframe {
                (state.waits_for_keyframe, state.is_new) = (false, false);
            }
            if state.waits_for_keyframe {
                let picture = u64::from(unit.kind == UnitKind::Picture);
                let is_skipped = state.is_new || state.skips(self.bounds);
                let count = if is_skipped { &mut state.skipped } else { &mut state.dropped };
                *count += picture;
                return;
            }
            if state.bytes + unit.data.len() > self.bounds.bytes
                || unit.pts - first_pts(&state.packets, unit.pts) > self.bounds.nanos
            {
                state.clear(self.bounds);
                if unit.kind != UnitKind::Keyframe {
                    let picture = u64::from(unit.kind == UnitKind::Picture);
                    state.lose(picture, self.bounds);
                    state.waits_for_keyframe = true;
                    return;
                }
            }
            state.bytes += unit.data.len();
        } else {
            // Headers that nothing follows describe nothing: while units are refused they would pile up.
            state.packets.pop_back_if(|last| matches!(last, Packet::Headers(_)));
        }
        state.packets.push_back(packet);
        drop(state);
        self.filled.notify_one();
    }

    /// Whether it refuses everything up to the next keyframe.
    pub fn waits_for_keyframe(&self) -> bool {
        self.lock().waits_for_keyframe
    }

    /// Takes the next packet, waiting up to `wait` for one.
    pub fn pop(&self, wait: Duration) -> Pop {
        let popped = self.take(wait);
        if let Pop::Packet(Packet::Unit(unit)) = &popped
            && unit.kind == UnitKind::Keyframe
        {
            let mut state = self.lock();
            (state.skipped, state.has_begun) = (0, true);
        }
        popped
    }

    /// Drops the next packet, waiting up to `wait` for one: for a destination that is not connected.
    /// False once the queue is closed and drained.
    pub fn drop_next(&self, wait: Duration) -> bool {
        match self.take(wait) {
            Pop::Packet(packet) => self.lock().dropped += u64::from(is_picture(&packet)),
            Pop::Empty => {}
            Pop::Closed => return false,
        }
        true
    }

    fn take(&self, wait: Duration) -> Pop {
        let empty = |state: &mut QueueState| state.packets.is_empty() && !state.closed;
        let waited = self.filled.wait_timeout_while(self.lock(), wait, empty);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match state.packets.pop_front() {
            Some(packet) => {
                if let Packet::Unit(unit) = &packet {
                    state.bytes -= unit.data.len();
                }
                Pop::Packet(packet)
            }
            None if state.closed => Pop::Closed,
            None => Pop::Empty,
        }
    }

    /// Drops everything and waits for the next keyframe: a receiver that reconnects has no use for what
    /// it missed.
    pub fn restart(&self) {
        let mut state = self.lock();
        state.clear(self.bounds);
        state.packets.clear();
        (state.waits_for_keyframe, state.is_new, state.is_restarted) = (true, true, true);
        // The last attempt failed before its first keyframe was sent.
        state.dropped += std::mem::take(&mut state.skipped);
    }

    /// Refuses what begins at this time of the programme or later, in nanoseconds: the output was stopped then, and
    /// still gets what was on its way.
    pub fn end_at(&self, nanos: i64) {
        self.lock().ends_at = Some(nanos);
    }

    /// Closes the queue: nothing more is pushed, and what waits can still be popped.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        if state.is_restarted {
            // It ends while the outage lasts.
            state.dropped += std::mem::take(&mut state.skipped);
        }
        drop(state);
        self.filled.notify_one();
    }

    /// How many packets and bytes of units wait, for whoever watches over the bounds.
    pub fn waiting(&self) -> (usize, usize) {
        let state = self.lock();
        (state.packets.len(), state.bytes)
    }

    /// Whether [`Self::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// How many pictures were dropped, without those before the keyframe that the output started with.
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }
}

impl QueueState {
    /// Whether what goes by now is no loss, unless nothing comes of this attempt.
    fn skips(&self, bounds: QueueBounds) -> bool {
        bounds.is_live && !self.has_begun && !self.is_restarted
    }

    fn lose(&mut self, pictures: u64, bounds: QueueBounds) {
        let skips = self.skips(bounds);
        let count = if skips { &mut self.skipped } else { &mut self.dropped };
        *count += pictures;
    }

    fn clear(&mut self, bounds: QueueBounds) {
        let pictures = self.packets.iter().filter(|packet| is_picture(packet)).count();
        self.lose(pictures as u64, bounds);
        // The last headers still describe what follows.
        let headers = self.packets.iter().rev().find(|packet| matches!(packet, Packet::Headers(_)));
        self.packets = headers.cloned().into_iter().collect();
        self.bytes = 0;
    }
}

fn is_picture(packet: &Packet) -> bool {
    matches!(packet, Packet::Unit(unit) if unit.kind != UnitKind::Sound)
}

fn first_pts(packets: &VecDeque<Packet>, or: i64) -> i64 {
    let first = packets.iter().find_map(|packet| match packet {
        Packet::Unit(unit) => Some(unit.pts),
        Packet::Headers(_) => None,
    });
    first.unwrap_or(or)
}
