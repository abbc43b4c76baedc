//! Downstage.

use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    // What concerns the operator is printed by the command itself; the log is for who asks for it.
    let filter =
        EnvFilter::try_from_env("DOWNSTAGE_LOG").unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    // Not locked: other threads write there, too, and must never wait for this one.
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    ExitCode::from(studio::cli::run(std::env::args_os(), &mut out, &mut err))
}
