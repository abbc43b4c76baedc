//! The sound tracks of a film: which there are, in the order of their container, and which of them is decoded.

use std::sync::{Mutex, MutexGuard, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;

use super::track_tags;
use crate::sound_track::{SoundTrack, TrackPlace};

/// The sound tracks that a demuxer finds. One of them is decoded: the one that is asked for by its number, else the one
/// that its container marks, else the first. All are known only once the demuxer has found them, and it must be decided
/// for each as it comes: so a first pipeline may decode another one, and its successor is told which it is.
#[derive(Default)]
pub struct SoundTracks {
    /// The number that is asked for, from 1.
    wanted: Option<u32>,
    /// The one to decode, if an earlier pipeline has found it.
    chosen: Option<String>,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    tracks: Vec<FoundTrack>,
    /// The one that is decoded.
    decoded: Option<String>,
}

struct FoundTrack {
    /// What tells it from others in each pipeline of the same file.
    id: String,
    /// Its container says that it is to be played.
    is_marked: bool,
    /// Its container says that it is not.
    is_off: bool,
    /// What comes out of its demuxer.
    pad: gst::glib::WeakRef<gst::Pad>,
    /// What it is, as far as that is known.
    caps: gst::Caps,
}

impl SoundTracks {
    /// For a film of which the track of this number is asked for.
    pub fn new(wanted: Option<u32>) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// For another pipeline of the same film.
    pub fn again(&self) -> Self {
        let chosen = self.lock().choose(self.wanted).map(|track| track.id.clone());
        Self {
            wanted: self.wanted,
            chosen: chosen.or_else(|| self.chosen.clone()),
            ..Self::default()
        }
    }

    fn lock(&self) -> MutexGuard<'_, Found> {
        // Every change leaves it consistent, so a poisoned lock is still good.
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what has come out of a demuxer, or of the parser behind it; true if it is new. A whole file is no track,
    /// though its type may be one of sound.
    pub fn add(&self, pad: &gst::Pad, caps: &gst::Caps) -> bool {
        let pad = of_element(pad).filter(|pad| !is_from(pad, "typefind"));
        let Some(pad) = pad else { return false };
        let Some(start) = pad.sticky_event::<gst::event::StreamStart>(0) else { return false };
        let id = short(start.stream_id()).to_owned();
        let mut found = self.lock();
        if let Some(track) = found.tracks.iter_mut().find(|track| track.id == id) {
            track.caps = caps.clone();
            return false;
        }
        let flags = start.stream_flags();
        let track = FoundTrack {
            is_marked: flags.contains(gst::StreamFlags::SELECT),
            is_off: flags.contains(gst::StreamFlags::UNSELECT),
            pad: pad.downgrade(),
            caps: caps.clone(),
            id: id.clone(),
        };
        // That of program streams finds them as they begin; others find them as their headers have them.
        let is_sorted = is_from(&pad, "mpegpsdemux");
        let at = found.tracks.iter().position(|other| is_sorted && id < other.id);
        let at = at.unwrap_or(found.tracks.len());
        let is_first = found.decoded.is_none();
        let is_wanted = match (&self.chosen, self.wanted) {
            (Some(chosen), _) => *chosen == id,
            (None, Some(wanted)) => at + 1 == wanted as usize,
            (None, None) => !track.is_off,
        };
        found.tracks.insert(at, track);
        if is_first && is_wanted {
            found.decoded = Some(id);
        }
        true
    }

    /// Whether what comes out of a pad is decoded.
    pub fn is_decoded(&self, pad: &gst::Pad) -> bool {
        let found = self.lock();
        let id = of_element(pad).and_then(|pad| pad.stream_id());
        let id = id.as_deref().map(short);
        let is_track = found.tracks.iter().any(|track| Some(track.id.as_str()) == id);
        !is_track || found.decoded.as_deref() == id
    }

    /// Whether the one is decoded that is to be played; to be asked once all are found.
    pub fn is_right(&self) -> bool {
        let found = self.lock();
        found.choose(self.wanted).map(|track| &track.id) == found.decoded.as_ref()
    }

    /// The number that is asked for, and how many tracks there are, if it is not among them.
    pub fn lacks(&self) -> Option<TrackPlace> {
        let number = self.wanted?;
        let of = u32::try_from(self.lock().tracks.len()).unwrap_or(u32::MAX);
        (number > of).then_some(TrackPlace { number, of })
    }

    /// Which one is decoded.
    pub fn place(&self) -> Option<TrackPlace> {
        let found = self.lock();
        let at = found.tracks.iter().position(|track| Some(&track.id) == found.decoded.as_ref())?;
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Some(TrackPlace { number: number(at + 1), of: number(found.tracks.len()) })
    }

    /// All of them.
    pub fn all(&self) -> Vec<SoundTrack> {
        let found = self.lock();
        found.tracks.iter().map(|track| track_tags::describe(&track.pad, &track.caps)).collect()
    }
}

impl Found {
    /// The one to play.
    fn choose(&self, wanted: Option<u32>) -> Option<&FoundTrack> {
        let at = wanted.and_then(|wanted| usize::try_from(wanted).ok()?.checked_sub(1));
        at.and_then(|at| self.tracks.get(at))
            .or_else(|| only(self.tracks.iter().filter(|track| track.is_marked)))
            .or_else(|| only(self.tracks.iter().filter(|track| !track.is_off)))
            .or_else(|| self.tracks.first())
    }
}

/// The only one there is.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    all.next().filter(|_| all.next().is_none())
}

/// The pad of an element behind those of bins.
fn of_element(pad: &gst::Pad) -> Option<gst::Pad> {
    let mut pad = pad.clone();
    while let Some(bins) = pad.downcast_ref::<gst::GhostPad>() {
        pad = bins.target()?;
    }
    Some(pad)
}

/// Whether a pad is that of an element of this kind.
fn is_from(pad: &gst::Pad, factory: &str) -> bool {
    let element = pad.parent_element().and_then(|element| element.factory());
    element.is_some_and(|its| its.name() == factory)
}

/// What a demuxer adds to the name of its own stream: that may be another one each time.
fn short(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}
