//! Films that are paused, sought and restarted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use show::{ItemId, Show, Source, SourceId, SourceKind};

use crate::Rejection;
use crate::switcher::Switcher;

/// Changes to how an open film plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Play {
    /// Holds its picture, without sound; or goes on from there.
    Pause(SourceId, bool),
    /// Goes on at this time after its in point, in milliseconds. One that is paused stays paused there. Past
    /// its end it begins anew.
    Seek(SourceId, u64),
    /// Begins anew at its in point, and runs.
    Restart(SourceId),
}

impl Play {
    /// The film.
    pub fn source(self) -> SourceId {
        match self {
            Self::Pause(id, _) | Self::Seek(id, _) | Self::Restart(id) => id,
        }
    }
}

/// A seek of a film. It is opened anew for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seek {
    /// Which of all seeks of the program it is, from 1 on.
    pub number: u32,
    /// Where it goes to, in milliseconds after the in point.
    pub at_millis: u64,
}

/// The films that an operator paused or sought.
#[derive(Clone, Debug, Default)]
pub struct Films {
    /// Seeks of any film so far.
    seeks: u32,
    films: BTreeMap<SourceId, Film>,
}

#[derive(Clone, Debug)]
struct Film {
    /// What it was when it was sought: another file begins at its own in point.
    kind: SourceKind,
    paused: bool,
    seek: Option<Seek>,
    /// Whether it starts on its take, and what was done to it has parted it from that.
    left_its_take: bool,
    was_on_air: bool,
}

impl Films {
    pub fn play(
        &mut self,
        play: Play,
        (show, switcher): (&Show, &Switcher),
        is_open: impl Fn(SourceId) -> bool,
    ) -> Result<(), Rejection> {
        let id = play.source();
        let pinned = switcher.on_air().flat_map(|bus| &bus.sources).find(|source| source.id == id);
        let on_air = pinned.is_some();
        let source = pinned.or_else(|| show.source(id));
        let source = source.ok_or(Rejection::NotFound(ItemId::Source(id)))?;
        if source.end().is_none() {
            return Err(Rejection::NoFilm(id));
        }
        if !on_air && !is_open(id) {
            return Err(Rejection::NotOpen(id));
        }
        let starts_on_take = source.starts_on_take();
        if starts_on_take && !on_air {
            return Err(Rejection::WaitsForTake(id));
        }
        self.films.retain(|other, film| *other != id || film.kind == source.kind);
        let film = self.films.entry(id).or_insert_with(|| Film {
            kind: source.kind.clone(),
            paused: false,
            seek: None,
            left_its_take: false,
            was_on_air: on_air,
        });
        film.left_its_take |= starts_on_take;
        let mut seek = |at_millis| {
            self.seeks += 1;
            Some(Seek { number: self.seeks, at_millis })
        };
        match play {
            Play::Pause(_, paused) => film.paused = paused,
            Play::Seek(_, at_millis) => film.seek = seek(at_millis),
            Play::Restart(_) => (film.seek, film.paused) = (seek(0), false),
        }
        Ok(())
    }

    /// Follows what is on air: a film that has left it runs when it is taken again, and one that starts on
    /// its take starts there.
    pub fn follow(&mut self, show: &Show, switcher: &Switcher) {
        self.films.retain(|id, film| {
            let on_air = switcher.shows(*id);
            if film.was_on_air && !on_air {
                film.paused = false;
                if std::mem::take(&mut film.left_its_take) {
                    film.seek = None;
                }
            }
            film.was_on_air = on_air;
            let is_known = on_air || show.source(*id).is_some();
            is_known && (film.paused || film.left_its_take || film.seek.is_some())
        });
    }

    fn film(&self, source: &Source) -> Option<&Film> {
        self.films.get(&source.id).filter(|film| film.kind == source.kind)
    }

    /// Its last seek.
    pub fn seek(&self, source: &Source) -> Option<Seek> {
        self.film(source)?.seek
    }

    /// Whether it is paused.
    pub fn is_paused(&self, source: &Source) -> bool {
        self.film(source).is_some_and(|film| film.paused)
    }

    /// Whether it starts on its take, and was paused or sought since: it runs independently of that.
    pub fn left_its_take(&self, source: &Source) -> bool {
        self.film(source).is_some_and(|film| film.left_its_take)
    }

    /// Those that are paused.
    pub fn paused(&self) -> impl Iterator<Item = SourceId> {
        self.films.iter().filter(|(_, film)| film.paused).map(|(id, _)| *id)
    }
}
