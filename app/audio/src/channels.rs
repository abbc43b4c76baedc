//! Which channels of a source are heard on which side.

use show::{ChannelPick, SoundChannels};

/// What the left and the right side have of the left and the right channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ChannelMatrix([[f32; 2]; 2]);

impl ChannelMatrix {
    const AS_THEY_ARE: Self = Self([[1.0, 0.0], [0.0, 1.0]]);

    /// As a source's settings have it, of which a layout uses these.
    pub(crate) fn new(input: SoundChannels, pick: ChannelPick) -> Self {
        let [left, right] = match input {
            SoundChannels::Stereo => Self::AS_THEY_ARE.0,
            SoundChannels::Left => [[1.0, 0.0]; 2],
            SoundChannels::Right => [[0.0, 1.0]; 2],
            SoundChannels::Mono => [[0.5, 0.5]; 2],
            SoundChannels::Swapped => [[0.0, 1.0], [1.0, 0.0]],
        };
        Self(match pick {
            ChannelPick::Both => [left, right],
            ChannelPick::Left => [left; 2],
            ChannelPick::Right => [right; 2],
        })
    }

    /// Changes a block in place; from another matrix it moves over the block, so that nothing clicks.
    pub(crate) fn apply(self, from: Self, block: &mut [f32]) {
        if self == from && self == Self::AS_THEY_ARE {
            return;
        }
        let frames = block.as_chunks_mut::<2>().0;
        let part = 1.0 / frames.len().max(1) as f32;
        for (index, frame) in frames.iter_mut().enumerate() {
            let share = if self == from { 1.0 } else { (index + 1) as f32 * part };
            let [left, right] = *frame;
            *frame = [0, 1].map(|side: usize| {
                let (old, new) = (from.0[side], self.0[side]);
                let gain = |channel: usize| old[channel] + (new[channel] - old[channel]) * share;
                left * gain(0) + right * gain(1)
            });
        }
    }
}
