//! The sound of a device on its way in: which of its channels, at which time, and how loud; nothing of another device.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use gstreamer as gst;

use super::channels::Channels;
use super::opening::FORMAT;

/// What a device's own threads share with the thread of its source.
#[derive(Default)]
pub struct SoundShared {
    /// The server has another device in its place: nothing of that is heard.
    pub is_replaced: AtomicBool,
    /// The highest sample of each side since that was last asked, as its bits.
    peaks: [AtomicU32; 2],
    /// Samples that came so far.
    count: AtomicU64,
}

impl SoundShared {
    /// The highest sample of each side since this was last asked.
    pub fn take_peaks(&self) -> [f32; 2] {
        [0, 1].map(|side: usize| f32::from_bits(self.peaks[side].swap(0, Ordering::AcqRel)))
    }

    /// Takes a block of a device; `None` if it is not to be heard.
    pub fn take(&self, sample: &gst::Sample, channels: Channels) -> Option<gst::Sample> {
        if self.is_replaced.load(Ordering::Acquire) {
            return None;
        }
        let caps = sample.caps()?.structure(0)?;
        let number = |name: &str| u64::try_from(caps.get::<i32>(name).ok()?).ok();
        let (rate, of) = (number("rate")?.max(1), u32::try_from(number("channels")?).ok()?);
        let bytes = sample.buffer()?.map_readable().ok()?;
        let samples = bytes.as_chunks::<4>().0.iter().map(|sample| f32::from_ne_bytes(*sample));
        let samples: Vec<f32> = samples.collect();
        let stereo = channels.take(&samples, of);
        for (side, peak) in self.peaks.iter().enumerate() {
            let of_side = stereo.iter().skip(side).step_by(2);
            let highest = of_side.fold(0.0_f32, |highest, sample| highest.max(sample.abs()));
            // The bits of numbers that are not negative are in their order.
            peak.fetch_max(highest.to_bits(), Ordering::AcqRel);
        }
        let frames = (stereo.len() / 2) as u64;
        // By its own count: its times are those of the server's clock, or none.
        let before = self.count.fetch_add(frames, Ordering::AcqRel);
        let at = |count: u64| {
            gst::ClockTime::from_nseconds(
                (u128::from(count) * 1_000_000_000 / u128::from(rate)) as u64,
            )
        };
        let bytes: Vec<u8> = stereo.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
        let mut out = gst::Buffer::from_mut_slice(bytes);
        let marks = out.get_mut()?;
        marks.set_pts(at(before));
        marks.set_duration(at(before + frames) - at(before));
        let caps = gst::Caps::builder("audio/x-raw")
            .field("format", FORMAT)
            .field("layout", "interleaved")
            .field("rate", i32::try_from(rate).ok()?)
            .field("channels", 2_i32)
            .build();
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        Some(gst::Sample::builder().buffer(&out).caps(&caps).segment(&segment).build())
    }
}
