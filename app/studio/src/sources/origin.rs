//! Maps each kind of source to its opener: the one place in the studio that knows the kinds.

use std::path::PathBuf;
use std::sync::Arc;

use media::source::{
    CameraOpener, FileOpener, LiveOpener, MicrophoneOpener, Opener, PatternOpener, ScreenOpener,
    TestPicture,
};
use show::{FileEnd, Format, PlayFile, SourceKind};

use super::list_files;
use super::media_file::{MediaFile, cued};

/// Finds the opener for a source of this kind, for these files and a programme of this format; `None` for what the
/// compositor draws by itself.
pub type FindOpener =
    Arc<dyn Fn(&SourceKind, &[MediaFile], Format) -> Option<Box<dyn Opener>> + Send + Sync>;

/// Finds the opener for a source of one of the built-in kinds.
pub fn opener(kind: &SourceKind, files: &[MediaFile], format: Format) -> Option<Box<dyn Opener>> {
    match kind {
        SourceKind::TestPattern { tag } => {
            Some(Box::new(PatternOpener { format, picture: TestPicture::Moving(*tag) }))
        }
        SourceKind::StandardPattern(pattern) => {
            Some(Box::new(PatternOpener { format, picture: TestPicture::Standard(*pattern) }))
        }
        SourceKind::Camera(source) => {
            Some(Box::new(CameraOpener { source: source.clone(), format }))
        }
        SourceKind::Microphone(source) => {
            Some(Box::new(MicrophoneOpener { source: source.clone() }))
        }
        SourceKind::Live { url, latency_millis } => {
            let latency = i64::from(*latency_millis) * 1_000_000;
            Some(Box::new(LiveOpener { url: url.clone(), latency }))
        }
        SourceKind::File(play) => {
            let path = files.first().map(|file| file.path.clone());
            Some(Box::new(file(play, path, format)))
        }
        SourceKind::List(list) => Some(Box::new(list_files::opener(list, files, format))),
        SourceKind::Screen(source) => {
            let source = source.clone();
            Some(Box::new(ScreenOpener { source, rate: format.rate, display: None }))
        }
        SourceKind::Still { .. } | SourceKind::Colour { .. } => None,
    }
}

fn file(play: &PlayFile, path: Option<PathBuf>, format: Format) -> FileOpener {
    FileOpener {
        path: path.unwrap_or_default(),
        from: nanos(play.in_millis),
        to: play.out_millis.map(nanos),
        track: play.track,
        looped: play.end == FileEnd::Loop,
        cue: cued(play.starts(), format),
    }
}

/// Converts to nanoseconds, saturating.
fn nanos(millis: u64) -> u64 {
    millis.saturating_mul(1_000_000)
}
