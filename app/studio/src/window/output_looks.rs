//! What the desk shows of outputs: their counters as rates, losses and times.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use engine::{FrameIndex, OutputState};
use show::{EncodeProfile, FrameRate, OutputId, OutputKind};
use ui::{Notice, OutputLook, Reason};

use super::path::shown;
use crate::program::session::Session;
use crate::program::stage::OutputView;
use crate::window::monitor_link::MonitorLink;
use crate::window::recent_growth::RecentGrowth;

const SECOND: u64 = 1_000_000_000;

/// Follows the running outputs.
#[derive(Default)]
pub struct OutputLooks {
    running: BTreeMap<OutputId, OutputFlow>,
    /// Recordings that were stopped, until their last file is closed.
    ending: Vec<OutputFlow>,
}

/// A run of an output.
struct OutputFlow {
    view: Arc<OutputView>,
    /// When it was first live, on the studio's clock; 0 before.
    live_since: u64,
    bytes: u64,
    kbps: u64,
    /// How many frames its encode had repeated when it began.
    repeated_before: u64,
    dropped: RecentGrowth,
    repeated: RecentGrowth,
    /// Frames that its encode has repeated since it began.
    repeated_total: u64,
    rate: FrameRate,
    /// It is a recording whose end was told, though it was not stopped: it failed.
    is_told: bool,
}

impl OutputFlow {
    fn new(view: &Arc<OutputView>, repeated_before: u64, rate: FrameRate) -> Self {
        Self {
            view: Arc::clone(view),
            rate,
            is_told: false,
            live_since: 0,
            bytes: 0,
            kbps: 0,
            repeated_before,
            dropped: RecentGrowth::default(),
            repeated: RecentGrowth::default(),
            repeated_total: 0,
        }
    }

    fn records(&self) -> bool {
        matches!(self.view.output.kind, OutputKind::Record { .. })
    }

    /// It was stopped: what remains to be told of it, if anything does.
    fn ending(self) -> Option<Self> {
        (self.records() && !self.is_told).then_some(self)
    }

    /// Whether its last file is closed.
    fn is_over(&self) -> bool {
        matches!(self.view.figures.state(), OutputState::Stopped | OutputState::Failed)
    }

    /// Where the recording is, how long and how large; and what it lacks.
    fn recorded(&self) -> Vec<Notice> {
        let OutputView { output, queue, figures } = &*self.view;
        let paths = figures.record.paths();
        let Some(first) = paths.first() else {
            return vec![Notice::Error("recorded-nothing", output.name.clone())];
        };
        let pictures = figures.record.pictures.load(Ordering::Relaxed);
        let seconds = FrameIndex(pictures).nanos(self.rate) / SECOND;
        let key = if paths.len() > 1 { "recorded-files" } else { "recorded" };
        let values = [
            ("time", ui::hours(seconds)),
            ("size", ui::size(figures.record.bytes.load(Ordering::Relaxed))),
            ("count", paths.len().to_string()),
            ("path", shown(first)),
        ];
        let lost = figures.dropped(queue) + self.repeated_total;
        let values_lost = [("name", output.name.clone()), ("count", lost.to_string())];
        let lossy = Notice::Failed(Reason::new("recorded-lossy", values_lost));
        let recorded = Notice::Recorded(Reason::new(key, values), first.clone());
        (lost > 0).then_some(lossy).into_iter().chain([recorded]).collect()
    }

    fn is_of(&self, view: &OutputView) -> bool {
        Arc::ptr_eq(&self.view.figures, &view.figures)
    }
}

impl OutputLooks {
    /// The outputs of the show at this moment.
    pub fn looks(
        &mut self,
        session: &Session,
        snapshot: &engine::Snapshot,
        link: &MonitorLink,
        now: u64,
    ) -> Vec<OutputLook> {
        let running = session.outputs.load();
        self.follow(session, &running, snapshot.show.format.rate);
        let space = link.space.load();
        // The configured bit rate of all recordings together: unlike the measured one it is steady.
        let writes: u64 = running.iter().map(|view| kbps_written(&view.output)).sum();
        let look = |output: &show::Output| {
            let records = matches!(output.kind, OutputKind::Record { .. });
            let mut look = OutputLook::new(output.id, output.name.clone(), records);
            look.state = snapshot.outputs.get(&output.id).copied();
            let kbps = writes.max(kbps_written(output));
            let free = space.get(&output.id).filter(|_| kbps > 0);
            look.disk_left_seconds = free.map(|bytes| bytes * 8 / 1_000 / kbps);
            if let Some(flow) = self.running.get_mut(&output.id) {
                flow.fill(&mut look, repeated(session, flow.view.output.profile), now);
            }
            look
        };
        snapshot.show.outputs.iter().map(look).collect()
    }

    /// Begins with outputs that were started, and forgets those that do not run any more: their state stays
    /// that of the snapshot, for example failed.
    fn follow(&mut self, session: &Session, running: &[Arc<OutputView>], rate: FrameRate) {
        let gone =
            self.running.extract_if(.., |_, flow| !running.iter().any(|view| flow.is_of(view)));
        self.ending.extend(gone.filter_map(|(_, flow)| flow.ending()));
        for view in running {
            let id = view.output.id;
            self.running.entry(id).or_insert_with(|| {
                OutputFlow::new(view, repeated(session, view.output.profile), rate)
            });
        }
    }

    /// Another program runs in place of the one whose outputs these are: its recordings end.
    #[must_use]
    pub fn for_next_program(mut self) -> Self {
        self.ending.extend(self.running.into_values().filter_map(OutputFlow::ending));
        Self { running: BTreeMap::new(), ending: self.ending }
    }

    /// The recordings that have ended since the last call.
    pub fn ended(&mut self) -> Vec<Notice> {
        let mut told = Vec::new();
        self.ending.retain(|flow| {
            let is_over = flow.is_over();
            if is_over {
                told.extend(flow.recorded());
            }
            !is_over
        });
        for flow in self.running.values_mut().filter(|flow| flow.records()) {
            // What it wrote before it failed is there.
            let has_files = !flow.view.figures.record.paths().is_empty();
            if !flow.is_told && flow.is_over() && has_files {
                flow.is_told = true;
                told.extend(flow.recorded());
            }
        }
        told
    }

    /// A little more than a second has passed, which is this long in milliseconds.
    pub fn update_rates(&mut self, outputs: &[OutputLook], millis: u64) {
        for output in outputs {
            if let Some(flow) = self.running.get_mut(&output.id) {
                flow.kbps = output.bytes.saturating_sub(flow.bytes) * 8 / millis;
                flow.bytes = output.bytes;
            }
        }
    }

    /// What was lost so far was seen.
    pub fn reset_losses(&mut self) {
        for flow in self.running.values_mut() {
            flow.dropped.reset();
            flow.repeated.reset();
        }
    }
}

impl OutputFlow {
    /// `repeated` is the count of its encode.
    fn fill(&mut self, look: &mut OutputLook, repeated: u64, now: u64) {
        let OutputView { output, queue, figures } = &*self.view;
        if self.live_since == 0 && figures.state() == OutputState::Live {
            self.live_since = now;
        }
        let bytes = if look.records { &figures.record.bytes } else { &figures.rtmp.sent };
        look.state = Some(figures.state());
        let is_timed = self.live_since > 0;
        look.seconds = if is_timed { (now - self.live_since) / SECOND } else { 0 };
        look.bytes = bytes.load(Ordering::Relaxed);
        look.kbps = self.kbps;
        look.encoder = encoder(output.profile);
        let file = figures.record.paths().pop();
        let name = file.as_deref().and_then(Path::file_name);
        look.file = name.map(|name| name.to_string_lossy().into_owned());
        // An encode that was started again counts from 0.
        self.repeated_before = self.repeated_before.min(repeated);
        self.repeated_total = repeated - self.repeated_before;
        let lately = self.dropped.recent_growth(figures.dropped(queue), now)
            + self.repeated.recent_growth(self.repeated_total, now);
        look.is_losing = lately > 0;
        look.dropped = self.dropped.since_reset();
        look.repeated = self.repeated.since_reset();
        look.ack_age_millis = figures.rtmp.ack_age_millis.load(Ordering::Relaxed);
        let is_stalled = look.state == Some(OutputState::Stalled);
        let limit = media::health::LOST / 1_000_000;
        look.gives_up_millis = is_stalled.then(|| limit.saturating_sub(look.ack_age_millis));
        let next = figures.rtmp.next_try.load(Ordering::Relaxed);
        let waits = look.state == Some(OutputState::Reconnecting) && next > now;
        look.retry_millis = waits.then(|| (next - now) / 1_000_000);
    }
}

/// How many frames the encode with this profile has repeated.
fn repeated(session: &Session, profile: EncodeProfile) -> u64 {
    let wiring = session.shared.wiring.load();
    let encode = wiring.encodes.iter().find(|encode| encode.profile == profile);
    encode.map_or(0, |encode| encode.repeated.load(Ordering::Relaxed))
}

/// The bit rate that an output writes to a disk, in kilobits per second.
fn kbps_written(output: &show::Output) -> u64 {
    let records = matches!(output.kind, OutputKind::Record { .. });
    let profile = output.profile;
    if records { u64::from(profile.video_kbps + profile.audio_kbps) } else { 0 }
}

/// An encoder's name as an operator knows it, with its preset.
fn encoder(profile: EncodeProfile) -> String {
    let name = media::encoders::video().unwrap_or("–");
    format!("{} {}", name.trim_end_matches("enc"), profile.preset.name())
}
