//! What a program shares with other threads: its state, its counters and the ends of its channels.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use arc_swap::{ArcSwap, ArcSwapOption};
use crossbeam_channel::{Receiver, Sender};
use crossbeam_queue::ArrayQueue;
use engine::{Command, Event, LogEntry, Needs, Rejection, Report, Snapshot};

use crate::program::audio_thread::SoundLink;
use crate::program::source_input::SourceInput;
use crate::program::view::ProgramView;
use crate::program::wiring::Wiring;

/// How many commands may wait for the next frame.
pub const WAITING_COMMANDS: usize = 1_024;
/// How many reports may wait for the next frame.
pub const WAITING_REPORTS: usize = 256;
/// How many events may wait for a listener; beyond, they are dropped and counted.
pub const WAITING_HAPPENINGS: usize = 1_024;

/// How many inputs of closed sources may wait to be freed; beyond, the program frees them itself.
const RETIRED: usize = 64;

/// An event for the front end or the session log.
#[derive(Clone, Debug)]
pub enum ProgramEvent {
    /// An event of the engine.
    Event(Event),
    /// A command was rejected.
    Refused(Box<Command>, Rejection),
    /// An accepted input, for the session log.
    Entry(LogEntry),
}

/// What a program shares with others: any thread may read it at any time.
pub struct ProgramShared {
    /// What should run.
    pub needs: ArcSwap<Needs>,
    /// What runs.
    pub wiring: ArcSwap<Wiring>,
    /// Whether the stage has started what the first frame needs, as far as that can be started.
    pub is_staged: AtomicBool,
    /// The state after the last frame.
    pub snapshot: ArcSwap<Snapshot>,
    /// The sound.
    pub sound: Arc<SoundLink>,
    /// The counters.
    pub counts: Counts,
    /// The inputs of closed sources, for the stage to free: the pictures that they hold are large.
    pub retired: ArrayQueue<SourceInput>,
    /// Whether there is a window: only then is the view published.
    pub watched: AtomicBool,
    /// The latest view for the monitors.
    pub view: ArcSwapOption<ProgramView>,
}

impl ProgramShared {
    /// The state of a program before its first frame.
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            needs: ArcSwap::default(),
            wiring: ArcSwap::default(),
            is_staged: AtomicBool::new(false),
            snapshot: ArcSwap::from_pointee(snapshot),
            sound: Arc::default(),
            counts: Counts::default(),
            retired: ArrayQueue::new(RETIRED),
            watched: AtomicBool::new(false),
            view: ArcSwapOption::empty(),
        }
    }
}

/// The program thread's counters.
#[derive(Debug, Default)]
pub struct Counts {
    /// Frames that were planned.
    pub frames: AtomicU64,
    /// Frames that were not composed because they were late: the picture before is repeated.
    pub skipped: AtomicU64,
    /// Frames that started more than one period late.
    pub behind: AtomicU64,
    /// Frames that an output should have had and for which no encoder ran yet.
    pub not_encoded: AtomicU64,
    /// Frames for which a file had no picture decoded, in the source with the most.
    pub starved: AtomicU64,
    /// The latest start of a frame, in nanoseconds after its deadline.
    pub latest: AtomicU64,
    /// Time spent on frames, in nanoseconds.
    pub working: AtomicU64,
    /// Happenings that were dropped because nothing took them.
    pub dropped_events: AtomicU64,
}

/// The other ends of a program's channels.
pub struct ChannelEnds {
    /// For commands.
    pub commands: Sender<Command>,
    /// For reports of outputs and preparations.
    pub reports: Sender<Report>,
    /// The program's events.
    pub events: Receiver<ProgramEvent>,
}
