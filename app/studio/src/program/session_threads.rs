//! The threads of a program: whatever was started ends with them, also when a later one cannot be started.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use engine::FrameIndex;
use show::FrameRate;

use crate::clock::Clock;
use crate::outputs::RunningOutput;
use crate::program::audio_thread::AudioThread;
use crate::program::lateness::Lateness;
use crate::program::monitor_output::MonitorDevice;
use crate::program::prepare_thread::{PrepareLink, PrepareThread};
use crate::program::program_shared::ProgramShared;
use crate::program::program_thread::{FrameTask, Program};
use crate::program::stage::Stage;
use crate::threads::{self, Spawner};
use crate::wakeup::Wakeup;

/// How long the first frame waits for what it needs, in nanoseconds.
const MAX_STAGING: u64 = 2_000_000_000;
const STAGING_POLL: u64 = 2_000_000;

/// The threads of one program, which end when this is dropped.
pub struct SessionThreads {
    spawner: Spawner,
    stop: Arc<Stop>,
    shared: Arc<ProgramShared>,
    prepare: PrepareLink,
    preparing: Option<JoinHandle<()>>,
    /// `None` outside real time, as are `program` and `monitor`.
    stage: Option<JoinHandle<Stage>>,
    /// Wakes the stage when something else is needed.
    stage_wakeup: Arc<Wakeup>,
    program: Option<JoinHandle<()>>,
    sound: Option<JoinHandle<()>>,
    /// The device thread: outside real time nothing is played.
    monitor: Option<JoinHandle<()>>,
}

/// What the threads of a program own.
pub struct ThreadParts {
    /// The program, before its first frame.
    pub program: Program,
    /// The stage, with nothing running.
    pub stage: Stage,
    /// What prepares pictures and texts.
    pub preparing: PrepareThread,
    /// The device that plays the monitor mix, if any.
    pub monitor: Option<MonitorDevice>,
}

#[derive(Default)]
struct Stop {
    program: AtomicBool,
    stage: AtomicBool,
    sound: AtomicBool,
    monitor: AtomicBool,
    preparing: AtomicBool,
    frames: AtomicU64,
}

impl SessionThreads {
    /// No thread yet, of a program that stops by itself after so many frames.
    pub fn new(
        spawner: Spawner,
        shared: Arc<ProgramShared>,
        prepare: PrepareLink,
        frames: Option<u64>,
    ) -> Self {
        let stop = Arc::new(Stop::default());
        stop.frames.store(frames.unwrap_or(u64::MAX), Ordering::Release);
        Self {
            spawner,
            stop,
            shared,
            prepare,
            preparing: None,
            stage: None,
            stage_wakeup: Arc::default(),
            program: None,
            sound: None,
            monitor: None,
        }
    }

    /// Starts them all. Outside real time its caller drives the program and the stage, which it gets back.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(
        &mut self,
        parts: ThreadParts,
        (clock, rate): (&Clock, FrameRate),
        offline: bool,
    ) -> io::Result<Option<Box<(Program, Stage)>>> {
        let ThreadParts { mut program, stage, preparing, monitor } = parts;
        self.start_preparing(preparing)?;
        let stage = match offline {
            true => Some(stage.outside_real_time()),
            false => {
                self.start_stage(stage, clock)?;
                None
            }
        };
        // The first frame is due a little later, so that it is not late from the start.
        let base = if offline { 0 } else { clock.now() + 5_000_000 };
        let base = i64::try_from(base).unwrap_or(i64::MAX);
        program.begin_at(base);
        self.start_sound(AudioThread::new(Arc::clone(&self.shared.sound), base, offline))?;
        if let Some(stage) = stage {
            return Ok(Some(Box::new((program, stage))));
        }
        self.start_monitor(monitor)?;
        self.start_program(clock.clone(), program, (base, rate))?;
        Ok(None)
    }

    /// Starts the thread that prepares pictures and texts.
    fn start_preparing(&mut self, preparing: PrepareThread) -> io::Result<()> {
        let stop = Arc::clone(&self.stop);
        let thread = self.spawner.spawn("prepare", move || preparing.run(&stop.preparing))?;
        self.preparing = Some(thread);
        Ok(())
    }

    /// Starts a stage on a thread of its own, and waits until what the first frame needs runs: the encoders of
    /// outputs that are asked for from the first frame on, for two seconds at most. Frames that they miss
    /// beyond that are counted.
    fn start_stage(&mut self, mut stage: Stage, clock: &Clock) -> io::Result<()> {
        let (stop, wakeup) = (Arc::clone(&self.stop), Arc::clone(&self.stage_wakeup));
        let thread = self.spawner.spawn("stage", move || {
            while !stop.stage.load(Ordering::Acquire) {
                if !stage.look() {
                    wakeup.wait();
                }
            }
            stage
        })?;
        self.stage = Some(thread);
        let until = clock.now() + MAX_STAGING;
        while !self.shared.is_staged.load(Ordering::Acquire) && clock.now() < until {
            clock.wait_until(clock.now() + STAGING_POLL);
        }
        Ok(())
    }

    /// Starts the audio thread.
    fn start_sound(&mut self, sound: AudioThread) -> io::Result<()> {
        let stop = Arc::clone(&self.stop);
        self.sound = Some(self.spawner.spawn("audio", move || sound.run(&stop.sound))?);
        Ok(())
    }

    /// Starts the device thread of the monitor; a requested device is opened and unmuted.
    fn start_monitor(&mut self, device: Option<MonitorDevice>) -> io::Result<()> {
        let (monitor, stop) = (Arc::clone(&self.shared.sound.monitor), Arc::clone(&self.stop));
        if let Some(device) = device {
            monitor.choose(device);
            monitor.set_mute(false);
        }
        self.monitor = Some(self.spawner.spawn("sound-out", move || monitor.run(&stop.monitor))?);
        Ok(())
    }

    /// Starts the program thread, whose frame 0 is due at `base`.
    fn start_program(
        &mut self,
        clock: Clock,
        mut program: Program,
        (base, rate): (i64, FrameRate),
    ) -> io::Result<()> {
        let (stop, shared) = (Arc::clone(&self.stop), Arc::clone(&self.shared));
        let stage = Arc::clone(&self.stage_wakeup);
        let thread = self.spawner.spawn("program", move || {
            let mut needs = shared.needs.load_full();
            let mut lateness = Lateness::new(FrameIndex(1).nanos(rate));
            for n in (0..).map(FrameIndex) {
                let all = n.0 >= stop.frames.load(Ordering::Acquire);
                if all || stop.program.load(Ordering::Acquire) {
                    program.flush(false);
                    return;
                }
                let due = u64::try_from(base).unwrap_or(0) + n.nanos(rate);
                clock.wait_until(due);
                let began = clock.now();
                let late = began.saturating_sub(due);
                let period = n.next().nanos(rate) - n.nanos(rate);
                shared.counts.latest.fetch_max(late, Ordering::Relaxed);
                shared.counts.behind.fetch_add(u64::from(late > period), Ordering::Relaxed);
                // Before the first frame there is nothing that could be repeated in its place.
                let skip = lateness.skips(late) && n.0 > 0;
                program.beat(FrameTask { due: Some(due), skip });
                let worked = clock.now() - began;
                shared.counts.working.fetch_add(worked, Ordering::Relaxed);
                if !skip {
                    lateness.worked(worked);
                }
                let present = shared.needs.load();
                if !Arc::ptr_eq(&present, &needs) {
                    needs = Arc::clone(&present);
                    stage.wake();
                }
            }
        })?;
        self.program = Some(thread);
        Ok(())
    }

    /// Whether the program thread has ended.
    pub fn is_program_over(&self) -> bool {
        self.program.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Whether the stage has ended although nobody ended it: it panicked.
    pub fn is_stage_lost(&self) -> bool {
        self.stage.as_ref().is_some_and(JoinHandle::is_finished)
    }

    /// Whether the program has had all its frames.
    pub fn has_all_frames(&self) -> bool {
        self.shared.counts.frames.load(Ordering::Acquire)
            >= self.stop.frames.load(Ordering::Acquire)
    }

    /// Ends the threads: the program first, then what it needed; again does nothing. `offline` is what its
    /// caller drove. Returns the outputs that ran.
    pub fn end(&mut self, offline: Option<(Program, Stage)>) -> Vec<RunningOutput> {
        let stop = Arc::clone(&self.stop);
        stop.program.store(true, Ordering::Release);
        let _ended = self.program.take().map(JoinHandle::join);
        stop.stage.store(true, Ordering::Release);
        self.stage_wakeup.wake();
        let stage = match offline {
            Some((mut program, stage)) => {
                program.flush(true);
                Some(stage)
            }
            None => self.stage.take().and_then(|stage| stage.join().ok()),
        };
        // Before the encodes: they need the last of the sound.
        stop.sound.store(true, Ordering::Release);
        let _ended = self.sound.take().map(JoinHandle::join);
        stop.monitor.store(true, Ordering::Release);
        self.shared.sound.monitor.wake();
        let ended = stage.map(Stage::end).unwrap_or_default();
        if let Some(monitor) = self.monitor.take() {
            // A driver that hangs is left behind.
            threads::join_within(monitor, Duration::from_millis(500));
        }
        stop.preparing.store(true, Ordering::Release);
        self.prepare.wake();
        let _ended = self.preparing.take().map(JoinHandle::join);
        ended
    }
}

impl Drop for SessionThreads {
    fn drop(&mut self) {
        drop(self.end(None));
    }
}
