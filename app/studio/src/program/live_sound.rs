//! The sound of a live source, resampled to programme time by its map.

use std::sync::Arc;

use audio::TimeMap;
use media::link::{AudioBlock, Channel, SourceLink};
use media::live_map::LiveMap;
use show::Format;

use crate::program::slot::{nanos, samples};

/// Reads the sound of a live source.
pub struct LiveSound {
    link: Arc<SourceLink>,
    /// The map and the shift by which it was last steered.
    steered: (LiveMap, i64),
    /// Where the next block is expected.
    end: i64,
    writer: audio::FeedWriter,
    reader: audio::FeedReader,
    steer: audio::FeedControl,
}

/// How much sound may wait until it is due: it is decoded 300 ms before, and a little more after a jump.
const LIVE_SAMPLES: usize = 3 * Format::AUDIO_RATE as usize;

/// By how much a block may be off its place and still follow the one before, in samples: 8 ms.
const ROUNDED: i64 = 8 * Format::AUDIO_RATE as i64 / 1_000;

impl LiveSound {
    /// Reads the sound of this link.
    pub fn new(link: Arc<SourceLink>) -> Self {
        let (writer, reader, steer) = audio::feed(LIVE_SAMPLES, TimeMap::shifted(0));
        Self { link, steered: (LiveMap::default(), 0), end: 0, writer, reader, steer }
    }

    /// Fills `out` with the samples from `start` on of the programme, which began at `base` on the studio's
    /// clock, `shift` nanoseconds earlier than they are due. False if there are none.
    pub fn read(
        &mut self,
        channel: &Channel<AudioBlock>,
        (start, base, shift): (u64, i64, i64),
        out: &mut [f32],
    ) -> bool {
        let map = **self.link.map.load();
        if (map, shift) != self.steered {
            if map.take != self.steered.0.take {
                // The source was opened again, with other timestamps: drop the sound of the last opening.
                *self = Self::new(Arc::clone(&self.link));
            }
            self.steered = (map, shift);
            let programme = i64::try_from(start).unwrap_or(i64::MAX);
            let studio = base.saturating_add(nanos(start)).saturating_add(shift);
            let source = map.source_from_studio(studio);
            self.steer.set(TimeMap::due(source, programme, map.slope_ppm));
        }
        while let Some(item) = channel.pop() {
            if let (Some(what), true) = (&item.what, item.take == map.take) {
                let block = (**what).as_ref();
                let at = self.place(samples(item.pts), block.len() / 2);
                // Sound before the source's time 0 is heard by nobody.
                if let Ok(at) = u64::try_from(at) {
                    self.writer.push(at, block);
                }
            }
        }
        self.reader.read(start, out)
    }

    /// Where a block of so many frames begins whose timestamp says it is `at`: behind the one before, if that is
    /// nearly so. Timestamps are rounded to milliseconds, and a hole of half of one is heard.
    fn place(&mut self, at: i64, frames: usize) -> i64 {
        let at = if (at - self.end).abs() <= ROUNDED { self.end } else { at };
        self.end = at.saturating_add(i64::try_from(frames).unwrap_or(0));
        at
    }
}
