//! The audio thread of a program: reads the sources' sound, mixes it, and feeds the encodes and the monitor.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use audio::{Meters, Mixer};
use crossbeam_queue::ArrayQueue;
use engine::{FrameIndex, MixPlan};
use media::hub::Level;
use show::{SourceId, Strip, StripMode};

use crate::program::audio_reader::AudioReader;
use crate::program::monitor_output::{MonitorFeed, MonitorOutput};
use crate::program::slot::PlayPosition;
use crate::program::wiring::Wiring;
use crate::wakeup::Wakeup;

/// How many frames may wait to be mixed: two thirds of a second at 60.
const WAITING: usize = 40;

/// How many frames' meters are kept for a reader that is slower than the frame rate: as many as may be mixed at once.
const HEARD: usize = WAITING;

/// The audio thread's job for one frame.
#[derive(Clone)]
pub struct SoundJob {
    /// The mix plan.
    pub plan: MixPlan,
    /// The first sample of the frame.
    pub start: u64,
    /// The sources to read and the encodes to feed.
    pub wiring: Arc<Wiring>,
    /// The position of each source.
    pub positions: Arc<[PlayPosition]>,
}

/// The link to a program's audio thread, with its results.
pub struct SoundLink {
    jobs: ArrayQueue<SoundJob>,
    wakeup: Wakeup,
    /// Woken when there is room for another job, and when one was mixed.
    room: Wakeup,
    /// Frames that were mixed or dropped.
    mixed: AtomicU64,
    /// Nothing is mixed any more: the thread has ended, or panicked.
    over: AtomicBool,
    /// Frames that were mixed like the one before, because the thread was late.
    pub repeated: AtomicU64,
    /// Samples of sources that were due and missing.
    pub missed: AtomicU64,
    /// The output of the monitor mix.
    pub monitor: Arc<MonitorOutput>,
    /// The meters of the last frame.
    pub meters: ArcSwap<Meters>,
    /// The meters of the frames since the last [`Self::loudest`]; the oldest are dropped.
    heard: ArrayQueue<Arc<Meters>>,
    /// Each source's level since the start, for the layout and volume message.
    pub levels: ArcSwap<BTreeMap<SourceId, Level>>,
}

impl Default for SoundLink {
    fn default() -> Self {
        Self {
            jobs: ArrayQueue::new(WAITING),
            wakeup: Wakeup::default(),
            room: Wakeup::default(),
            mixed: AtomicU64::new(0),
            over: AtomicBool::new(false),
            repeated: AtomicU64::new(0),
            missed: AtomicU64::new(0),
            monitor: Arc::default(),
            meters: ArcSwap::from_pointee(Meters::default()),
            heard: ArrayQueue::new(HEARD),
            levels: ArcSwap::default(),
        }
    }
}

impl SoundLink {
    /// Queues a frame. If the queue is full it is dropped, and mixed like the one before it; with `wait`,
    /// which is never used in real time, the caller waits instead.
    pub fn push(&self, job: SoundJob, wait: bool) {
        let mut job = job;
        while let Err(back) = self.jobs.push(job) {
            if !wait || self.is_over() {
                break;
            }
            job = back;
            self.wakeup.wake();
            self.room.wait_for(Duration::from_millis(2));
        }
        self.wakeup.wake();
    }

    /// Whose strips are muted before the first frame is mixed: the message on that frame says it, too.
    pub fn begin_with(&self, mixer: &show::Mixer) {
        let is_muted = |strip: &&Strip| strip.mute || strip.mode == StripMode::Off;
        let muted = mixer.strips.iter().filter(is_muted);
        let level = |strip: &Strip| (strip.source, Level { muted: true, ..Level::default() });
        self.levels.store(Arc::new(muted.map(level).collect()));
    }

    /// Publishes the meters of a frame.
    pub fn show(&self, meters: Meters) {
        let meters = Arc::new(meters);
        drop(self.heard.force_push(Arc::clone(&meters)));
        self.meters.store(meters);
    }

    /// The meters of the last frame, with the highest peaks since the last call: a reader that is slower
    /// than the frame rate misses no click. For one reader only.
    pub fn loudest(&self) -> Meters {
        let mut all = Meters::clone(&self.meters.load());
        while let Some(heard) = self.heard.pop() {
            for strip in &mut all.strips {
                let before = heard.strips.iter().find(|other| other.source == strip.source);
                raise(&mut strip.peak, before.map_or([0.0; 2], |before| before.peak));
            }
            raise(&mut all.programme.peak, heard.programme.peak);
            raise(&mut all.programme.true_peak, heard.programme.true_peak);
        }
        all
    }

    /// Waits until the sound of this many frames is mixed: outside real time nothing that it needs may be
    /// closed earlier.
    pub fn wait_for(&self, frames: u64) {
        while self.mixed.load(Ordering::Acquire) < frames && !self.is_over() {
            self.room.wait_for(Duration::from_millis(2));
        }
    }

    /// Whether nothing is mixed any more.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

/// Tells whoever waits for the sound that it is over, however its thread ends.
struct EndOfSound(Arc<SoundLink>);

impl Drop for EndOfSound {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Release);
        self.0.room.wake();
    }
}

fn raise(sides: &mut [f32; 2], to: [f32; 2]) {
    sides.iter_mut().zip(to).for_each(|(side, to)| *side = side.max(to));
}

/// The state of an audio thread.
pub struct AudioThread {
    link: Arc<SoundLink>,
    mixer: Mixer,
    readers: Vec<(SourceId, AudioReader)>,
    wiring: Option<Arc<Wiring>>,
    levels: BTreeMap<SourceId, Level>,
    base: i64,
    waits: bool,
    hearing: MonitorFeed,
    last: Option<SoundJob>,
}

impl AudioThread {
    /// For a program that began at `base` on the studio's clock; `waits` is for work outside real time.
    pub fn new(link: Arc<SoundLink>, base: i64, waits: bool) -> Self {
        Self {
            link,
            mixer: Mixer::new(0),
            readers: Vec::new(),
            wiring: None,
            levels: BTreeMap::new(),
            base,
            waits,
            hearing: MonitorFeed::default(),
            last: None,
        }
    }

    /// Mixes until `stop`, and then drains the queue.
    pub fn run(mut self, stop: &AtomicBool) {
        let _end = EndOfSound(Arc::clone(&self.link));
        loop {
            match self.link.jobs.pop() {
                Some(job) => {
                    self.link.room.wake();
                    self.catch_up(&job);
                    let mixed = job.plan.frame.0 + 1;
                    self.mix(job);
                    self.link.mixed.store(mixed, Ordering::Release);
                    self.link.room.wake();
                }
                None if stop.load(Ordering::Acquire) => return,
                None => self.link.wakeup.wait(),
            }
        }
    }

    /// Mixes frames that were dropped like the one before them: sound has no gaps.
    fn catch_up(&mut self, job: &SoundJob) {
        while let Some(last) = self.last.clone() {
            let (next, start) = (last.plan.frame.0 + 1, last.start + u64::from(last.plan.samples));
            if next >= job.plan.frame.0 {
                return;
            }
            self.link.repeated.fetch_add(1, Ordering::Relaxed);
            // Frames differ by a sample in length: the last one takes up the remainder.
            let left = job.plan.frame.0 - next;
            let samples = (job.start - start) / left;
            let samples = u32::try_from(samples).unwrap_or(u32::MAX);
            let plan = MixPlan { frame: FrameIndex(next), samples, ..last.plan };
            self.mix(SoundJob { plan, start, ..last });
        }
    }

    fn mix(&mut self, job: SoundJob) {
        if self.wiring.as_ref().is_none_or(|wiring| !Arc::ptr_eq(wiring, &job.wiring)) {
            self.rewire(&job.wiring);
        }
        let Self { mixer, readers, levels, base, waits, link, hearing, .. } = self;
        let (base, waits) = (*base, *waits);
        let mut missed = 0;
        let mixed = mixer.mix(&job.plan, &mut |source, out| {
            let standing = job.positions.iter().find(|standing| standing.source == source);
            let reader = readers.iter_mut().find(|(id, _)| *id == source);
            let (Some(standing), Some((_, reader))) = (standing, reader) else { return false };
            let before = reader.missed();
            let read = reader.read(standing, (job.start, base), out, waits);
            missed += reader.missed() - before;
            read
        });
        link.missed.fetch_add(missed, Ordering::Relaxed);
        for encode in &job.wiring.encodes {
            // A failed encoder reports it on its bus, which the stage polls.
            let _encoded = encode.encoder.audio(mixed.start, &mixed.programme, waits);
        }
        hearing.play(&mixed.monitor, &link.monitor);
        // A source that was removed is over; if it comes again, it counts from 0.
        levels.retain(|id, _| job.plan.strips.iter().any(|strip| strip.source == *id));
        for meter in &mixed.meters.strips {
            let strip = job.plan.strips.iter().find(|strip| strip.source == meter.source);
            let level = levels.entry(meter.source).or_default();
            level.energy += meter.energy;
            level.samples += u64::from(meter.frames);
            level.vad = meter.vad;
            level.muted = strip.is_none_or(|strip| strip.share == 0.0 || strip.level == 0.0);
        }
        link.levels.store(Arc::new(levels.clone()));
        link.show(mixed.meters.clone());
        self.last = Some(job);
    }

    fn rewire(&mut self, wiring: &Arc<Wiring>) {
        let mut old = std::mem::take(&mut self.readers);
        for wired in &wiring.sources {
            let same =
                |(_, reader): &(SourceId, AudioReader)| Arc::ptr_eq(reader.channel(), &wired.audio);
            let reader = match old.iter().position(same) {
                Some(at) => old.swap_remove(at).1,
                None => {
                    let (audio, live) = (Arc::clone(&wired.audio), wired.pushed.clone());
                    let mut reader = AudioReader::new(audio, live);
                    if old.iter().any(|(id, _)| *id == wired.id) {
                        reader.replace();
                    }
                    reader
                }
            };
            self.readers.push((wired.id, reader));
        }
        self.wiring = Some(Arc::clone(wiring));
    }
}
