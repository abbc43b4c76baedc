//! What the desk is shown: gathered for each of its frames.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;

use engine::{OutputState, SourceState};
use show::{EncodeProfile, ItemId, OutputId, OutputKind, SourceId};
use ui::{
    Look, LoudnessLook, MonitorLook, Notice, OutputLook, Reason, SourceLook, Status, StripLook,
};

use super::{reasons, usage};
use crate::clock;
use crate::program::monitor_output::{MonitorDevice, MonitorOutput};
use crate::program::session::{Session, Studio};
use crate::program::stats;
use crate::window::monitor_link::MonitorLink;

/// How often figures are taken, in nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// What is counted from one second to the next.
#[derive(Default)]
pub struct LookBuilder {
    /// What was counted when figures were taken last.
    counted: Option<Counted>,
    status: Status,
    late: Growing,
    repeated: Growing,
    outputs: BTreeMap<OutputId, OutputFlow>,
}

/// What an output did in the last second.
#[derive(Clone, Copy, Default)]
struct OutputFlow {
    began: u64,
    bytes: u64,
    kbps: u64,
}

impl LookBuilder {
    /// The moment, with what is to be told once.
    pub fn look(
        &mut self,
        session: &Session,
        studio: &Studio,
        link: &MonitorLink,
        told: Vec<Notice>,
    ) -> Look {
        let snapshot = session.shared.snapshot.load_full();
        let now = studio.clock.now();
        let outputs = self.outputs(session, &snapshot, link, now);
        if self.counted.is_none_or(|counted| now >= counted.at + SECOND) {
            self.second(session, studio, &outputs, now);
        }
        self.status.clock = wall_clock();
        let meters = session.shared.sound.loudest();
        let strips = meters.strips.iter();
        let programme = &meters.programme;
        let monitors = link.newest.load();
        let notes = notes(session, &snapshot, link);
        Look {
            frame: monitors.as_ref().map_or(snapshot.next, |monitors| monitors.frame),
            snapshot,
            thumbnails: link.thumbnails.load_full(),
            sources: sources(session, now),
            pvw: monitors.as_ref().map(|monitors| monitors.pvw.clone()),
            pgm: monitors.as_ref().map(|monitors| monitors.pgm.clone().into()),
            strips: strips.map(|s| StripLook { source: s.source, peak: s.peak }).collect(),
            loudness: LoudnessLook {
                peak: programme.peak,
                true_peak: programme.true_peak[0].max(programme.true_peak[1]),
                short_term: programme.short_term,
                integrated: programme.integrated,
            },
            monitor: monitor(&session.shared.sound.monitor),
            outputs,
            problems: notes,
            notices: told,
            file: ui::FileLook::default(),
            paths: None,
            chosen: None,
            status: self.status.clone(),
        }
    }

    fn outputs(
        &mut self,
        session: &Session,
        snapshot: &engine::Snapshot,
        link: &MonitorLink,
        now: u64,
    ) -> Vec<OutputLook> {
        let running = session.outputs.load();
        let space = link.space.load();
        // Bits a second that all recordings write together: as they were asked to, which does not jitter.
        let writes: u64 = running.iter().map(|view| kbps_written(&view.output)).sum();
        let look = |output: &show::Output| {
            let view = running.iter().find(|view| view.output.id == output.id);
            let records = matches!(output.kind, OutputKind::Record { .. });
            let mut look = OutputLook::new(output.id, output.name.clone(), records);
            look.state = snapshot.outputs.get(&output.id).copied();
            let kbps = writes.max(kbps_written(output));
            let free = space.get(&output.id).filter(|_| kbps > 0);
            look.disk_left_seconds = free.map(|bytes| bytes * 8 / 1_000 / kbps);
            let Some(view) = view else {
                // A failure is told until it is started again.
                self.outputs.remove(&output.id);
                return look;
            };
            let flow = self.outputs.entry(output.id).or_default();
            if flow.began == 0 {
                flow.began = now;
            }
            let figures = &view.figures;
            let bytes = if records { &figures.record.bytes } else { &figures.rtmp.sent };
            look.state = Some(figures.state());
            look.seconds = (now - flow.began) / SECOND;
            look.bytes = bytes.load(Ordering::Relaxed);
            look.kbps = flow.kbps;
            look.encoder = encoder(view.output.profile);
            let file = figures.record.paths().pop();
            let name = file.as_deref().and_then(Path::file_name);
            look.file = name.map(|name| name.to_string_lossy().into_owned());
            look.dropped = view.queue.dropped();
            look.ack_age_millis = figures.rtmp.ack_age_millis.load(Ordering::Relaxed);
            let still = look.state == Some(OutputState::Stalled);
            let most = media::health::LOST / 1_000_000;
            look.gives_up_millis = still.then(|| most.saturating_sub(look.ack_age_millis));
            let next = figures.rtmp.next_try.load(Ordering::Relaxed);
            let waits = look.state == Some(OutputState::Reconnecting) && next > now;
            look.retry_millis = waits.then(|| (next - now) / 1_000_000);
            look
        };
        snapshot.show.outputs.iter().map(look).collect()
    }

    fn second(&mut self, session: &Session, studio: &Studio, outputs: &[OutputLook], now: u64) {
        // This runs a little late: what was counted is of the time that passed.
        let since = self.counted.map_or(0, |counted| counted.at);
        let millis = ((now - since) / 1_000_000).max(1);
        for output in outputs {
            if let Some(flow) = self.outputs.get_mut(&output.id) {
                flow.kbps = output.bytes.saturating_sub(flow.bytes) * 8 / millis;
                flow.bytes = output.bytes;
            }
        }
        let line = stats::line(session, &studio.clock);
        let working = session.shared.counts.working.load(Ordering::Relaxed);
        let new = Counted {
            at: now,
            frames: line.frames,
            working,
            ticks: usage::cpu_ticks(),
            encoding: usage::encode_nanos(),
        };
        let old = self.counted.replace(new);
        let mut status = Status {
            late: line.late,
            repeated: line.repeated,
            late_lately: self.late.lately(line.late, now),
            repeated_lately: self.repeated.lately(line.repeated, now),
            encoder: outputs
                .iter()
                .map(|output| &output.encoder)
                .max()
                .cloned()
                .unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64),
            memory_mb: usage::resident_mb(),
            memory_free_mb: usage::free_mb(),
            disk_left_seconds: disk_left(outputs),
            ..Status::default()
        };
        if let Some(old) = old {
            let made = new.frames.saturating_sub(old.frames);
            status.rate_hundredths = made * 100_000 / millis;
            status.frame_micros = (new.working - old.working) / made.max(1) / 1_000;
            status.cpu_percent = new.ticks.saturating_sub(old.ticks) * 1_000 / millis;
            // An encode that has ended takes its threads' time with it.
            status.encoder_percent = new.encoding.saturating_sub(old.encoding) / millis / 10_000;
        }
        self.status = status;
    }
}

/// What is counted from the start on.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    /// When, on the studio's clock.
    at: u64,
    frames: u64,
    /// Nanoseconds that the program thread spent on frames.
    working: u64,
    /// The process's CPU time in hundredths of a second.
    ticks: u64,
    /// Nanoseconds that encoding took.
    encoding: u64,
}

/// A count that only grows, and when it grew last.
#[derive(Clone, Copy, Debug, Default)]
struct Growing {
    count: u64,
    /// When it grew, and what it had been for the while before.
    grew: Option<(u64, u64)>,
}

/// For how long it is said that a count has grown, in nanoseconds.
const LATELY: u64 = 10 * SECOND;

impl Growing {
    /// By how much it has grown lately.
    fn lately(&mut self, count: u64, now: u64) -> u64 {
        if self.grew.is_some_and(|(at, _)| now > at + LATELY) {
            self.grew = None;
        }
        if count > self.count {
            let from = self.grew.map_or(self.count, |(_, from)| from);
            self.grew = Some((now, from));
        }
        self.count = count;
        self.grew.map_or(0, |(_, from)| count - from)
    }
}

/// For how long the recordings have room: the one with the least, of those that run if some do.
fn disk_left(outputs: &[OutputLook]) -> Option<u64> {
    let least = |runs: bool| {
        let of = outputs.iter().filter(|output| output.records && output.runs() == runs);
        of.filter_map(|output| output.disk_left_seconds).min()
    };
    least(true).or_else(|| least(false))
}

/// Kilobits a second that an output writes to a disk.
fn kbps_written(output: &show::Output) -> u64 {
    let records = matches!(output.kind, OutputKind::Record { .. });
    let profile = output.profile;
    if records { u64::from(profile.video_kbps + profile.audio_kbps) } else { 0 }
}

/// An encoder's name as an operator knows it, with how much work it spends.
fn encoder(profile: EncodeProfile) -> String {
    let name = media::encoders::video().unwrap_or("–");
    format!("{} {}", name.trim_end_matches("enc"), profile.preset.name())
}

fn monitor(monitor: &MonitorOutput) -> MonitorLook {
    let devices = monitor.devices();
    let device = match monitor.chosen() {
        Some(MonitorDevice::Named(name)) => Some(name),
        Some(MonitorDevice::Default) | None => None,
    };
    MonitorLook {
        level: monitor.level(),
        mute: monitor.is_muted(),
        peak: monitor.take_peak(),
        device,
        devices: devices.names.clone(),
        fault: devices.fault.as_ref().map(reasons::no_sound),
    }
}

/// What is known of the sources that are open.
fn sources(session: &Session, now: u64) -> BTreeMap<SourceId, SourceLook> {
    let millis = |nanos: u64| nanos / 1_000_000;
    let wiring = session.shared.wiring.load();
    let all = wiring.sources.iter().map(|wired| {
        let silent_millis = wired.status.arrived().map(|at| millis(now.saturating_sub(at)));
        let retry_millis = wired.status.opens_at().map(|at| millis(at.saturating_sub(now)));
        (wired.id, SourceLook { silent_millis, retry_millis })
    });
    all.collect()
}

/// What is wrong, with what is wrong with a poster: a source that runs all the same is well.
fn notes(
    session: &Session,
    snapshot: &engine::Snapshot,
    link: &MonitorLink,
) -> BTreeMap<ItemId, Reason> {
    let notes = session.problems.all();
    let mut notes: BTreeMap<_, _> =
        notes.iter().map(|(id, trouble)| (*id, reasons::trouble(trouble))).collect();
    for (id, fault) in &link.posters.load().faults {
        let is = |(source, state): (&SourceId, &SourceState)| {
            ItemId::from(*source) == *id && matches!(state, SourceState::Live | SourceState::Cued)
        };
        if !snapshot.sources.iter().any(is) {
            notes.entry(*id).or_insert_with(|| reasons::trouble(fault));
        }
    }
    notes
}

/// The local time of day.
fn wall_clock() -> String {
    clock::local_time(i64::try_from(clock::wall_millis()).unwrap_or(0))
}
