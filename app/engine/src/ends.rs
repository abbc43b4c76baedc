//! What follows when a film on air has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use show::{FileEnd, Show, Source, SourceId};

use crate::switcher::Switcher;
use crate::{Pinned, SourceState};

/// The films on air that have ended.
#[derive(Clone, Debug, Default)]
pub struct FilmEnds(BTreeSet<SourceId>);

impl FilmEnds {
    /// Follows what is on air. A film that begins anew counts as ended until it runs: it shows its last picture until
    /// then.
    pub fn follow(&mut self, switcher: &Switcher, sources: &BTreeMap<SourceId, SourceState>) {
        self.0.retain(|id| switcher.shows(*id));
        for source in switcher.on_air().flat_map(|bus| &bus.sources) {
            match sources.get(&source.id) {
                Some(SourceState::Ended) => _ = self.0.insert(source.id),
                None | Some(SourceState::Connecting) => {}
                Some(_) => _ = self.0.remove(&source.id),
            }
        }
    }

    /// The films whose panes are empty from now on.
    pub fn dark(&self, switcher: &Switcher) -> Vec<SourceId> {
        let films = switcher.on_air().flat_map(|bus| &bus.sources);
        let dark: BTreeSet<SourceId> =
            films.filter(|film| self.has_ended(film, FileEnd::Black)).map(|film| film.id).collect();
        dark.into_iter().collect()
    }

    /// The film on PGM that the standby follows.
    pub fn before_standby(&self, pgm: &Pinned) -> Option<SourceId> {
        pgm.sources.iter().find(|film| self.has_ended(film, FileEnd::Standby)).map(|film| film.id)
    }

    /// The film on PGM after which PGM goes back.
    pub fn before_return(&self, switcher: &Switcher) -> Option<SourceId> {
        let films = switcher.pgm.sources.iter();
        let mut ended = films.filter(|film| self.has_ended(film, FileEnd::Back));
        ended.find(|film| switcher.brought(film.id)).map(|film| film.id)
    }

    fn has_ended(&self, film: &Source, end: FileEnd) -> bool {
        self.0.contains(&film.id) && ends_so(film, end)
    }
}

/// What PGM goes back to once a film on it ends.
pub fn return_bus(show: &Show, switcher: &Switcher) -> Option<Arc<Pinned>> {
    let mut films = switcher.pgm.sources.iter();
    if !films.any(|film| ends_so(film, FileEnd::Back) && switcher.brought(film.id)) {
        return None;
    }
    let before = switcher.before.as_ref()?;
    let is_gone = |scene| show.scene(scene).is_none();
    let bus = before.items.pin(show);
    (bus.layout.is_some() && !before.items.scene.is_some_and(is_gone)).then_some(bus)
}

fn ends_so(film: &Source, end: FileEnd) -> bool {
    film.end() == Some(end)
}
