//! The mixer's live values. They belong to the operator: never part of undo, never changed by an
//! edit; only another source of the same id begins with a strip of its own. Which strips follow the picture, the switcher decides at a take.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use show::{
    AudioPart, ChannelPick, Db, ItemId, Show, SoundChannels, SourceId, SourceSettings, Strip,
    StripMode,
};

use crate::switcher::Switcher;
use crate::{FrameIndex, Picture, Pinned, Rejection};

/// Changes to the mixer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mix {
    /// Gain before the fader, -20 to 20 dB.
    Trim(SourceId, Db),
    /// The fader, -100 (off) to 12 dB.
    Fader(SourceId, Db),
    /// Silent, whatever the mode.
    Mute(SourceId, bool),
    /// Soloed on the monitor; the programme does not change.
    Solo(SourceId, bool),
    /// -1 (left) to 1 (right).
    Pan(SourceId, f32),
    /// 0 to 5,000 milliseconds.
    Delay(SourceId, u32),
    /// Never, always, or with its picture.
    Mode(SourceId, StripMode),
    /// The programme fader, -100 (off) to 12 dB.
    Programme(Db),
    /// Whether the next take moves the strips that follow video.
    Follow(bool),
}

/// The mix of one frame. Each gain is the value at the frame's end, ramped to over the frame: 16 ms
/// at the least, so that nothing clicks.
#[derive(Clone, Debug, PartialEq)]
pub struct MixPlan {
    /// Which frame.
    pub frame: FrameIndex,
    /// How many samples of 48 kHz the frame has.
    pub samples: u32,
    /// A strip for each source of the show and of PGM, by id.
    pub strips: Vec<StripPlan>,
    /// The programme fader, as a factor on amplitude.
    pub programme: f32,
}

/// One strip on one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StripPlan {
    /// The source.
    pub source: SourceId,
    /// Trim, fader and the layout's gain, as a factor on amplitude.
    pub level: f32,
    /// Its gain into the programme, 0 to 1: mute, mode and the progress of a take.
    pub share: f32,
    /// Whether it is soloed on the monitor.
    pub solo: bool,
    /// -1 to 1.
    pub pan: f32,
    /// Which channels of the source are heard, and where.
    pub input: SoundChannels,
    /// Which of these are used.
    pub channels: ChannelPick,
    /// 0 to [`StripPlan::MAX_DELAY_MILLIS`].
    pub delay_millis: u32,
}

impl StripPlan {
    /// The longest delay: that of a strip, and that of its source.
    pub const MAX_DELAY_MILLIS: u32 = Strip::MAX_DELAY_MILLIS + SourceSettings::MAX_DELAY_MILLIS;
}

/// The live values.
#[derive(Clone, Debug)]
pub struct LiveMixer {
    values: show::Mixer,
    solo: BTreeSet<SourceId>,
}

impl LiveMixer {
    pub fn new(saved: &show::Mixer) -> Self {
        Self { values: saved.clone(), solo: BTreeSet::new() }
    }

    pub fn values(&self) -> &show::Mixer {
        &self.values
    }

    pub fn solo(&self) -> &BTreeSet<SourceId> {
        &self.solo
    }

    /// Puts a source's strip back to its default.
    pub fn reset(&mut self, id: SourceId) {
        self.values.strips.retain(|strip| strip.source != id);
        self.solo.remove(&id);
    }

    /// Ends solo for every source but these.
    pub fn keep_solo(&mut self, keep: impl Fn(SourceId) -> bool) {
        self.solo.retain(|id| keep(*id));
    }

    /// Applies a change to a source, if `exists` says that there is one.
    pub fn apply(&mut self, mix: Mix, exists: impl Fn(SourceId) -> bool) -> Result<(), Rejection> {
        let known = |id: SourceId| {
            if exists(id) { Ok(id) } else { Err(Rejection::NotFound(ItemId::Source(id))) }
        };
        match mix {
            Mix::Trim(id, trim) => {
                in_range("trim", trim.0, -20.0, 20.0)?;
                self.strip(known(id)?).trim = trim;
            }
            Mix::Fader(id, fader) => {
                in_range("fader", fader.0, Db::OFF.0, Db::MAX.0)?;
                self.strip(known(id)?).fader = fader;
            }
            Mix::Mute(id, mute) => self.strip(known(id)?).mute = mute,
            Mix::Solo(id, true) => _ = self.solo.insert(known(id)?),
            Mix::Solo(id, false) => _ = self.solo.remove(&known(id)?),
            Mix::Pan(id, pan) => {
                in_range("pan", pan, -1.0, 1.0)?;
                self.strip(known(id)?).pan = pan;
            }
            Mix::Delay(id, delay_millis) => {
                let most = Strip::MAX_DELAY_MILLIS;
                in_range("delay", delay_millis as f32, 0.0, most as f32)?;
                self.strip(known(id)?).delay_millis = delay_millis;
            }
            Mix::Mode(id, mode) => self.strip(known(id)?).mode = mode,
            Mix::Programme(fader) => {
                in_range("programme fader", fader.0, Db::OFF.0, Db::MAX.0)?;
                self.values.programme = fader;
            }
            Mix::Follow(follow) => self.values.follow = follow,
        }
        Ok(())
    }

    fn strip(&mut self, id: SourceId) -> &mut Strip {
        let strips = &mut self.values.strips;
        let at = strips.iter().position(|strip| strip.source == id).unwrap_or_else(|| {
            strips.push(Strip::new(id));
            strips.len() - 1
        });
        &mut strips[at]
    }

    /// The mix of frame `n`, whose picture is `picture`.
    pub fn plan(
        &self,
        n: FrameIndex,
        show: &Show,
        switcher: &Switcher,
        picture: &Picture,
    ) -> MixPlan {
        let mut sources: BTreeMap<SourceId, SourceSettings> = BTreeMap::new();
        let buses = match picture {
            Picture::One(bus) => [Some(bus), None],
            Picture::Mix { from, to, .. } => [Some(from), Some(to)],
        };
        for bus in switcher.on_air() {
            sources.extend(bus.sources.iter().map(|source| (source.id, source.settings)));
        }
        sources.extend(show.sources.iter().map(|source| (source.id, source.settings)));
        // An incoming source already has the settings of the layout it comes with.
        let part_of = |id| {
            let of = |bus: &Pinned| bus.layout.as_ref().map(|layout| layout.audio_of(id));
            let bus = buses.iter().flatten().rev().find(|bus| bus.shows(id));
            bus.and_then(|bus| of(bus)).unwrap_or(AudioPart::unity(id))
        };
        let strips = sources.into_iter().map(|(source, settings)| {
            let strip = self.values.strip(source);
            let part = part_of(source);
            let share = match strip.mode {
                _ if strip.mute => 0.0,
                StripMode::Off => 0.0,
                // It is heard alone.
                _ if let Some(standby) = &switcher.standby => {
                    if standby.shows(source) {
                        1.0
                    } else {
                        0.0
                    }
                }
                StripMode::On => 1.0,
                StripMode::Afv => switcher.share(source, n),
            };
            let delay = (strip.delay_millis + part.delay_millis).min(Strip::MAX_DELAY_MILLIS);
            StripPlan {
                source,
                level: strip.trim.amplitude() * strip.fader.amplitude() * part.gain.amplitude(),
                share,
                solo: self.solo.contains(&source),
                pan: strip.pan,
                input: settings.channels,
                channels: part.channels,
                delay_millis: delay + settings.sound_delay_millis,
            }
        });
        let rate = show.format.rate;
        let samples = n.next().samples(rate) - n.samples(rate);
        MixPlan {
            frame: n,
            samples: u32::try_from(samples).unwrap_or(u32::MAX),
            strips: strips.collect(),
            programme: self.values.programme.amplitude(),
        }
    }
}

fn in_range(what: &'static str, value: f32, low: f32, high: f32) -> Result<(), Rejection> {
    // Written so that a NaN is out of every range.
    if value >= low && value <= high { Ok(()) } else { Err(Rejection::OutOfRange(what)) }
}
