//! One strip: from the source's block to its part in the mixes.

use engine::StripPlan;
use show::SourceId;

use crate::channels::ChannelMatrix;
use crate::delay::Delay;
use crate::meters::{StripMeter, measure};
use crate::ramp;
use crate::voice::VoiceDetector;

/// Processes the sound of one strip, block by block.
pub(crate) struct StripProcessor {
    pub(crate) source: SourceId,
    delay: Delay,
    voice: VoiceDetector,
    /// How its channels were used at the end of the last block; none before the first.
    channels: Option<ChannelMatrix>,
    /// Level and pan at the end of the last block, left and right; none before the first.
    gains: Option<[f32; 2]>,
    /// The share in the programme at the end of the last block.
    pub(crate) share: f32,
    /// The share in the monitor mix at the end of the last block.
    pub(crate) monitor: f32,
    /// The last frame it added to the programme.
    pub(crate) last: [f32; 2],
}

impl StripProcessor {
    /// A new strip: its share ramps up from 0 over its first block.
    pub(crate) fn new(source: SourceId) -> Self {
        Self {
            source,
            delay: Delay::default(),
            voice: VoiceDetector::new(),
            channels: None,
            gains: None,
            share: 0.0,
            monitor: 0.0,
            last: [0.0; 2],
        }
    }

    /// Processes a block of the source in place, and measures it. `heard` is whether the block
    /// holds sound; if not it counts as zeros. Returns whether there is sound to mix.
    pub(crate) fn process(
        &mut self,
        plan: &StripPlan,
        heard: bool,
        block: &mut [f32],
    ) -> (StripMeter, bool) {
        let mut heard = heard && block.iter().all(|sample| sample.is_finite());
        let channels = ChannelMatrix::new(plan.input, plan.channels);
        let before = self.channels.replace(channels).unwrap_or(channels);
        if heard {
            channels.apply(before, block);
        }
        if self.delay.in_use() || (heard && plan.delay_millis > 0) {
            if !heard {
                block.fill(0.0);
            }
            self.delay.process(block, plan.delay_millis);
            heard = true;
        }
        heard = heard && block.iter().any(|&sample| sample != 0.0);
        let to = gains(plan);
        let from = self.gains.replace(to).unwrap_or(to);
        let frames = block.len() / 2;
        let (mut peak, mut energy) = ([0.0; 2], 0.0);
        if heard {
            self.voice.process(block);
            ramp::scale(block, from, to);
            (peak, energy) = measure(block);
        } else {
            self.voice.silence(frames);
        }
        let frames = u32::try_from(frames).unwrap_or(u32::MAX);
        let vad = self.voice.level();
        (StripMeter { source: self.source, peak, energy, frames, vad }, heard)
    }
}

/// Level and balance: the centre changes neither side, full left or right silences the other.
fn gains(plan: &StripPlan) -> [f32; 2] {
    [plan.level * (1.0 - plan.pan).min(1.0), plan.level * (1.0 + plan.pan).min(1.0)]
}
