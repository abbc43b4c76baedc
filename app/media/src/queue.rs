//! What waits between an encode and one output: bounded in bytes and in time. On overflow it is
//! cleared up to the next keyframe and counted; the encode never waits. Pictures before an output's first
//! keyframe do not count as dropped, unless that attempt fails: then they belong to the outage.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::encode::{Headers, Unit, UnitKind};

/// What an output takes from its queue.
#[derive(Clone, Debug)]
pub enum Packet {
    /// What follows is described by this; first, and again when an encode is restarted.
    Headers(Headers),
    /// A piece of the stream; after each headers the first picture is a keyframe.
    Unit(Unit),
}

/// The bounds of a queue.
#[derive(Clone, Copy, Debug)]
pub struct QueueBounds {
    /// The most bytes.
    pub bytes: usize,
    /// The most time between its first and its last unit, in nanoseconds.
    pub nanos: i64,
}

impl QueueBounds {
    /// To a destination: what is older than five seconds is no longer live.
    pub const DESTINATION: Self = Self { bytes: 8 << 20, nanos: 5_000_000_000 };
    /// To a file: a disk may think for half a minute before anything is lost.
    pub const RECORDING: Self = Self { bytes: 64 << 20, nanos: 30_000_000_000 };
}

/// What came out of a queue.
#[derive(Debug)]
pub enum Popped {
    /// The next packet.
    Packet(Packet),
    /// Nothing came in this time.
    Empty,
    /// Nothing will come any more.
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
    /// Nothing is taken in until a keyframe comes.
    waits_for_key: bool,
    closed: bool,
    dropped: u64,
    /// No keyframe has come since the output began, or began again.
    is_new: bool,
    /// It is not the first beginning: something broke off.
    is_again: bool,
    /// Pictures that went by meanwhile: forgotten once a keyframe is taken out, lost if the output must
    /// begin again instead.
    passed: u64,
}

impl Queue {
    /// An empty queue that takes nothing in before a keyframe.
    pub fn new(bounds: QueueBounds) -> Self {
        let state = QueueState { waits_for_key: true, is_new: true, ..QueueState::default() };
        Self { bounds, state: Mutex::new(state), filled: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        // Every change leaves the state whole, so a panic elsewhere takes nothing from it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a packet in; on overflow what waits is let go, up to the next keyframe.
    pub fn push(&self, packet: Packet) {
        let mut state = self.lock();
        if let Packet::Unit(unit) = &packet {
            if unit.kind == UnitKind::Keyframe {
                (state.waits_for_key, state.is_new) = (false, false);
            }
            if state.waits_for_key {
                let picture = u64::from(unit.kind == UnitKind::Picture);
                let of = if state.is_new { &mut state.passed } else { &mut state.dropped };
                *of += picture;
                return;
            }
            if state.bytes + unit.data.len() > self.bounds.bytes
                || unit.pts - first_pts(&state.packets, unit.pts) > self.bounds.nanos
            {
                state.clear();
                if unit.kind != UnitKind::Keyframe {
                    state.dropped += u64::from(unit.kind == UnitKind::Picture);
                    state.waits_for_key = true;
                    return;
                }
            }
            state.bytes += unit.data.len();
        }
        state.packets.push_back(packet);
        drop(state);
        self.filled.notify_one();
    }

    /// Takes the next packet, waiting for up to `wait`.
    pub fn pop(&self, wait: Duration) -> Popped {
        let popped = self.take(wait);
        if let Popped::Packet(Packet::Unit(unit)) = &popped
            && unit.kind == UnitKind::Keyframe
        {
            self.lock().passed = 0;
        }
        popped
    }

    /// Lets the next packet go, waiting for up to `wait`: there is no receiver; false if nothing will
    /// come any more.
    pub fn let_go(&self, wait: Duration) -> bool {
        match self.take(wait) {
            Popped::Packet(packet) => self.lock().dropped += u64::from(is_picture(&packet)),
            Popped::Empty => {}
            Popped::Closed => return false,
        }
        true
    }

    fn take(&self, wait: Duration) -> Popped {
        let empty = |state: &mut QueueState| state.packets.is_empty() && !state.closed;
        let waited = self.filled.wait_timeout_while(self.lock(), wait, empty);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match state.packets.pop_front() {
            Some(packet) => {
                if let Packet::Unit(unit) = &packet {
                    state.bytes -= unit.data.len();
                }
                Popped::Packet(packet)
            }
            None if state.closed => Popped::Closed,
            None => Popped::Empty,
        }
    }

    /// Lets go all that waits and takes nothing in before the next keyframe: a receiver that comes back
    /// has no use for what it missed.
    pub fn restart(&self) {
        let mut state = self.lock();
        state.clear();
        state.packets.clear();
        (state.waits_for_key, state.is_new, state.is_again) = (true, true, true);
        // Nothing came of the last beginning.
        state.dropped += std::mem::take(&mut state.passed);
    }

    /// Nothing will be put in any more; what waits can still be taken out.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        if state.is_again {
            // It ends as it broke off.
            state.dropped += std::mem::take(&mut state.passed);
        }
        drop(state);
        self.filled.notify_one();
    }

    /// Whether [`Self::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// How many pictures were lost: not those before the keyframe that an output began with.
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }
}

impl QueueState {
    fn clear(&mut self) {
        self.dropped += self.packets.iter().filter(|packet| is_picture(packet)).count() as u64;
        // The description still holds for what comes after.
        self.packets.retain(|packet| matches!(packet, Packet::Headers(_)));
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
