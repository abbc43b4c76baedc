//! Gathers what the desk shows, for each of its frames.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use engine::SourceState;
use media::decoders::has_hardware;
use show::{ItemId, OutputKind, SecretName, Show, SourceId, StreamKey};
use ui::{
    KeyLook, KeyPlace, Look, LoudnessLook, MonitorLook, Notice, OutputLook, Reason, Status,
    StripLook,
};

use super::{reasons, usage};
use crate::clock;
use crate::program::monitor_output::{MonitorDevice, MonitorOutput};
use crate::program::session::{Session, Studio};
use crate::program::stats;
use crate::storage::secrets::{KeyStorage, Secrets};
use crate::window::films;
use crate::window::monitor_link::MonitorLink;
use crate::window::output_looks::OutputLooks;
use crate::window::pgm_watch::PgmWatch;
use crate::window::recent_growth::RecentGrowth;
use crate::window::source_looks;

/// How often the status is updated, in nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// Gathers what the desk shows, with what it needs to turn counters into rates.
#[derive(Default)]
pub struct LookBuilder {
    /// The counters at the last update of the status.
    counted: Option<Counters>,
    status: Status,
    late: RecentGrowth,
    repeated: RecentGrowth,
    outputs: OutputLooks,
    pgm: PgmWatch,
    /// Whether there are decoders that use a graphics card, once that was looked up.
    has_hardware_decoders: Option<bool>,
}

impl LookBuilder {
    /// What the desk shows in this frame, with new notices.
    pub fn look(
        &mut self,
        session: &Session,
        studio: &Studio,
        link: &MonitorLink,
        notices: Vec<Notice>,
    ) -> Look {
        let snapshot = session.shared.snapshot.load_full();
        let mut notices = notices;
        notices.extend(self.outputs.ended());
        let now = studio.clock.now();
        let outputs = self.outputs.looks(session, &snapshot, link, now);
        if self.counted.is_none_or(|counted| now >= counted.at + SECOND) {
            self.update_status(session, studio, &outputs, now);
        }
        self.status.clock = wall_clock();
        let meters = session.shared.sound.loudest();
        let strips = meters.strips.iter();
        let programme = &meters.programme;
        let monitors = link.newest.load();
        let problems = problems(session, &snapshot, link);
        let health = monitors.as_ref().map(|monitors| {
            let measured = (monitors.frame, &monitors.measured);
            self.pgm.look(&snapshot, measured, &link.posters.load(), (programme.peak, now))
        });
        let films = monitors.as_ref().map(|monitors| {
            let (frame, positions) = (monitors.frame, &monitors.measured.positions);
            films::films(&snapshot, frame, positions, &link.posters.load().pictures)
        });
        let keys = keys(&snapshot.show, &studio.secrets);
        Look {
            frame: monitors.as_ref().map_or(snapshot.next, |monitors| monitors.frame),
            snapshot,
            thumbnails: link.thumbnails.load_full(),
            sources: source_looks::of(session, now),
            pvw: monitors.as_ref().map(|monitors| monitors.pvw.clone()),
            pgm: monitors.as_ref().map(|monitors| monitors.pgm.clone().into()),
            health: health.unwrap_or_default(),
            films: films.unwrap_or_default(),
            tracks: Arc::clone(&link.posters.load().tracks),
            strips: strips.map(|s| StripLook { source: s.source, peak: s.peak }).collect(),
            loudness: LoudnessLook {
                peak: programme.peak,
                true_peak: programme.true_peak[0].max(programme.true_peak[1]),
                short_term: programme.short_term,
                integrated: programme.integrated,
            },
            monitor: monitor(&session.shared.sound.monitor),
            outputs,
            keys,
            problems,
            notices,
            foreign_file: None,
            recovery: None,
            file: ui::FileLook::default(),
            paths: None,
            screens: None,
            cameras: None,
            microphones: None,
            preview: link.preview.newest(),
            chosen: None,
            has_hardware_decoders: *self.has_hardware_decoders.get_or_insert_with(has_hardware),
            status: self.status.clone(),
        }
    }

    /// For the program that runs in place of the last one: recordings that end with that are still told.
    #[must_use]
    pub fn for_next_program(self) -> Self {
        Self { outputs: self.outputs.for_next_program(), ..Self::default() }
    }

    /// What was lost so far was seen: its counts begin at 0 again.
    pub fn reset_losses(&mut self) {
        self.outputs.reset_losses();
        self.late.reset();
        self.repeated.reset();
        let status = &mut self.status;
        (status.late, status.repeated) = (0, 0);
        (status.late_lately, status.repeated_lately) = (0, 0);
    }

    fn update_status(
        &mut self,
        session: &Session,
        studio: &Studio,
        outputs: &[OutputLook],
        now: u64,
    ) {
        // A little more than a second has passed: rates are over the actual time.
        let since = self.counted.map_or(0, |counted| counted.at);
        let millis = ((now - since) / 1_000_000).max(1);
        self.outputs.update_rates(outputs, millis);
        let line = stats::line(session, &studio.clock);
        let working = session.shared.counts.working.load(Ordering::Relaxed);
        let new = Counters {
            at: now,
            frames: line.frames,
            working,
            ticks: usage::cpu_ticks(),
            encoding: usage::encode_nanos(),
        };
        let old = self.counted.replace(new);
        let mut status = Status {
            late_lately: self.late.recent_growth(line.late, now),
            repeated_lately: self.repeated.recent_growth(line.repeated, now),
            late: self.late.since_reset(),
            repeated: self.repeated.since_reset(),
            encoder: outputs
                .iter()
                .map(|output| &output.encoder)
                .max()
                .cloned()
                .unwrap_or_default(),
            encode_queue: fullest_encode(session),
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
            // The time of an encode that has ended is gone with its threads.
            status.encoder_percent = new.encoding.saturating_sub(old.encoding) / millis / 10_000;
        }
        self.status = status;
    }
}

/// How many pictures waited for the fullest encode since this was last asked, and how many may.
fn fullest_encode(session: &Session) -> Option<(u64, u64)> {
    let wiring = session.shared.wiring.load();
    let filled = wiring.encodes.iter().map(|encode| {
        let most = encode.fullest_lately.swap(0, Ordering::Relaxed);
        (most, encode.pictures.capacity() as u64)
    });
    filled.max_by_key(|(most, room)| most * 1_000 / room.max(&1))
}

/// Counters since the start.
#[derive(Clone, Copy, Debug, Default)]
struct Counters {
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

/// The shortest time for which a recording has disk space, among the running ones if there are any.
fn disk_left(outputs: &[OutputLook]) -> Option<u64> {
    let least = |runs: bool| {
        let of = outputs.iter().filter(|output| output.records && output.runs() == runs);
        of.filter_map(|output| output.disk_left_seconds).min()
    };
    least(true).or_else(|| least(false))
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

/// The stream keys of the show that are known.
fn keys(show: &Show, secrets: &Secrets) -> BTreeMap<SecretName, KeyLook> {
    let names = show.outputs.iter().filter_map(|output| match &output.kind {
        OutputKind::Rtmp { key, .. } => Some(key),
        OutputKind::Record { .. } => None,
    });
    let place = |kept| match kept {
        Some(KeyStorage::Keyring) => KeyPlace::Keyring,
        Some(KeyStorage::File(file)) => KeyPlace::File(file),
        None => KeyPlace::Memory,
    };
    let look = |name| {
        let place = place(secrets.storage(name)?);
        let login = secrets.get(name).and_then(|secret| StreamKey::parse(&secret).login);
        Some(KeyLook { place, user: login.map(|login| login.user) })
    };
    names.filter_map(|name| Some((name.clone(), look(name)?))).collect()
}

/// The current problems, including those of posters; a poster's is left out while its source runs.
fn problems(
    session: &Session,
    snapshot: &engine::Snapshot,
    link: &MonitorLink,
) -> BTreeMap<ItemId, Reason> {
    let all = session.problems.all();
    let mut all: BTreeMap<_, _> =
        all.iter().map(|(id, problem)| (*id, reasons::problem(problem))).collect();
    for (id, fault) in &link.posters.load().faults {
        let runs = |(source, state): (&SourceId, &SourceState)| {
            ItemId::from(*source) == *id && matches!(state, SourceState::Live | SourceState::Cued)
        };
        if !snapshot.sources.iter().any(runs) {
            all.entry(*id).or_insert_with(|| reasons::problem(fault));
        }
    }
    all
}

/// The local time of day.
fn wall_clock() -> String {
    clock::local_time(i64::try_from(clock::wall_millis()).unwrap_or(0))
}
