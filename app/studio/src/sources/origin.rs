//! What opens each kind of source: the one place in the studio that knows the kinds.

use std::path::PathBuf;
use std::sync::Arc;

use media::source::{FileOpener, LiveOpener, Opener, PatternOpener};
use show::{FileEnd, Format, PlayFile, SourceKind, Start};

/// Finds what opens a source of this kind, of the file at this absolute path, for a programme of this
/// format; nothing for what the compositor draws by itself.
pub type FindOpener =
    Arc<dyn Fn(&SourceKind, Option<PathBuf>, Format) -> Option<Box<dyn Opener>> + Send + Sync>;

/// Finds what opens a source of one of the kinds there are.
pub fn opener(kind: &SourceKind, path: Option<PathBuf>, format: Format) -> Option<Box<dyn Opener>> {
    match kind {
        SourceKind::TestPattern { tag } => Some(Box::new(PatternOpener { format, tag: *tag })),
        SourceKind::Live { url, .. } => Some(Box::new(LiveOpener { url: url.clone() })),
        SourceKind::File(play) => Some(Box::new(file(play, path, format))),
        SourceKind::Still { .. } | SourceKind::Colour { .. } => None,
    }
}

fn file(play: &PlayFile, path: Option<PathBuf>, format: Format) -> FileOpener {
    // Half a second beyond the in point stands decoded while it is cued.
    let half_a_second = format.rate.nominal().div_ceil(2) as usize + 1;
    FileOpener {
        path: path.unwrap_or_default(),
        from: nanos(play.in_millis),
        to: play.out_millis.map(nanos),
        again: play.end == FileEnd::Loop,
        cue: if play.starts() == Start::OnTake { half_a_second } else { 0 },
    }
}

/// A point beyond what nanoseconds can count is as far away as they can.
fn nanos(millis: u64) -> u64 {
    millis.saturating_mul(1_000_000)
}
