//! How PGM is doing, in the terms of the line beside its name.

use std::collections::BTreeMap;

use engine::{FrameIndex, Snapshot, SourceState, Tally};
use show::{FileEnd, FrameRate, Pace, Source, SourceId, SourceKind};
use ui::{FilmLeft, HealthLook};

use crate::program::slot::PlayPosition;
use crate::window::films::length_millis;
use crate::window::monitor_link::{Posters, Thumbnails};
use crate::window::pgm_measures::PgmMeasures;

/// For how long PGM must be black, bring no new picture, and be silent, in milliseconds.
const BLACK: u32 = 1_000;
const FROZEN: u32 = 2_000;
const SILENT: u64 = 3_000;
/// Below this amplitude nobody hears anything: -60 dB of full scale.
const QUIET: f32 = 0.001;

/// Follows what is on PGM. The window owns it.
#[derive(Default)]
pub struct PgmWatch {
    /// When the programme was heard last, or PGM was empty, in nanoseconds.
    heard_at: u64,
    /// On which frame each source was first seen on air.
    on_air_since: BTreeMap<SourceId, FrameIndex>,
}

impl PgmWatch {
    /// How PGM is doing on this frame, with these peaks of the programme since the last call.
    pub fn look(
        &mut self,
        snapshot: &Snapshot,
        (frame, measured): (FrameIndex, &PgmMeasures),
        posters: &Posters,
        (peak, now): ([f32; 2], u64),
    ) -> HealthLook {
        let rate = snapshot.show.format.rate;
        let is_empty = snapshot.shows_nothing();
        if is_empty || peak[0].max(peak[1]) > QUIET {
            self.heard_at = now;
        }
        let is_on_air = |id: &SourceId| snapshot.tally.get(id) == Some(&Tally::Program);
        self.on_air_since.retain(|id, _| is_on_air(id));
        for id in snapshot.tally.keys().filter(|id| is_on_air(id)) {
            self.on_air_since.entry(*id).or_insert(frame);
        }
        let lasts = |since: FrameIndex, millis| {
            frame.0.saturating_sub(since.0) >= FrameIndex::in_millis(rate, millis)
        };
        let is_frozen = |(id, since): &(&SourceId, &FrameIndex)| {
            let same = measured.same_since.get(*id).map(|same| (*same).max(**since));
            let moves = snapshot.sources.get(*id) == Some(&SourceState::Live);
            let moves = moves && !snapshot.paused.contains(*id) && !may_stand(snapshot, **id);
            moves && same.is_some_and(|since| lasts(since, FROZEN))
        };
        let frozen = self.on_air_since.iter().filter(is_frozen).map(|(id, _)| *id).collect();
        HealthLook {
            black: measured.black_since.is_some_and(|since| lasts(since, BLACK)),
            frozen,
            silent: now.saturating_sub(self.heard_at) >= SILENT * 1_000_000,
            film: film(snapshot, (frame, rate), &measured.positions, &posters.pictures),
        }
    }
}

/// Whether a source may stand still: a standard pattern always does, and a screen for as long as nobody touches it.
fn may_stand(snapshot: &Snapshot, id: SourceId) -> bool {
    let on_air = snapshot.on_air.sources.iter().find(|source| source.id == id);
    // What stands in for PGM need not be on it.
    let source = on_air.or_else(|| snapshot.show.source(id));
    source.is_some_and(|source| {
        let stands = matches!(source.kind, SourceKind::StandardPattern(_));
        stands || source.kind.nature().pace == Pace::Captured
    })
}

/// The film on air that ends first.
fn film(
    snapshot: &Snapshot,
    now: (FrameIndex, FrameRate),
    positions: &[PlayPosition],
    posters: &Thumbnails,
) -> Option<FilmLeft> {
    let left = |source: &Source| {
        if snapshot.sources.get(&source.id) != Some(&SourceState::Live) {
            return None;
        }
        let position = positions.iter().find(|position| position.source == source.id)?;
        let length = posters.get(&source.id.into())?.length_millis;
        let left_millis = left_millis(source, length, position.origin?, now)?;
        Some(FilmLeft { source: source.id, left_millis })
    };
    snapshot.on_air.sources.iter().filter_map(left).min_by_key(|film| film.left_millis)
}

/// How much is left of a film that ends, in milliseconds. `length` is the file's, and `origin` the programme
/// time of its in point, in nanoseconds.
fn left_millis(
    source: &Source,
    length: Option<u64>,
    origin: i64,
    (frame, rate): (FrameIndex, FrameRate),
) -> Option<u64> {
    let SourceKind::File(play) = &source.kind else { return None };
    if play.end == FileEnd::Loop {
        return None;
    }
    let length = length_millis(play, length)?;
    let played = i64::try_from(frame.nanos(rate)).ok()?.saturating_sub(origin).max(0);
    let played = u64::try_from(played).unwrap_or(0) / 1_000_000;
    Some(length.saturating_sub(played))
}
