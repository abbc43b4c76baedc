//! Gains that move within a block. A block is interleaved stereo; the gain moves linearly and
//! reaches its target on the block's last frame, from where the next block continues.

/// Multiplies a block in place; gains are left and right.
pub(crate) fn scale(block: &mut [f32], from: [f32; 2], to: [f32; 2]) {
    if from == to {
        if from != [1.0; 2] {
            for frame in block.as_chunks_mut::<2>().0 {
                *frame = [frame[0] * to[0], frame[1] * to[1]];
            }
        }
        return;
    }
    let frames = block.as_chunks_mut::<2>().0;
    let part = 1.0 / frames.len().max(1) as f32;
    let change = [to[0] - from[0], to[1] - from[1]];
    for (i, frame) in frames.iter_mut().enumerate() {
        let at = (i + 1) as f32 * part;
        *frame = [frame[0] * (from[0] + change[0] * at), frame[1] * (from[1] + change[1] * at)];
    }
}

/// Adds `block` to `sum`, with a gain from `from` to `to`.
pub(crate) fn add(sum: &mut [f32], block: &[f32], from: f32, to: f32) {
    if from == to {
        if to == 1.0 {
            sum.iter_mut().zip(block).for_each(|(sum, sample)| *sum += sample);
        } else if to != 0.0 {
            sum.iter_mut().zip(block).for_each(|(sum, sample)| *sum += sample * to);
        }
        return;
    }
    let (sum, block) = (sum.as_chunks_mut::<2>().0, block.as_chunks::<2>().0);
    let part = 1.0 / block.len().max(1) as f32;
    for (i, (sum, frame)) in sum.iter_mut().zip(block).enumerate() {
        let gain = from + (to - from) * ((i + 1) as f32 * part);
        *sum = [sum[0] + frame[0] * gain, sum[1] + frame[1] * gain];
    }
}

/// Adds a tail to a signal that stopped at `last`: it falls to zero over the block, so that the
/// stop does not click.
pub(crate) fn add_tail(sum: &mut [f32], last: [f32; 2]) {
    if last == [0.0; 2] {
        return;
    }
    let frames = sum.as_chunks_mut::<2>().0;
    let part = 1.0 / frames.len().max(1) as f32;
    for (i, frame) in frames.iter_mut().enumerate() {
        let gain = 1.0 - (i + 1) as f32 * part;
        *frame = [frame[0] + last[0] * gain, frame[1] + last[1] * gain];
    }
}

/// The last frame of a block.
pub(crate) fn last(block: &[f32]) -> [f32; 2] {
    block.as_chunks::<2>().0.last().copied().unwrap_or([0.0; 2])
}
