//! Brings pictures of a wide gamut (BT.2020) or a high dynamic range (PQ, HLG) to BT.709, once, as they come
//! from their decoder: nobody behind it knows of them. It is done from 10 bits, and costs half of a core at 1080
//! lines and 30 pictures a second.

mod curves;
mod lookup;

use engine::{Frame, FramePool};
use gstreamer as gst;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;

pub use curves::{Transfer, USUAL_PEAK, WideColour};
use lookup::{Lookup, Samples};

use crate::link::MAX_PICTURES;

impl WideColour {
    /// Of a stream with these caps; `None` if it is of the usual gamut and range.
    pub fn of(info: &gst_video::VideoInfo, caps: &gst::CapsRef) -> Option<Self> {
        let colours = info.colorimetry();
        let transfer = match colours.transfer() {
            gst_video::VideoTransferFunction::Smpte2084 => Transfer::Pq(peak(caps)),
            gst_video::VideoTransferFunction::AribStdB67 => Transfer::Hlg,
            _ => Transfer::Gamma,
        };
        let wide_matrix = colours.matrix() == gst_video::VideoColorMatrix::Bt2020;
        let has_wide_primaries = match colours.primaries() {
            gst_video::VideoColorPrimaries::Bt2020 => true,
            gst_video::VideoColorPrimaries::Unknown => wide_matrix || transfer != Transfer::Gamma,
            _ => false,
        };
        if transfer == Transfer::Gamma && !has_wide_primaries && !wide_matrix {
            return None;
        }
        let weights = match colours.matrix() {
            gst_video::VideoColorMatrix::Bt709 => (0.212_6, 0.072_2),
            gst_video::VideoColorMatrix::Bt601 | gst_video::VideoColorMatrix::Fcc => (0.299, 0.114),
            _ => curves::BT2020_WEIGHTS,
        };
        let is_full = colours.range() == gst_video::VideoColorRange::Range0_255;
        Some(Self { transfer, weights, is_full, has_wide_primaries })
    }
}

/// The peak of the display that a stream was made on.
fn peak(caps: &gst::CapsRef) -> f64 {
    let said = caps.structure(0).filter(|stream| stream.has_field("mastering-display-info"));
    let said = said.and_then(|_| gst_video::VideoMasteringDisplayInfo::from_caps(caps).ok());
    let said = said.map(|info| f64::from(info.max_display_mastering_luminance()) / 10_000.0);
    said.filter(|peak| *peak > curves::WHITE).map_or(USUAL_PEAK, |peak| peak.min(10_000.0))
}

/// Converts the pictures of a stream.
pub struct WideConverter {
    lookup: Lookup,
    pool: FramePool,
}

impl WideConverter {
    /// For pictures of this size that code their colours like this.
    pub fn new(colour: WideColour, (width, height): (u32, u32)) -> Self {
        // As many as may wait for a reader.
        Self { lookup: Lookup::new(colour), pool: FramePool::new(width, height, MAX_PICTURES) }
    }

    /// A picture of I420 with 8 or 10 bits in the programme's format; `None` if it is of another.
    pub fn convert(&self, buffer: &gst::BufferRef, info: &gst_video::VideoInfo) -> Option<Frame> {
        let is_deep = match info.format() {
            gst_video::VideoFormat::I42010le => true,
            gst_video::VideoFormat::I420 => false,
            _ => return None,
        };
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, info).ok()?;
        let plane = |index: u32| {
            let stride = usize::try_from(*frame.plane_stride().get(index as usize)?).ok()?;
            Some(Samples { bytes: frame.plane_data(index).ok()?, stride, is_deep })
        };
        let planes = [plane(0)?, plane(1)?, plane(2)?];
        let mut canvas = self.pool.take();
        self.lookup.convert(planes, &mut canvas)?;
        Some(canvas.finish())
    }
}
