//! The statistics of a running program, as text and as JSON. They contain no secrets.

use std::fmt;
use std::sync::atomic::Ordering;

use engine::OutputState;
use media::queue::Queue;
use serde::Serialize;
use show::OutputKind;

use crate::clock::Clock;
use crate::outputs::{OutputCounts, RunningOutput};
use crate::program::backend;
use crate::program::program_shared::ProgramShared;
use crate::program::session::Session;

/// The statistics at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct ProgramStats {
    /// Seconds since the studio's start.
    pub seconds: u64,
    /// Frames that were planned.
    pub frames: u64,
    /// Frames that repeated the picture before, in the encode with the most.
    pub repeated: u64,
    /// Pictures that reached an encode more than a frame late, in the encode with the most.
    pub late: u64,
    /// Frames that an output should have had, and for which no encoder ran yet.
    pub not_encoded: u64,
    /// Frames that were left out at the end, since the encoder was too far behind, in the encode with the most.
    pub left_out: u64,
    /// Frames for which a file had no picture decoded and the one before was repeated, in the source with the
    /// most.
    pub starved: u64,
    /// Frames whose sound was mixed like the one before.
    pub sound_repeated: u64,
    /// Samples of sources that were due and missing.
    pub samples_missed: u64,
    /// Samples that an AAC encoder did not take in time, in the encode with the most.
    pub samples_not_encoded: u64,
    /// The latest start of a frame so far, in microseconds after its deadline.
    pub latest_micros: u64,
    /// The mean time for a frame on the program thread, in microseconds.
    pub frame_micros: u64,
    /// The compositor.
    pub compositor: &'static str,
    /// Momentary loudness of the programme in LUFS.
    pub loudness: f32,
    /// True peak of the programme in dBTP.
    pub true_peak: f32,
    /// The needed sources.
    pub sources: Vec<SourceLine>,
    /// The running encodes.
    pub encodes: Vec<EncodeLine>,
    /// The running outputs.
    pub outputs: Vec<OutputLine>,
}

/// An encode's statistics.
#[derive(Clone, Debug, Serialize)]
pub struct EncodeLine {
    /// Pictures that wait for it now.
    pub waiting: usize,
    /// The most that ever waited.
    pub fullest: u64,
    /// How many may wait: beyond, they are dropped, and the one before is repeated.
    pub room: usize,
}

/// A source's statistics.
#[derive(Clone, Debug, Serialize)]
pub struct SourceLine {
    /// Its id.
    pub id: String,
    /// Its state.
    pub state: Option<engine::SourceState>,
    /// Pictures that were received or decoded ahead and wait for the programme now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<usize>,
    /// The fewest that waited while a film ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fewest: Option<u64>,
    /// The latency that a live source has, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_millis: Option<i64>,
    /// The latency that it should have, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_target_millis: Option<i64>,
    /// Its problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// An output's statistics.
#[derive(Clone, Debug, Serialize)]
pub struct OutputLine {
    /// Its id.
    pub id: String,
    /// Its file, or its URL without the key.
    pub place: String,
    /// Its state.
    pub state: OutputState,
    /// Bytes written or sent.
    pub bytes: u64,
    /// Bytes that wait to be written or sent.
    pub waiting_bytes: usize,
    /// Pictures dropped.
    pub dropped: u64,
    /// Pictures recorded.
    pub pictures: u64,
    /// How long ago the peer last acknowledged bytes, in milliseconds.
    pub ack_age_millis: u64,
    /// Connection attempts.
    pub connections: u64,
    /// Messages of the server that mean nothing to us.
    pub ignored: u64,
    /// Its problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// The statistics at the end of a program.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Frames that were planned.
    pub frames: u64,
    /// See [`ProgramStats::repeated`].
    pub repeated: u64,
    /// See [`ProgramStats::late`].
    pub late: u64,
    /// See [`ProgramStats::not_encoded`].
    pub not_encoded: u64,
    /// See [`ProgramStats::left_out`].
    pub left_out: u64,
    /// See [`ProgramStats::starved`].
    pub starved: u64,
    /// Keyframes of all encodes.
    pub keyframes: u64,
    /// The outputs as they ended.
    pub ended: Vec<OutputLine>,
}

/// The current statistics of a program.
pub fn line(session: &Session, clock: &Clock) -> ProgramStats {
    let counts = &session.shared.counts;
    let sound = &session.shared.sound;
    let meters = sound.meters.load();
    let (repeated, late) = encoded(&session.shared);
    let frames = counts.frames.load(Ordering::Relaxed);
    let snapshot = session.shared.snapshot.load();
    let problems = session.problems.all();
    let needs = session.shared.needs.load();
    let wiring = session.shared.wiring.load();
    let sources = needs.sources.iter().map(|need| {
        let wired = wiring.sources.iter().find(|wired| wired.id == need.source.id);
        let live = wired.and_then(|wired| Some(wired.pushed.as_ref()?.live.get()));
        let live = live.filter(|live| live.target > 0);
        SourceLine {
            id: need.source.id.to_string(),
            state: snapshot.sources.get(&need.source.id).copied(),
            waiting: wired.map(|wired| wired.video.waiting()),
            fewest: wired.and_then(|wired| wired.video.fewest_waiting()),
            latency_millis: live.map(|live| live.latency / 1_000_000),
            latency_target_millis: live.map(|live| live.target / 1_000_000),
            trouble: problems.get(&need.source.id.into()).map(ToString::to_string),
        }
    });
    let encodes = wiring.encodes.iter().map(|encode| EncodeLine {
        waiting: encode.pictures.len(),
        fullest: encode.fullest.load(Ordering::Relaxed),
        room: encode.pictures.capacity(),
    });
    let encodes = encodes.collect();
    let sources = sources.collect();
    let running = session.outputs.load();
    let outputs = running.iter().map(|view| {
        let trouble = problems.get(&view.output.id.into()).map(ToString::to_string);
        output_line(&view.output, &view.queue, &view.figures, trouble)
    });
    ProgramStats {
        seconds: clock.now() / 1_000_000_000,
        frames,
        repeated,
        late,
        not_encoded: counts.not_encoded.load(Ordering::Relaxed),
        left_out: left_out(&session.shared),
        starved: counts.starved.load(Ordering::Relaxed),
        sound_repeated: sound.repeated.load(Ordering::Relaxed),
        samples_missed: sound.missed.load(Ordering::Relaxed),
        samples_not_encoded: samples_not_encoded(&session.shared),
        latest_micros: counts.latest.load(Ordering::Relaxed) / 1_000,
        frame_micros: counts.working.load(Ordering::Relaxed) / frames.max(1) / 1_000,
        compositor: backend::name(session.backend),
        loudness: meters.programme.momentary,
        true_peak: meters.programme.true_peak.iter().copied().fold(f32::MIN, f32::max),
        sources,
        encodes,
        outputs: outputs.collect(),
    }
}

fn left_out(shared: &ProgramShared) -> u64 {
    let wiring = shared.wiring.load();
    let left_out = wiring.encodes.iter().map(|encode| encode.left_out.load(Ordering::Relaxed));
    left_out.max().unwrap_or(0)
}

fn samples_not_encoded(shared: &ProgramShared) -> u64 {
    let wiring = shared.wiring.load();
    wiring.encodes.iter().map(|encode| encode.encoder.lost_samples()).max().unwrap_or(0)
}

/// Frames that were repeated, and pictures that were late, each in the encode with the most.
fn encoded(shared: &ProgramShared) -> (u64, u64) {
    let wiring = shared.wiring.load();
    let counted = wiring.encodes.iter().map(|encode| encode.counts());
    counted.fold((0, 0), |most, now| (most.0.max(now.0), most.1.max(now.1)))
}

fn output_line(
    output: &show::Output,
    queue: &Queue,
    figures: &OutputCounts,
    trouble: Option<String>,
) -> OutputLine {
    let (place, bytes) = match &output.kind {
        OutputKind::Rtmp { url, .. } => (url.clone(), &figures.rtmp.sent),
        OutputKind::Record { path } => (path.clone(), &figures.record.bytes),
    };
    OutputLine {
        id: output.id.to_string(),
        place,
        state: figures.state(),
        bytes: bytes.load(Ordering::Relaxed),
        waiting_bytes: queue.waiting().1,
        dropped: figures.dropped(queue),
        pictures: figures.record.pictures.load(Ordering::Relaxed),
        ack_age_millis: figures.rtmp.ack_age_millis.load(Ordering::Relaxed),
        connections: figures.rtmp.connections.load(Ordering::Relaxed),
        ignored: figures.rtmp.ignored.load(Ordering::Relaxed),
        trouble,
    }
}

impl Summary {
    /// Combines the last statistics with the outputs as they ended.
    pub fn new(last: &ProgramStats, ended: &[RunningOutput], keyframes: u64) -> Self {
        let ended =
            ended.iter().map(|o| output_line(&o.output, &o.queue, &o.figures, None)).collect();
        let ProgramStats { frames, repeated, late, not_encoded, left_out, starved, .. } = *last;
        Self { frames, repeated, late, not_encoded, left_out, starved, keyframes, ended }
    }
}

impl ProgramStats {
    /// Counts what the encodes did until they ended; once the program is finished.
    pub fn count_to_the_end(&mut self, shared: &ProgramShared) {
        let (repeated, late) = encoded(shared);
        (self.repeated, self.late) = (self.repeated.max(repeated), self.late.max(late));
        self.left_out = left_out(shared);
    }

    /// The frames, and those that show a picture again, in words.
    pub fn counts(&self) -> String {
        let Self { frames, repeated, late, not_encoded, left_out, starved, .. } = self;
        let if_any = |count: u64, what: &str| match count {
            0 => String::new(),
            count => format!(", {count} {what}"),
        };
        let (missed, files) = (if_any(*not_encoded, "not encoded"), if_any(*starved, "starved"));
        let left_out = if_any(*left_out, "left out at the end");
        format!("{frames} frames, {repeated} repeated, {late} late{missed}{left_out}{files}")
    }
}

impl fmt::Display for ProgramStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seconds, loudness, .. } = self;
        write!(f, "{seconds:>5} s  {}", self.counts())?;
        write!(f, "  {loudness:.1} LUFS")?;
        for output in &self.outputs {
            let state = format!("{:?}", output.state).to_lowercase();
            write!(f, "  {} {state} {} kB", output.id, output.bytes / 1_000)?;
            if output.dropped > 0 {
                write!(f, " {} dropped", output.dropped)?;
            }
        }
        Ok(())
    }
}
