//! Which channels of a device are heard: pure.

use show::Side;

/// What is heard of a device's channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// Which two are taken, from 1.
    pub pair: u32,
    /// What is heard of them.
    pub side: Side,
}

impl Channels {
    /// The channel that a device of so many lacks, from 1, if it lacks one. A device with a single one is heard on both
    /// sides.
    pub fn lacking(self, of: u32) -> Option<u32> {
        let last = self.pair.saturating_mul(2);
        let needed = match self.side {
            Side::Left => last - 1,
            Side::Both | Side::Right if of == 1 && self.pair == 1 => 1,
            Side::Both | Side::Right => last,
        };
        (needed > of).then_some(needed)
    }

    /// Takes them out of interleaved samples of so many channels, as interleaved stereo.
    pub fn take(self, samples: &[f32], of: u32) -> Vec<f32> {
        let of = of.max(1) as usize;
        let first = (self.pair.max(1) as usize - 1) * 2;
        let (left, right) = match self.side {
            Side::Both => (first, first + 1),
            Side::Left => (first, first),
            Side::Right => (first + 1, first + 1),
        };
        let mut out = Vec::with_capacity(samples.len() / of * 2);
        for all in samples.chunks_exact(of) {
            let at = |channel: usize| all.get(channel.min(of - 1)).copied().unwrap_or(0.0);
            out.extend([at(left), at(right)]);
        }
        out
    }
}
