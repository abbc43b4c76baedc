//! Reads the samples of a source that belong to a frame.

use std::sync::Arc;

use media::link::{AudioBlock, Channel, SourceLink, Timed};

use crate::program::live_sound::LiveSound;
use crate::program::slot::{PlayPosition, nanos, samples};

/// Reads one source's sound.
pub struct AudioReader {
    channel: Arc<Channel<AudioBlock>>,
    live: Option<LiveSound>,
    block: Option<(Timed<AudioBlock>, usize)>,
    missed: u64,
    /// Whether there was sound for the last frame.
    sounds: bool,
    /// Whether the next sound begins in its middle, so that it fades in.
    fades_in: bool,
}

/// How long sound fades in that begins in its middle, in samples: 5 ms.
const FADE_IN: usize = 240;
/// What a lap's end is before or after the sample that begins the next, at the most, in nanoseconds.
const HALF_A_SAMPLE: i64 = 10_417;

impl AudioReader {
    /// Reads from this channel; a live source's link has its map.
    pub fn new(channel: Arc<Channel<AudioBlock>>, live: Option<Arc<SourceLink>>) -> Self {
        let live = live.map(LiveSound::new);
        Self { channel, live, block: None, missed: 0, sounds: false, fades_in: false }
    }

    /// Takes the place of another reader of the same source, whose sound is cut off.
    pub fn replace(&mut self) {
        self.fades_in = true;
    }

    /// The channel it reads from.
    pub fn channel(&self) -> &Arc<Channel<AudioBlock>> {
        &self.channel
    }

    /// How many samples were due and missing.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// Fills `out` (interleaved stereo) with the samples from `start` on of the programme, which began at
    /// `base` on the studio's clock. False if there are none; then `out` is undefined. With `waits`, which
    /// is never used in real time, waits for samples that are not here yet, unless the source is lost.
    pub fn read(
        &mut self,
        standing: &PlayPosition,
        (start, base): (u64, i64),
        out: &mut [f32],
        waits: bool,
    ) -> bool {
        if let Some(live) = &mut self.live {
            return live.read(&self.channel, (start, base, standing.shift), out);
        }
        let Some(origin) = standing.origin else {
            // It does not run: drop what belongs to an earlier take, so that the queue does not fill up.
            let _first_of_this_take = self.current(standing.take);
            self.fades_in |= std::mem::take(&mut self.sounds);
            return false;
        };
        let first = i64::try_from(start).unwrap_or(i64::MAX) - samples(origin);
        let count = out.len() / 2;
        let mut filled = 0;
        let (mut any, mut is_missing) = (false, false);
        while filled < count {
            // Asked for first: what came in between is then taken as well.
            let next = u64::try_from(first + filled as i64).unwrap_or(0);
            let due = nanos(next) + HALF_A_SAMPLE;
            let has_all = self.channel.has_all(standing.take, due);
            let Some((item, length)) = self.current(standing.take) else {
                if waits && !self.channel.is_lost() && !has_all {
                    self.channel.wait();
                    continue;
                }
                is_missing = !has_all;
                break;
            };
            let at = samples(item.pts);
            let wanted = first + filled as i64;
            if at + length as i64 <= wanted {
                self.block = None;
                continue;
            }
            if !any {
                out.fill(0.0);
                any = true;
            }
            if at > wanted {
                // A gap, or the sound begins later: silence up to there.
                filled = count.min(filled + (at - wanted) as usize);
                continue;
            }
            let from = (wanted - at) as usize;
            let part = (length - from).min(count - filled);
            if let Some(what) = &item.what {
                let source = &(**what).as_ref()[2 * from..2 * (from + part)];
                out[2 * filled..2 * (filled + part)].copy_from_slice(source);
            }
            filled += part;
        }
        if is_missing {
            self.missed += (count - filled) as u64;
        }
        self.sounds = any;
        if any && std::mem::take(&mut self.fades_in) {
            let frames = out.as_chunks_mut::<2>().0.iter_mut().take(FADE_IN);
            frames.enumerate().for_each(|(at, frame)| {
                let gain = at as f32 / FADE_IN as f32;
                *frame = frame.map(|sample| sample * gain);
            });
        }
        any
    }

    fn current(&mut self, take: u32) -> Option<(&Timed<AudioBlock>, usize)> {
        while self.block.as_ref().is_none_or(|(item, _)| item.take < take) {
            let item = self.channel.pop()?;
            // The end of a file counts as an endless block of silence.
            let length = item.what.as_ref().map_or(i32::MAX as usize, |b| (**b).as_ref().len() / 2);
            self.block = Some((item, length));
        }
        let (item, length) = self.block.as_ref()?;
        (item.take == take).then_some((item, *length))
    }
}
