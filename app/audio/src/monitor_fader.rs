//! The operator's own fader: how loud the monitor mix is, whatever device it goes to.

use crate::{meters, ramp};

/// A fader that moves without a click. Owned by the audio thread; allocates only if a block is
/// longer than all before.
#[derive(Debug, Default)]
pub struct MonitorFader {
    /// The level at the end of the last block, as a factor on amplitude.
    level: f32,
    block: Vec<f32>,
}

impl MonitorFader {
    /// The monitor mix, ramped to this level by the block's end; and its peaks, left and right, as
    /// if it were not muted: the meter shows what unmuting would let through.
    pub fn apply(&mut self, mix: &[f32], level: f32, mute: bool) -> (&[f32], [f32; 2]) {
        let peak = meters::peak(mix).map(|peak| peak * level);
        let to = if mute { 0.0 } else { level };
        let from = std::mem::replace(&mut self.level, to);
        self.block.clear();
        self.block.extend_from_slice(mix);
        ramp::scale(&mut self.block, [from; 2], [to; 2]);
        (&self.block, peak)
    }
}

/// Fades a block in or out: for a device that starts or stops.
pub fn fade(block: &mut [f32], up: bool) {
    let (from, to) = if up { (0.0, 1.0) } else { (1.0, 0.0) };
    ramp::scale(block, [from; 2], [to; 2]);
}
