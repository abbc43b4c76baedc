//! The sound of a live source, resampled to programme time by its map.

use std::sync::Arc;

use audio::TimeMap;
use media::link::{AudioBlock, Channel, SourceLink};
use media::live_map::LiveMap;
use show::Format;

use crate::program::slot::samples;

/// Reads the sound of a live source.
pub struct LiveSound {
    link: Arc<SourceLink>,
    map: LiveMap,
    writer: audio::FeedWriter,
    reader: audio::FeedReader,
    steer: audio::FeedControl,
}

/// How much sound may wait until it is due: the longest latency, and a second more.
const LIVE_SAMPLES: usize = 6 * Format::AUDIO_RATE as usize;

impl LiveSound {
    /// Reads the sound of this link.
    pub fn new(link: Arc<SourceLink>) -> Self {
        let (writer, reader, steer) = audio::feed(LIVE_SAMPLES, TimeMap::shifted(0));
        Self { link, map: LiveMap::default(), writer, reader, steer }
    }

    /// Fills `out` with the samples from `start` on of the programme, which began at `base` on the studio's
    /// clock. False if there are none.
    pub fn read(
        &mut self,
        channel: &Channel<AudioBlock>,
        (start, base): (u64, i64),
        out: &mut [f32],
    ) -> bool {
        let map = **self.link.map.load();
        if map != self.map {
            if map.take != self.map.take {
                // The source was opened again, with other timestamps: drop the sound of the last opening.
                *self = Self::new(Arc::clone(&self.link));
            }
            self.map = map;
            let (source, studio) = (samples(map.source), samples(map.studio - base));
            self.steer.set(TimeMap::shifted(studio - source).steered(studio, map.slope_ppm));
        }
        while let Some(item) = channel.pop() {
            let at = u64::try_from(samples(item.pts));
            if let (Some(what), Ok(at), true) = (&item.what, at, item.take == map.take) {
                self.writer.push(at, (**what).as_ref());
            }
        }
        self.reader.read(start, out)
    }
}
