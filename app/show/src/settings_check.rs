//! What can be wrong with the settings of a source.

use crate::faults::Faults;
use crate::{
    ChromaKey, Crop, DecodingSettings, Pace, PictureSettings, Place, Source, SourceKind,
    SourceSettings,
};

impl SourceSettings {
    /// These settings without those that have no effect on sources of this kind.
    pub fn for_kind(self, kind: &SourceKind) -> Self {
        let (nature, none) = (kind.nature(), Self::default());
        let picture = match kind {
            // It has no pixels that could be changed.
            SourceKind::Colour { .. } => none.picture,
            // It is R'G'B', which has neither.
            SourceKind::Still { .. } => {
                PictureSettings { range: None, matrix: None, ..self.picture }
            }
            _ => self.picture,
        };
        let is_late = nature.pace != Pace::Composed;
        let decoding = match nature.pace {
            Pace::Pushed { .. } => self.decoding,
            Pace::Pulled => DecodingSettings { rests: false, ..self.decoding },
            _ => none.decoding,
        };
        Self {
            picture,
            picture_delay_millis: if is_late { self.picture_delay_millis } else { 0 },
            sound_delay_millis: if nature.sound { self.sound_delay_millis } else { 0 },
            channels: if nature.sound { self.channels } else { none.channels },
            decoding,
        }
    }
}

impl Source {
    /// Whether anything can be set for it: a flat colour is what it is.
    pub fn has_settings(&self) -> bool {
        !matches!(self.kind, SourceKind::Colour { .. })
    }
}

/// Collects what is wrong with the settings of a source.
pub fn check_settings(faults: &mut Faults, source: &Source) {
    let place = |field| Place::Item(source.id.into(), field);
    let SourceSettings { picture, picture_delay_millis, sound_delay_millis, .. } = source.settings;
    let delays = 0..=SourceSettings::MAX_DELAY_MILLIS;
    faults.range(place("picture delay"), picture_delay_millis, delays.clone());
    faults.range(place("sound delay"), sound_delay_millis, delays);
    check_effect(faults, source);
    let PictureSettings { crop, brightness, contrast, saturation, gamma, key, .. } = picture;
    check_crop(faults, place("crop"), crop);
    faults.range(place("brightness"), brightness, -1.0..=1.0);
    faults.range(place("contrast"), contrast, 0.0..=2.0);
    faults.range(place("saturation"), saturation, 0.0..=3.0);
    faults.range(place("gamma"), gamma, 0.25..=4.0);
    if let Some(ChromaKey { colour: _, similarity, smoothness, spill }) = key {
        faults.range(place("similarity"), similarity, 0.0..=1.0);
        faults.range(place("smoothness"), smoothness, 0.0..=1.0);
        faults.range(place("spill"), spill, 0.0..=1.0);
    }
}

/// Collects what is set and has no effect on a source of this kind.
fn check_effect(faults: &mut Faults, source: &Source) {
    let place = |field| Place::Item(source.id.into(), field);
    let (set, left) = (source.settings, source.settings.for_kind(&source.kind));
    let takes_all = !matches!(source.kind, SourceKind::Colour { .. } | SourceKind::Still { .. });
    let parts = [
        (place("picture settings"), takes_all || set.picture == left.picture),
        (place("picture delay"), set.picture_delay_millis == left.picture_delay_millis),
        (place("sound delay"), set.sound_delay_millis == left.sound_delay_millis),
        (place("channels"), set.channels == left.channels),
        (place("decoding"), set.decoding == left.decoding),
    ];
    for (place, _) in parts.into_iter().filter(|(_, is_same)| !is_same) {
        let message = "a source of this kind has nothing that this could change";
        faults.add(place, "no_effect", message, "Leave it out");
    }
}

/// Collects what is wrong with a crop.
pub fn check_crop(faults: &mut Faults, place: Place, crop: Crop) {
    let Crop { left, top, right, bottom } = crop;
    for value in [left, top, right, bottom] {
        faults.range(place, value, 0.0..=0.99);
    }
    if left + right > 0.99 || top + bottom > 0.99 {
        faults.add(place, "cropped_away", "the crop leaves nothing", "Crop less");
    }
}
