//! The command line: parses, does, and prints what went wrong.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use crate::store;

/// All went well.
pub const DONE: u8 = 0;
/// The show or the arguments are wrong.
pub const WRONG: u8 = 1;

#[derive(Parser)]
#[command(name = "downstage", version, about = "A desktop live-production studio")]
struct Arguments {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List every fault of a show file, each with its place and what to do.
    Check {
        /// The show file.
        show: PathBuf,
    },
}

/// Runs the program with these arguments, the program's name first, and yields its exit code.
/// Answers go to `out`, complaints to `err`.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let done = match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command: Verb::Check { show } }) => check(&show, out, err),
        // Asking for help is no error.
        Err(answer) if !answer.use_stderr() => write!(out, "{answer}").map(|()| DONE),
        Err(error) => write!(err, "{error}").map(|()| WRONG),
    };
    // Nobody reads any more (a closed pipe): there is nobody to tell, either.
    done.unwrap_or(WRONG)
}

fn check(path: &Path, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let show = match store::load(path) {
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
