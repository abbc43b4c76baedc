//! Where the open films are, for their tiles.

use std::collections::BTreeMap;

use engine::{FrameIndex, Snapshot};
use show::{FileEnd, PlayFile, SourceId, SourceKind};
use ui::FilmLook;

use crate::program::slot::PlayPosition;
use crate::window::monitor_link::Thumbnails;

/// Where each open film is on this frame.
pub fn films(
    snapshot: &Snapshot,
    frame: FrameIndex,
    positions: &[PlayPosition],
    posters: &Thumbnails,
) -> BTreeMap<SourceId, FilmLook> {
    let now = i64::try_from(frame.nanos(snapshot.show.format.rate)).unwrap_or(i64::MAX);
    let look = |position: &PlayPosition| {
        let id = position.source;
        let on_air = snapshot.on_air.sources.iter().find(|source| source.id == id);
        let source = on_air.or_else(|| snapshot.show.source(id))?;
        let end = source.end()?;
        let of_file = posters.get(&id.into()).and_then(|poster| poster.length_millis);
        let length_millis = match &source.kind {
            SourceKind::File(play) => length_millis(play, of_file),
            _ => of_file,
        };
        let at = position.origin.map(|origin| now.saturating_sub(origin)).or(position.paused)?;
        let at = u64::try_from(at).unwrap_or(0) / 1_000_000;
        let at_millis = match length_millis {
            Some(lap) if end == FileEnd::Loop => at.checked_rem(lap).unwrap_or(0),
            Some(length) => at.min(length),
            None => at,
        };
        Some((id, FilmLook { at_millis, length_millis }))
    };
    positions.iter().filter_map(look).collect()
}

/// How long a film is from its in point to its out point, in milliseconds; `of_file` is the file's length.
pub fn length_millis(play: &PlayFile, of_file: Option<u64>) -> Option<u64> {
    let end = play.out_millis.into_iter().chain(of_file).min()?;
    Some(end.saturating_sub(play.in_millis))
}
