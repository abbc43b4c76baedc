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
use engine::{Command, CommandKind, Deliver, FrameIndex, Issuer, OutputState, ProgramId, Switch};
use show::{ItemId, Output, OutputId, OutputKind, SecretName, Show};

use crate::cli::show_commands;
use crate::exit;
use crate::folders;
use crate::outputs::RunningOutput;
use crate::problems::Problem;
use crate::production::session_log::{Header, LogPlace, SessionLog};
use crate::program::monitor_output::{MonitorDevice, MonitorFault};
use crate::program::program_thread::Happening;
use crate::program::session::{Options, Session, Studio};
use crate::program::stats;
use crate::shutdown::Ending;
use crate::storage::secrets::Secrets;

/// What is to be run.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// The show.
    pub show: PathBuf,
    /// For how long, in milliseconds; without it, until a signal.
    pub millis: Option<u64>,
    /// A recording to be made.
    pub record: Option<PathBuf>,
    /// Destinations, `rtmp://host/app/key`.
    pub push: Vec<String>,
    /// What is done when: milliseconds, and words.
    pub at: Vec<(u64, String)>,
    /// Where statistics go, a JSON line each second.
    pub stats: Option<PathBuf>,
    /// Where everything that was accepted goes, to be played back.
    pub session_log: Option<PathBuf>,
    /// Not in real time.
    pub offline: bool,
    /// Which compositor.
    pub backend: Option<Backend>,
    /// Where the monitor mix is heard, if anywhere.
    pub monitor: Option<MonitorDevice>,
    /// A file of stream keys, beside those that are kept.
    pub secrets: Option<PathBuf>,
}

/// Runs it to its end and yields the exit code: 0 if all was well, 2 if an output lost data. What is
/// worth knowing goes to `out` and `err`.
///
/// # Errors
/// The show or an option is wrong, or the machine lacks something.
pub fn run(wish: &RunOptions, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
    let ending = Ending::listen()?;
    let show = crate::storage::show_files::load(&wish.show)?;
    let faults = show.check();
    if !faults.is_empty() {
        for fault in &faults {
            writeln!(err, "{fault}")?;
        }
        bail!("{}: the show has faults", wish.show.display());
    }
    let folder = wish.show.parent().map(Path::to_owned).unwrap_or_default();
    let studio = Studio::with(Secrets::open(folders::secrets_file()));
    if let Some(path) = &wish.secrets {
        studio.secrets.read(path)?;
    }
    media::init()?;
    let (show, script) = plan(wish, show, &studio)?;
    studio.secrets.load(&show)?;
    if !show.outputs.is_empty() {
        media::encode::check()?;
    }
    let options = Options {
        folder,
        backend: wish.backend,
        offline: wish.offline,
        monitor: wish.monitor.clone(),
        script,
        frames: wish.millis.map(|millis| frames(&show, millis)),
    };
    let mut log = wish.stats.as_deref().map(create).transpose()?.map(BufWriter::new);
    if let Some(path) = &wish.session_log {
        // Its thread would only say so once it runs.
        create(path)?;
    }
    let before = Arc::new(show.clone());
    let mut session = Session::start(&studio, show, options)?;
    let header = Header::new(session.program, before);
    let shared = Arc::clone(&session.shared);
    let mut teller = Teller::new(&session, wish.session_log.as_deref(), header)?;
    watch(&mut session, &studio, &ending, (&mut log, &mut teller), (out, err))?;
    ending.begin();
    let last = stats::line(&session, &studio.clock);
    let hubs: Vec<_> = shared.wiring.load().encodes.iter().map(|e| Arc::clone(&e.hub)).collect();
    let ended = session.finish();
    teller.end_log(shared.counts.frames.load(Ordering::Acquire), err)?;
    let failed = report(&last, &ended, (out, err))?;
    if let Some(log) = &mut log {
        let keyframes = hubs.iter().map(|hub| hub.counts().1).sum();
        let summary = stats::Summary::new(&last, &ended, keyframes);
        serde_json::to_writer(&mut *log, &summary).map_err(io::Error::from)?;
        writeln!(log)?;
        log.flush()?;
    }
    let lost = ended.iter().any(has_lost);
    Ok(if lost || failed { exit::LOST } else { exit::DONE })
}

/// A new file, in the place of what is there.
fn create(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("{}: cannot be written", path.display()))
}

/// Whether an output lost data, or never had any.
pub(crate) fn has_lost(output: &RunningOutput) -> bool {
    let figures = &output.figures;
    let empty = match output.output.kind {
        OutputKind::Record { .. } => figures.record.pictures.load(Ordering::Relaxed) == 0,
        OutputKind::Rtmp { .. } => figures.lives.load(Ordering::Relaxed) == 0,
    };
    empty || figures.lost.load(Ordering::Relaxed) || output.queue.dropped() > 0
}

fn frames(show: &Show, millis: u64) -> u64 {
    let (num, den) = show.format.rate.fraction();
    millis * u64::from(num) / (u64::from(den) * 1_000)
}

/// The show with the outputs that were asked for, and what is done when.
fn plan(
    wish: &RunOptions,
    mut show: Show,
    studio: &Studio,
) -> anyhow::Result<(Show, Vec<(FrameIndex, Command)>)> {
    let mut script = Vec::new();
    let mut add = |frame, kind| {
        let (program, origin) = (ProgramId::default(), Issuer::CommandLine);
        script.push((FrameIndex(frame), Command { program, origin, gesture: None, kind }));
    };
    // Something is on air from the start, unless it is said what.
    if !wish.at.iter().any(|(millis, words)| *millis == 0 && !words.starts_with("start")) {
        if let Some(scene) = show.scenes.first() {
            add(0, CommandKind::Switch(Switch::Take(scene.id)));
        } else if let Some(layout) = show.layouts.first() {
            add(0, CommandKind::Switch(Switch::TakeLayout(layout.id)));
        }
    }
    let mut outputs = Vec::new();
    if let Some(path) = &wish.record {
        let here = std::env::current_dir().context("the current folder is gone")?;
        let path = here.join(path).to_string_lossy().into_owned();
        outputs.push(("Recording".to_owned(), OutputKind::Record { path }));
    }
    for (index, url) in wish.push.iter().enumerate() {
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
    for (millis, text) in &wish.at {
        add(frames(&show, *millis), show_commands::parse(text)?);
    }
    Ok((show, script))
}

/// `rtmp://host/app/key` as URL and key: what follows the last slash is the key, with its query.
fn split_key(url: &str) -> Option<(String, String)> {
    let path_end = url.find('?').unwrap_or(url.len());
    let slash = url[..path_end].rfind('/')?;
    let (url, key) = (&url[..slash], &url[slash + 1..]);
    (url.matches('/').count() >= 3 && !key.is_empty()).then(|| (url.to_owned(), key.to_owned()))
}

/// Tells what happens until it is over.
fn watch(
    session: &mut Session,
    studio: &Studio,
    ending: &Ending,
    (log, teller): (&mut Option<BufWriter<File>>, &mut Teller),
    (out, err): (&mut dyn Write, &mut dyn Write),
) -> anyhow::Result<()> {
    let clock = &studio.clock;
    let mut next_line = clock.now() + SECOND;
    while !ending.is_asked_for() && !session.is_over() {
        if !session.beat() {
            break;
        }
        let wait = if session.is_offline() { Duration::ZERO } else { Duration::from_millis(20) };
        teller.listen(wait, err)?;
        teller.troubles(session, err)?;
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
    teller.all(err)?;
    Ok(())
}

const SECOND: u64 = 1_000_000_000;

/// Says each thing once.
#[derive(Default)]
struct Teller {
    told: BTreeMap<ItemId, Problem>,
    /// Why nothing is heard.
    unheard: Option<MonitorFault>,
    happenings: Option<Receiver<Happening>>,
    session_log: Option<SessionLog>,
}

impl Teller {
    /// For a program that has just been started, with its session log.
    fn new(session: &Session, log: Option<&Path>, header: Header) -> io::Result<Self> {
        let (mut session_log, mut happenings) = (None, session.happenings.clone());
        if let Some(path) = log {
            let place = LogPlace::File(path.to_owned());
            let (log, handed_on) = SessionLog::start(happenings, place, header)?;
            (session_log, happenings) = (Some(log), handed_on);
        }
        Ok(Self { session_log, happenings: Some(happenings), ..Self::default() })
    }

    /// Tells the next that happens within this time.
    fn listen(&mut self, most: Duration, err: &mut dyn Write) -> io::Result<()> {
        let next = self.happenings.as_ref().and_then(|it| it.recv_timeout(most).ok());
        next.map_or(Ok(()), |happening| self.tell(&happening, err))
    }

    /// Tells all that happened.
    fn all(&mut self, err: &mut dyn Write) -> io::Result<()> {
        let happened: Vec<_> = self.happenings.iter().flat_map(Receiver::try_iter).collect();
        happened.iter().try_for_each(|happening| self.tell(happening, err))
    }

    /// Ends the session log after so many frames, and tells what it had not handed on yet.
    fn end_log(&mut self, frames: u64, err: &mut dyn Write) -> io::Result<()> {
        let trouble = self.session_log.take().and_then(|log| log.finish(frames));
        trouble.map_or(Ok(()), |trouble| writeln!(err, "{trouble}"))?;
        self.all(err)
    }

    fn tell(&mut self, happening: &Happening, err: &mut dyn Write) -> io::Result<()> {
        match happening {
            Happening::Refused(_, rejection) => {
                writeln!(err, "refused: {rejection} ({})", rejection.code())
            }
            Happening::Event(event) => {
                tracing::info!("frame {}: {:?}", event.frame.0, event.kind);
                match &event.kind {
                    engine::EventKind::Rejected(rejection) => writeln!(
                        err,
                        "frame {}: refused: {rejection} ({})",
                        event.frame.0,
                        rejection.code()
                    ),
                    _ => Ok(()),
                }
            }
            Happening::Entry(_) => Ok(()),
        }
    }

    fn troubles(&mut self, session: &Session, err: &mut dyn Write) -> io::Result<()> {
        let fault = session.shared.sound.monitor.devices().fault.clone();
        if fault != self.unheard {
            if let Some(fault) = &fault {
                writeln!(err, "monitor: {fault}")?;
            }
            self.unheard = fault;
        }
        if let Some(trouble) = self.session_log.as_ref().and_then(SessionLog::trouble) {
            writeln!(err, "{trouble}")?;
        }
        let problems = session.problems.all();
        if problems != self.told {
            for (item, trouble) in &problems {
                if self.told.get(item) != Some(trouble) {
                    writeln!(err, "{item}: {trouble}")?;
                }
            }
            self.told = problems;
        }
        Ok(())
    }
}

/// Says how a program ended, and yields whether an output failed.
pub(crate) fn report(
    last: &stats::ProgramStats,
    ended: &[RunningOutput],
    (out, err): (&mut dyn Write, &mut dyn Write),
) -> io::Result<bool> {
    let mut failed = false;
    writeln!(out, "{} frames, {} repeated, {} late", last.frames, last.repeated, last.late)?;
    for output in ended {
        let dropped = output.queue.dropped();
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
