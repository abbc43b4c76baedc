//! Notices that the sound track of a film that is played is silent while there are others.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::sound_track::TrackPlace;

/// How many samples of both sides must be silent before that is said: five seconds.
const SILENT: usize = 2 * 5 * show::Format::AUDIO_RATE as usize;
/// What is not louder is silent: -60 dBFS.
const QUIET: f32 = 0.001;

/// What has been heard of a sound track since it was opened.
pub struct SilentTrack {
    /// Which it is, if there are others.
    place: Option<TrackPlace>,
    /// Where it is said.
    said: Arc<ArcSwapOption<TrackPlace>>,
    /// How many samples of both sides were silent.
    silent: usize,
}

impl SilentTrack {
    /// For a track of which nothing was heard yet.
    pub fn new(place: Option<TrackPlace>, said: &Arc<ArcSwapOption<TrackPlace>>) -> Self {
        let place = place.filter(|place| place.of > 1);
        Self { place, said: Arc::clone(said), silent: 0 }
    }

    /// Takes what was decoded of it. Once it was heard, it is not silent any more.
    pub fn add(&mut self, block: &[f32]) {
        let Some(place) = self.place else { return };
        if block.iter().any(|sample| sample.abs() > QUIET) {
            self.said.store(None);
            self.place = None;
            return;
        }
        let before = self.silent;
        self.silent = before.saturating_add(block.len());
        if before < SILENT && self.silent >= SILENT {
            self.said.store(Some(Arc::new(place)));
        }
    }
}
