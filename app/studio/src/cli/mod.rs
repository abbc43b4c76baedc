//! The command line: parses arguments, runs the command, and prints errors.

pub mod demo;
pub mod doctor;
pub mod headless;
pub mod live_changes;
pub mod show_commands;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Parser, Subcommand, ValueEnum};
use compositor::Backend;
use media::source::device;

use self::headless::RunOptions;
use crate::duration::millis;
use crate::exit::{DONE, LACKS, LOST, WRONG};
use crate::folders::{data_folder, secrets_file};
use crate::production::session_log;
use crate::program::monitor_output::MonitorDevice;
use crate::sources::WarmBudget;
use crate::storage::file_dialog;
use crate::storage::show_files;
use crate::window;

#[derive(Parser)]
#[command(
    name = "downstage",
    version,
    about = "A desktop live-production studio",
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Verb>,
    /// The show to open in a window; without one, the demo show. Where there is no display, ten seconds
    /// of it are recorded instead.
    show: Option<PathBuf>,
    /// Compose on the GPU or on the CPU; by default where this machine is quickest.
    #[arg(long)]
    compositor: Option<CompositorChoice>,
    #[command(flatten)]
    warm: WarmArguments,
}

/// What is kept open of what the buses do not show, so that a take of it waits for nothing.
#[derive(clap::Args)]
struct WarmArguments {
    /// Keep at most this many sources open that are neither on PGM nor on PVW.
    #[arg(long, value_name = "SOURCES", default_value_t = WarmBudget::default().sources)]
    warm: usize,
    /// Let them hold at most this much memory, in MB.
    #[arg(long, value_name = "MB", default_value_t = WarmBudget::default().bytes >> 20)]
    warm_memory: u64,
}

impl From<WarmArguments> for WarmBudget {
    fn from(warm: WarmArguments) -> Self {
        Self { sources: warm.warm, bytes: warm.warm_memory.saturating_mul(1 << 20) }
    }
}

#[derive(Subcommand)]
enum Verb {
    /// List every fault of a show file, each with its place and a remedy.
    Check {
        /// The show file.
        show: PathBuf,
    },
    /// Run a show without a window.
    Run(RunArguments),
    /// Write the demo show and its media into a folder.
    Demo {
        /// The folder.
        folder: PathBuf,
    },
    /// Report what this machine can do, and what is missing.
    Doctor,
    /// List what cameras and microphones are connected, a line of JSON whenever that changes: run by a program that shows
    /// any (see `media::source::device`).
    #[command(hide = true)]
    Devices,
    /// Show a file dialog, and print the chosen path: run by the window (see `storage::file_dialog`).
    #[command(hide = true)]
    Choose {
        /// What the file is for.
        what: file_dialog::FileKind,
        /// The dialog's title.
        title: String,
        /// The folder or file to start from.
        start: Option<PathBuf>,
    },
}

#[derive(clap::Args)]
struct RunArguments {
    /// The show file.
    show: PathBuf,
    /// Stop after this long: 30s, 5m, 2h.
    #[arg(long = "for", value_name = "TIME", value_parser = millis)]
    length: Option<u64>,
    /// Record PGM to this Matroska file; after ten minutes to FILE-0002, and so on.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Send PGM to this destination, rtmp://host/app/key; may be given several times.
    #[arg(long, value_name = "URL")]
    push: Vec<String>,
    /// Run a command at a time, for example --at 5s 'take scene-2'; may be given several times.
    #[arg(long, num_args = 2, value_names = ["TIME", "COMMAND"])]
    at: Vec<String>,
    /// Write statistics to this file, a JSON line each second.
    #[arg(long, value_name = "FILE")]
    stats: Option<PathBuf>,
    /// Log every accepted command to this file, so that the session can be replayed.
    #[arg(long, value_name = "FILE")]
    session_log: Option<PathBuf>,
    /// Run as fast as possible instead of in real time: every frame waits for its sources.
    #[arg(long)]
    offline: bool,
    /// Compose on the GPU or on the CPU; by default where this machine is quickest.
    #[arg(long)]
    compositor: Option<CompositorChoice>,
    /// Play the monitor mix on a sound device: the system's default, or the one of this name.
    #[arg(long, value_name = "DEVICE", num_args = 0..=1, default_missing_value = "")]
    monitor: Option<String>,
    /// A file of stream keys, in addition to those entered in the window: a JSON object of names and
    /// keys, with mode 0600.
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    #[command(flatten)]
    warm: WarmArguments,
}

#[derive(Clone, Copy, ValueEnum)]
enum CompositorChoice {
    Gpu,
    Cpu,
}

impl From<CompositorChoice> for Backend {
    fn from(compositor: CompositorChoice) -> Self {
        match compositor {
            CompositorChoice::Gpu => Self::Gpu,
            CompositorChoice::Cpu => Self::Cpu,
        }
    }
}

impl RunArguments {
    fn options(self) -> Result<RunOptions, String> {
        let mut at = Vec::new();
        for pair in self.at.chunks(2) {
            if let [time, command] = pair {
                at.push((millis(time)?, command.clone()));
            }
        }
        Ok(RunOptions {
            show: self.show,
            millis: self.length,
            record: self.record,
            push: self.push,
            at,
            stats: self.stats,
            session_log: self.session_log,
            offline: self.offline,
            backend: self.compositor.map(Backend::from),
            monitor: self.monitor.map(|name| match name.as_str() {
                "" => MonitorDevice::Default,
                _ => MonitorDevice::Named(name),
            }),
            secrets: self.secrets,
            warm: self.warm.into(),
        })
    }
}

/// Runs the program with these arguments, the program's name first, and returns its exit code.
/// Results go to `out`, errors to `err`.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let done = match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command: Some(verb), .. }) => execute(verb, out, err),
        Ok(Arguments { command: None, show, compositor, warm }) => {
            let how = (compositor.map(Backend::from), warm.into());
            let done = open(show, how, out, err);
            exit_code(done, err)
        }
        // `--help` and `--version` are not errors.
        Err(answer) if !answer.use_stderr() => write!(out, "{answer}").map(|()| DONE),
        Err(error) => write!(err, "{error}").map(|()| WRONG),
    };
    // The output is closed (a broken pipe), so the error cannot be printed either.
    done.unwrap_or(WRONG)
}

fn execute(verb: Verb, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    match verb {
        Verb::Check { show } => check(&show, out, err),
        Verb::Run(run) => {
            let options = run.options().map_err(anyhow::Error::msg);
            exit_code(options.and_then(|options| headless::run(&options, out, err)), err)
        }
        Verb::Demo { folder } => {
            let done = demo::write(&folder).and_then(|path| {
                writeln!(out, "{}", path.display())?;
                Ok(DONE)
            });
            exit_code(done, err)
        }
        Verb::Choose { what, title, start } => {
            Ok(if file_dialog::choose(what, title, start, out, err)? { DONE } else { LACKS })
        }
        Verb::Devices => exit_code(list_devices(out), err),
        Verb::Doctor => Ok(if doctor::run(out)? { DONE } else { LACKS }),
    }
}

/// Opens the show in a window; where there is no display, ten seconds of it are recorded instead.
fn open(
    show: Option<PathBuf>,
    (backend, warm): (Option<Backend>, WarmBudget),
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let (folder, is_demo) = (data_folder(), show.is_none());
    let show = match show {
        Some(show) => show,
        None => demo::write(&folder.join("demo"))?,
    };
    if window::has_display() {
        let (secrets, recordings) = (secrets_file(), folder.join("recordings"));
        let logs = session_log::folder_in(&folder);
        let recovery = folder.join("recovery");
        let known = Arc::default();
        let places =
            window::WindowPlaces { show, is_demo, secrets, recordings, logs, recovery, known };
        let window::Ended { last, outputs, has_failed } = window::run(places, backend, warm)?;
        let failed = headless::print_summary(&last, &outputs, (out, err))?;
        let lost = has_failed || last.left_out > 0 || outputs.iter().any(headless::has_lost_data);
        return Ok(if failed || lost { LOST } else { DONE });
    }
    let record = folder.join("recordings").join("programme.mkv");
    writeln!(out, "{}: ten seconds are recorded to {}", show.display(), record.display())?;
    let options = RunOptions {
        show,
        millis: Some(10_000),
        record: Some(record),
        backend,
        warm,
        ..RunOptions::default()
    };
    headless::run(&options, out, err)
}

/// The exit code of a result; prints its error.
fn exit_code(done: anyhow::Result<u8>, err: &mut dyn Write) -> io::Result<u8> {
    match done {
        Ok(code) => Ok(code),
        Err(error) => {
            writeln!(err, "{error:#}")?;
            Ok(if is_machine_lacking(&error) { LACKS } else { WRONG })
        }
    }
}

/// Whether an error means that the machine lacks something.
fn is_machine_lacking(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<media::InitError>()
            || cause.is::<media::encode::EncodeError>()
            || cause.is::<compositor::GpuError>()
    })
}

fn list_devices(out: &mut dyn Write) -> anyhow::Result<u8> {
    media::init()?;
    device::serve(out)?;
    Ok(DONE)
}

fn check(path: &Path, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let show = match show_files::load(path) {
        Ok(show) => show,
        Err(error) => {
            writeln!(err, "{error}")?;
            return Ok(WRONG);
        }
    };
    let faults = show.check();
    for fault in &faults {
        writeln!(out, "{fault}")?;
    }
    match faults.len() {
        0 => writeln!(out, "{}: no faults", path.display())?,
        1 => writeln!(out, "{}: 1 fault", path.display())?,
        count => writeln!(out, "{}: {count} faults", path.display())?,
    }
    Ok(if faults.is_empty() { DONE } else { WRONG })
}
