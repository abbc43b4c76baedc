//! The binary `downstage`.

use std::process::ExitCode;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> ExitCode {
    studio::heap::limit_arenas();
    // The commands print what concerns the operator; the log below errors is opt-in.
    let set = std::env::var("DOWNSTAGE_LOG").ok().and_then(|text| text.parse::<Targets>().ok());
    let filter = set.unwrap_or_else(|| Targets::new().with_default(LevelFilter::ERROR));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines).with(filter).init();
    if let Ok(program) = studio::storage::file_dialog::this_program() {
        media::source::device::list_by(program, "devices");
    }
    // Not locked: other threads write there too, and must never wait for this one.
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    ExitCode::from(studio::cli::run(std::env::args_os(), &mut out, &mut err))
}
