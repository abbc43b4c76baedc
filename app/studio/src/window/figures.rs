//! What the desk is shown: gathered anew for each of its frames.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;

use engine::{OutputState, SourceState};
use show::{EncodeProfile, ItemId, OutputId, OutputKind, SourceId};
use ui::{Look, Loudness, MonitorLook, OutputLook, SourceLook, Status, StripLook, Told};

use crate::ears::{Ears, MonitorDevice};
use crate::monitors::MonitorLink;
use crate::session::{Session, Studio};
use crate::{clock, stats};

/// How often figures are taken, in nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// What is counted from one second to the next.
#[derive(Default)]
pub struct Figures {
    /// When figures were taken last, and how many frames there were.
    taken: (u64, u64),
    status: Status,
    /// CPU time at the last look, in hundredths of a second.
    ticks: u64,
    outputs: BTreeMap<OutputId, Flow>,
}

/// What an output did in the last second.
#[derive(Clone, Copy, Default)]
struct Flow {
    began: u64,
    bytes: u64,
    kbps: u64,
}

impl Figures {
    /// The moment, with what is to be told once.
    pub fn look(
        &mut self,
        session: &Session,
        studio: &Studio,
        link: &MonitorLink,
        told: Vec<Told>,
    ) -> Look {
        let snapshot = session.shared.snapshot.load_full();
        let now = studio.clock.now();
        let outputs = self.outputs(session, &snapshot, link, now);
        if now >= self.taken.0 + SECOND {
            self.second(session, studio, &outputs, now);
        }
        self.status.clock = wall_clock();
        let meters = session.shared.sound.meters.load();
        let strips = meters.strips.iter();
        let programme = &meters.programme;
        let monitors = link.newest.load();
        let notes = notes(session, &snapshot, link);
        Look {
            frame: monitors.as_ref().map_or(snapshot.next, |monitors| monitors.frame),
            snapshot,
            thumbnails: link.thumbnails.load_full(),
            sources: sources(session, studio, now),
            pvw: monitors.as_ref().map(|monitors| monitors.pvw.clone()),
            pgm: monitors.as_ref().map(|monitors| monitors.pgm.clone()),
            strips: strips.map(|s| StripLook { source: s.source, peak: s.peak }).collect(),
            loudness: Loudness {
                peak: programme.peak,
                true_peak: programme.true_peak[0].max(programme.true_peak[1]),
                short_term: programme.short_term,
                integrated: programme.integrated,
            },
            monitor: monitor(&session.shared.sound.ears),
            outputs,
            notes,
            told,
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
        // Whoever looks comes a little late: what was counted is of the time that passed.
        let millis = ((now - self.taken.0) / 1_000_000).max(1);
        for output in outputs {
            if let Some(flow) = self.outputs.get_mut(&output.id) {
                flow.kbps = output.bytes.saturating_sub(flow.bytes) * 8 / millis;
                flow.bytes = output.bytes;
            }
        }
        let line = stats::line(session, &studio.clock);
        let ticks = cpu_ticks();
        let took = ticks.saturating_sub(self.ticks) * 1_000 / millis;
        let made = line.frames.saturating_sub(self.taken.1) * 100_000 / millis;
        let first = self.ticks == 0;
        (self.ticks, self.taken) = (ticks, (now, line.frames));
        self.status = Status {
            rate_hundredths: if first { 0 } else { made },
            late: line.late,
            repeated: line.repeated,
            frame_micros: line.frame_micros,
            encoder: media::encoders::video().unwrap_or("–").to_owned(),
            cpu_percent: if first { 0 } else { took },
            memory_mb: resident_mb(),
            ..Status::default()
        };
    }
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

fn monitor(ears: &Ears) -> MonitorLook {
    let devices = ears.devices();
    let device = match ears.chosen() {
        Some(MonitorDevice::Named(name)) => Some(name),
        Some(MonitorDevice::Default) | None => None,
    };
    MonitorLook {
        level: ears.level(),
        mute: ears.is_muted(),
        peak: ears.peak(),
        device,
        devices: devices.names.clone(),
        fault: devices.fault.clone(),
    }
}

/// What is known of the sources that are open.
fn sources(session: &Session, studio: &Studio, now: u64) -> BTreeMap<SourceId, SourceLook> {
    let millis = |nanos: u64| nanos / 1_000_000;
    let all = studio.hub.doing(session.program).into_iter().map(|doing| {
        let silent_millis = doing.arrived.map(|at| millis(now.saturating_sub(at)));
        let retry_millis = doing.opens_at.map(|at| millis(at.saturating_sub(now)));
        (doing.source, SourceLook { silent_millis, retry_millis })
    });
    all.collect()
}

/// What is wrong, with what is wrong with a poster: a source that runs all the same is well.
fn notes(
    session: &Session,
    snapshot: &engine::Snapshot,
    link: &MonitorLink,
) -> BTreeMap<ItemId, String> {
    let mut notes = session.notes.all();
    for (id, fault) in &link.posters.load().faults {
        let is = |(source, state): (&SourceId, &SourceState)| {
            ItemId::from(*source) == *id && matches!(state, SourceState::Live | SourceState::Cued)
        };
        if !snapshot.sources.iter().any(is) {
            notes.entry(*id).or_insert_with(|| fault.clone());
        }
    }
    notes
}

/// The process's CPU time in hundredths of a second, Linux's tick (proc(5), `/proc/self/stat`, fields
/// 14 and 15); 0 where there is no such file.
fn cpu_ticks() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// Resident memory in megabytes (proc(5), `/proc/self/status`).
fn resident_mb() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1_024
}

/// The local time of day.
fn wall_clock() -> String {
    clock::local_time(i64::try_from(clock::wall_millis()).unwrap_or(0))
}
