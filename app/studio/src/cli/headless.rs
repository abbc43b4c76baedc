//! `downstage run`: the studio without a window.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, bail};
use compositor::Backend;
use crossbeam_channel::Receiver;
use engine::{
    Command, CommandKind, Deliver, FrameIndex, Issuer, OutputState, ProgramId, StandbyState, Switch,
};
use show::stream_key::trimmed;
use show::{ItemId, Output, OutputId, OutputKind, SecretName, Show, StreamKey};

use crate::cli::live_changes::LiveChanges;
use crate::cli::show_commands;
use crate::exit;
use crate::folders;
use crate::outputs::RunningOutput;
use crate::priority::Priority;
use crate::problems::Problem;
use crate::production::session_log::{Header, LogPlace, SessionLog};
use crate::program::monitor_output::{MonitorDevice, MonitorFault};
use crate::program::program_shared::ProgramEvent;
use crate::program::session::{Options, Session, Studio};
use crate::program::stats;
use crate::shutdown::Shutdown;
use crate::sources::WarmBudget;
use crate::storage::secrets::Secrets;

/// The options of `downstage run`.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// The show file.
    pub show: PathBuf,
    /// For how long to run, in milliseconds; `None` is until a signal.
    pub millis: Option<u64>,
    /// A recording to make.
    pub record: Option<PathBuf>,
    /// Destinations, `rtmp://host/app/key`.
    pub push: Vec<String>,
    /// Commands with their times in milliseconds.
    pub at: Vec<(u64, String)>,
    /// The file for statistics, a JSON line each second.
    pub stats: Option<PathBuf>,
    /// The session log.
    pub session_log: Option<PathBuf>,
    /// Whether to run as fast as possible instead of in real time.
    pub offline: bool,
    /// The compositor, or `None` for the one that suits the machine.
    pub backend: Option<Backend>,
    /// The device that plays the monitor mix, if any.
    pub monitor: Option<MonitorDevice>,
    /// A file of stream keys, in addition to those that are stored.
    pub secrets: Option<PathBuf>,
    /// What it may keep open of what it does not show.
    pub warm: WarmBudget,
}

/// Runs a show to its end and returns the exit code: 0 for success, 2 if an output lost data. Progress
/// goes to `out`, problems to `err`.
///
/// # Errors
/// The show or an option is wrong, or the machine lacks something.
pub fn run(run: &RunOptions, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
    // Before any thread is started. What is not in real time comes before nothing.
    let _priority = (!run.offline).then(Priority::raise);
    let ending = Shutdown::listen()?;
    let show = crate::storage::show_files::load(&run.show)?;
    let faults = show.check();
    if !faults.is_empty() {
        for fault in &faults {
            writeln!(err, "{fault}")?;
        }
        bail!("{}: the show has faults", run.show.display());
    }
    let folder = run.show.parent().map(Path::to_owned).unwrap_or_default();
    let secrets = Secrets::open(folders::secrets_file());
    let studio = Studio::with(secrets).keeping(run.warm);
    if let Some(path) = &run.secrets {
        studio.secrets.read(path)?;
    }
    media::init()?;
    let (show, script) = apply_options(run, show, &studio)?;
    studio.secrets.load(&show)?;
    if !show.outputs.is_empty() {
        media::encode::check()?;
    }
    let options = Options {
        folder,
        backend: run.backend,
        offline: run.offline,
        monitor: run.monitor.clone(),
        script,
        frames: run.millis.map(|millis| frames(&show, millis)),
    };
    let mut log = run.stats.as_deref().map(create).transpose()?.map(BufWriter::new);
    if let Some(path) = &run.session_log {
        // A failure is reported here: its thread would report it only once the program runs.
        create(path)?;
    }
    let before = Arc::new(show.clone());
    let mut session = Session::start(&studio, show, options)?;
    let header = Header::new(session.program, before, !run.offline);
    let shared = Arc::clone(&session.shared);
    let mut printer = StatusPrinter::new(&session, run.session_log.as_deref(), header)?;
    run_session(&mut session, &studio, &ending, (&mut log, &mut printer), (out, err))?;
    let has_failed = session.has_failed();
    if has_failed {
        writeln!(err, "the programme stopped by itself")?;
    }
    ending.begin();
    let mut last = stats::line(&session, &studio.clock);
    let hubs: Vec<_> = shared.wiring.load().encodes.iter().map(|e| Arc::clone(&e.hub)).collect();
    let ended = session.finish();
    last.count_to_the_end(&shared);
    printer.finish_log(shared.counts.frames.load(Ordering::Acquire), err)?;
    let failed = print_summary(&last, &ended, (out, err))?;
    if let Some(log) = &mut log {
        let keyframes = hubs.iter().map(|hub| hub.counts().1).sum();
        let summary = stats::Summary::new(&last, &ended, keyframes);
        serde_json::to_writer(&mut *log, &summary).map_err(io::Error::from)?;
        writeln!(log)?;
        log.flush()?;
    }
    let lost = has_failed || last.left_out > 0 || ended.iter().any(has_lost_data);
    Ok(if lost || failed { exit::LOST } else { exit::DONE })
}

/// Creates a file, or truncates an existing one.
fn create(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("{}: cannot be written", path.display()))
}

/// Whether an output lost data, or never had any.
pub(crate) fn has_lost_data(output: &RunningOutput) -> bool {
    let figures = &output.figures;
    let empty = match output.output.kind {
        OutputKind::Record { .. } => figures.record.pictures.load(Ordering::Relaxed) == 0,
        OutputKind::Rtmp { .. } => figures.live_count.load(Ordering::Relaxed) == 0,
    };
    empty || figures.lost.load(Ordering::Relaxed) || output.queue.dropped() > 0
}

fn frames(show: &Show, millis: u64) -> u64 {
    let (num, den) = show.format.rate.fraction();
    millis * u64::from(num) / (u64::from(den) * 1_000)
}

/// Adds the outputs of the command line to the show, and makes the script of commands.
fn apply_options(
    run: &RunOptions,
    mut show: Show,
    studio: &Studio,
) -> anyhow::Result<(Show, Vec<(FrameIndex, Command)>)> {
    let mut script = Vec::new();
    let mut add = |frame, kind| {
        let (program, origin) = (ProgramId::default(), Issuer::CommandLine);
        script.push((FrameIndex(frame), Command { program, origin, gesture: None, kind }));
    };
    // The first scene is on air from the start, unless another command is given for that time.
    if !run.at.iter().any(|(millis, text)| *millis == 0 && !text.starts_with("start")) {
        if let Some(scene) = show.scenes.first() {
            add(0, CommandKind::Switch(Switch::Take(scene.id)));
        } else if let Some(layout) = show.layouts.first() {
            add(0, CommandKind::Switch(Switch::TakeLayout(layout.id)));
        }
    }
    let mut outputs = Vec::new();
    if let Some(path) = &run.record {
        let here = std::env::current_dir().context("the current folder is gone")?;
        let path = here.join(path).to_string_lossy().into_owned();
        outputs.push(("Recording".to_owned(), OutputKind::Record { path }));
    }
    for (index, url) in run.push.iter().enumerate() {
        let name = SecretName(format!("command-line-{}", index + 1));
        let (url, key) = split_key(url)
            .with_context(|| format!("push {}: write rtmp://host/app/key", index + 1))?;
        studio.secrets.set(name.clone(), key);
        outputs.push((format!("Push {}", index + 1), OutputKind::Rtmp { url, key: name }));
    }
    for (name, kind) in outputs {
        let id = OutputId(show.free_number());
        let (profile, bus, sei) = Default::default();
        let output = Output { id, name, kind, profile, bus, sei };
        show = show.apply(&show::Edit::Add(show::Item::Output(output)))?;
        add(0, CommandKind::Deliver(Deliver::Start(id)));
    }
    for (millis, text) in &run.at {
        add(frames(&show, *millis), show_commands::parse(text)?);
    }
    Ok((show, script))
}

/// Splits `rtmp://host/app/key` into URL and secret. The key is what follows the last slash, with its query; user and
/// password before the host belong to the secret (see [`StreamKey::parse`]).
fn split_key(url: &str) -> Option<(String, String)> {
    let url = trimmed(url);
    let path_end = url.find('?').unwrap_or(url.len());
    let slash = url[..path_end].rfind('/')?;
    let (url, secret) = (&url[..slash], &url[slash + 1..]);
    if url.matches('/').count() < 3 || StreamKey::parse(secret).key.is_empty() {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    Some(match rest.split_once('/')?.0.rsplit_once('@') {
        Some((login, _)) => {
            let url = format!("{scheme}://{}", &rest[login.len() + 1..]);
            (url, format!("{secret} {login}"))
        }
        None => (url.to_owned(), secret.to_owned()),
    })
}

/// Runs the session to its end, and prints statistics, rejections and problems meanwhile.
fn run_session(
    session: &mut Session,
    studio: &Studio,
    ending: &Shutdown,
    (log, printer): (&mut Option<BufWriter<File>>, &mut StatusPrinter),
    (out, err): (&mut dyn Write, &mut dyn Write),
) -> anyhow::Result<()> {
    let clock = &studio.clock;
    let mut next_line = clock.now() + SECOND;
    while !ending.is_requested() && !session.is_over() {
        if !session.beat() {
            break;
        }
        let wait = if session.is_offline() { Duration::ZERO } else { Duration::from_millis(20) };
        printer.print_next(wait, err)?;
        printer.print_problems(session, err)?;
        if clock.now() < next_line {
            continue;
        }
        next_line += SECOND;
        let line = stats::line(session, clock);
        writeln!(out, "{line}")?;
        if let Some(log) = log {
            serde_json::to_writer(&mut *log, &line).map_err(io::Error::from)?;
            writeln!(log)?;
            log.flush()?;
        }
    }
    printer.print_all(err)?;
    Ok(())
}

const SECOND: u64 = 1_000_000_000;

/// Prints rejections and problems, each once.
#[derive(Default)]
struct StatusPrinter {
    printed: BTreeMap<ItemId, Problem>,
    live: LiveChanges,
    /// The printed fault of the monitor device.
    monitor_fault: Option<MonitorFault>,
    events: Option<Receiver<ProgramEvent>>,
    session_log: Option<SessionLog>,
}

impl StatusPrinter {
    /// For a program that has just been started, with its session log.
    fn new(session: &Session, log: Option<&Path>, header: Header) -> io::Result<Self> {
        let (mut session_log, mut events) = (None, session.events.clone());
        if let Some(path) = log {
            let place = LogPlace::File(path.to_owned());
            let (log, handed_on) = SessionLog::start(events, place, header)?;
            (session_log, events) = (Some(log), handed_on);
        }
        Ok(Self { session_log, events: Some(events), ..Self::default() })
    }

    /// Prints the next event, waiting up to `timeout` for one.
    fn print_next(&mut self, timeout: Duration, err: &mut dyn Write) -> io::Result<()> {
        let next = self.events.as_ref().and_then(|it| it.recv_timeout(timeout).ok());
        next.map_or(Ok(()), |event| self.print(&event, err))
    }

    /// Prints all events that wait.
    fn print_all(&mut self, err: &mut dyn Write) -> io::Result<()> {
        let events: Vec<_> = self.events.iter().flat_map(Receiver::try_iter).collect();
        events.iter().try_for_each(|event| self.print(event, err))
    }

    /// Finishes the session log after this many frames, and prints what was still on its way through it.
    fn finish_log(&mut self, frames: u64, err: &mut dyn Write) -> io::Result<()> {
        let error = self.session_log.take().and_then(|log| log.finish(frames));
        error.map_or(Ok(()), |error| writeln!(err, "{error}"))?;
        self.print_all(err)
    }

    fn print(&mut self, event: &ProgramEvent, err: &mut dyn Write) -> io::Result<()> {
        match event {
            ProgramEvent::Refused(_, rejection) => {
                writeln!(err, "refused: {rejection} ({})", rejection.code())
            }
            ProgramEvent::Event(event) => {
                tracing::info!("frame {}: {:?}", event.frame.0, event.kind);
                match &event.kind {
                    engine::EventKind::Rejected(rejection) => writeln!(
                        err,
                        "frame {}: refused: {rejection} ({})",
                        event.frame.0,
                        rejection.code()
                    ),
                    engine::EventKind::WentBack(film) => {
                        writeln!(err, "frame {}: {film} has ended: PGM goes back", event.frame.0)
                    }
                    engine::EventKind::Standby(state) => {
                        let said = match state {
                            StandbyState::Off => "PGM is on air again",
                            StandbyState::Automatic => {
                                "standby on air: PGM's sources are gone, or bring nothing"
                            }
                            StandbyState::AfterFilm => "standby on air: a film has ended",
                            StandbyState::ByHand => "standby on air",
                        };
                        writeln!(err, "frame {}: {said}", event.frame.0)
                    }
                    _ => Ok(()),
                }
            }
            ProgramEvent::Entry(_) => Ok(()),
        }
    }

    fn print_problems(&mut self, session: &Session, err: &mut dyn Write) -> io::Result<()> {
        let fault = session.shared.sound.monitor.devices().fault.clone();
        if fault != self.monitor_fault {
            if let Some(fault) = &fault {
                writeln!(err, "monitor: {fault}")?;
            }
            self.monitor_fault = fault;
        }
        if let Some(error) = self.session_log.as_ref().and_then(SessionLog::take_error) {
            writeln!(err, "{error}")?;
        }
        for line in self.live.lines(session) {
            writeln!(err, "{line}")?;
        }
        let problems = session.problems.all();
        if problems != self.printed {
            for (item, problem) in &problems {
                if self.printed.get(item) != Some(problem) {
                    writeln!(err, "{item}: {problem}")?;
                }
            }
            self.printed = problems;
        }
        Ok(())
    }
}

/// Prints how a program ended, and returns whether an output failed.
pub(crate) fn print_summary(
    last: &stats::ProgramStats,
    ended: &[RunningOutput],
    (out, err): (&mut dyn Write, &mut dyn Write),
) -> io::Result<bool> {
    let mut failed = false;
    writeln!(out, "{}", last.counts())?;
    for output in ended {
        let dropped = output.figures.dropped(&output.queue);
        match &output.output.kind {
            OutputKind::Record { .. } => {
                let record = &output.figures.record;
                let paths = record.paths();
                let paths: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
                let frames = record.pictures.load(Ordering::Relaxed);
                writeln!(out, "{}: {frames} frames, {dropped} dropped", paths.join(", "))?;
            }
            OutputKind::Rtmp { url, .. } => writeln!(
                out,
                "{url}: {} bytes sent, {dropped} frames dropped",
                output.figures.rtmp.sent.load(Ordering::Relaxed)
            )?,
        }
        if output.figures.state() == OutputState::Failed {
            failed = true;
            writeln!(err, "{}: {} failed", output.output.id, output.output.name)?;
        }
    }
    Ok(failed)
}
