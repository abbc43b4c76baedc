//! Pictures of the programme's format, of the pixels of a screen.

use engine::Frame;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_video as gst_video;

use super::error::ScreenError;
use super::shared_pixels::MAX_PIXELS;
use crate::picture;

/// How many pictures of a screen are kept without one being shown late.
const KEPT: u32 = 24;
/// How many more are kept at the most, by all its readers together: five seconds of them at 60 a second, for a reader
/// that shows them late. While they keep them all, none is added.
const KEPT_LATE: u32 = 300;

/// What of the pixels is the picture: where it begins, and its size.
type Part = ((u32, u32), (u32, u32));

/// Makes pictures.
#[derive(Default)]
pub struct Pictures(Option<Conversion>);

/// What makes pictures of one size and format.
struct Conversion {
    /// The pixels, as they come, where they are read here.
    pixels: gst::Buffer,
    from: gst_video::VideoInfo,
    part: Part,
    to: gst_video::VideoInfo,
    converter: gst_video::VideoConverter,
    caps: gst::Caps,
    /// Each picture's memory comes back to it.
    pool: gst::BufferPool,
    /// Makes those that are kept for long; there is none while nobody does.
    late: Option<gst::BufferPool>,
    /// How many pictures in turn `pool` has made.
    in_turn: u32,
}

impl Pictures {
    /// The picture of pixels that `fill` writes, row by row, each B, G, R and a byte that means nothing; `None` while
    /// readers keep as many as they may.
    ///
    /// # Errors
    /// They cannot be converted, or `fill` fails.
    pub fn make(
        &mut self,
        size: (u16, u16),
        fill: impl FnOnce(&mut [u8]) -> Result<(), ScreenError>,
    ) -> Result<Option<Frame>, ScreenError> {
        let (width, height) = (u32::from(size.0), u32::from(size.1));
        let bgrx = gst_video::VideoInfo::builder(gst_video::VideoFormat::Bgrx, width, height);
        let conversion =
            self.conversion(&bgrx.build().map_err(failed)?, ((0, 0), (width, height)))?;
        let bytes = conversion.from.size();
        if conversion.pixels.size() != bytes {
            conversion.pixels = gst::Buffer::with_size(bytes).map_err(failed)?;
        }
        let mut pixels = conversion.pixels.make_mut().map_writable().map_err(failed)?;
        fill(&mut pixels)?;
        drop(pixels);
        let pixels = std::mem::take(&mut conversion.pixels);
        let made = conversion.convert(&pixels);
        conversion.pixels = pixels;
        made
    }

    /// The picture of a sample, or of the part of it that it says; `None` while readers keep as many as they may.
    ///
    /// # Errors
    /// It cannot be converted.
    pub fn convert(&mut self, sample: &gst::Sample) -> Result<Option<Frame>, ScreenError> {
        let Some((pixels, info)) = sample.buffer().zip(layout(sample)) else { return Ok(None) };
        let (width, height) = (info.width(), info.height());
        if u64::from(width) * u64::from(height) > u64::from(MAX_PIXELS) {
            return Err(ScreenError::TooLarge { width, height });
        }
        let part = match pixels.meta::<gst_video::VideoCropMeta>().map(|meta| meta.rect()) {
            Some((x, y, w, h)) if w > 0 && h > 0 && x < width && y < height => {
                ((x, y), (w.min(width - x), h.min(height - y)))
            }
            _ => ((0, 0), (width, height)),
        };
        self.conversion(&info, part)?.convert(pixels)
    }

    fn conversion(
        &mut self,
        from: &gst_video::VideoInfo,
        part: Part,
    ) -> Result<&mut Conversion, ScreenError> {
        match &mut self.0 {
            Some(same) if same.from == *from && same.part == part => {}
            other => *other = Some(Conversion::new(from, part)?),
        }
        // It was made just now if it was not there.
        self.0.as_mut().ok_or_else(|| failed("there is no converter"))
    }
}

impl Conversion {
    fn new(from: &gst_video::VideoInfo, part: Part) -> Result<Self, ScreenError> {
        let ((x, y), (width, height)) = part;
        let bt709 = gst_video::VideoColorimetry::new(
            gst_video::VideoColorRange::Range16_235,
            gst_video::VideoColorMatrix::Bt709,
            gst_video::VideoTransferFunction::Bt709,
            gst_video::VideoColorPrimaries::Bt709,
        );
        let to = gst_video::VideoInfo::builder(gst_video::VideoFormat::I420, width, height);
        // What is not of pixels is as it comes: the converter changes nothing of it.
        let to = to.colorimetry(&bt709).fps(from.fps()).par(from.par());
        let to = to.build().map_err(failed)?;
        let mut config = gst_video::VideoConverterConfig::new();
        let whole = |part: u32| i32::try_from(part).unwrap_or(i32::MAX);
        config.set_src_x(whole(x));
        config.set_src_y(whole(y));
        config.set_src_width(Some(whole(width)));
        config.set_src_height(Some(whole(height)));
        let converter = gst_video::VideoConverter::new(from, &to, Some(config)).map_err(failed)?;
        let caps = to.to_caps().map_err(failed)?;
        let pool = pool(&caps, &to, KEPT)?;
        let (late, in_turn, pixels) = (None, 0, gst::Buffer::new());
        Ok(Self { pixels, from: from.clone(), part, to, converter, caps, pool, late, in_turn })
    }

    /// Memory for a picture; `None` while readers keep as much as they may.
    fn room(&mut self) -> Result<Option<gst::Buffer>, ScreenError> {
        if let Some(room) = idle(&self.pool)? {
            self.in_turn += 1;
            // Had anybody kept pictures for long, they would have been all of its own by now.
            if self.in_turn > KEPT
                && let Some(late) = self.late.take()
            {
                late.set_active(false).map_err(failed)?;
            }
            return Ok(Some(room));
        }
        self.in_turn = 0;
        if self.late.is_none() {
            self.late = Some(pool(&self.caps, &self.to, KEPT_LATE)?);
        }
        match &self.late {
            Some(late) => idle(late),
            None => Ok(None),
        }
    }

    fn convert(&mut self, pixels: &gst::BufferRef) -> Result<Option<Frame>, ScreenError> {
        let Some(mut picture) = self.room()? else { return Ok(None) };
        let from = gst_video::VideoFrameRef::from_buffer_ref_readable(pixels, &self.from);
        let from = from.map_err(failed)?;
        let mut to =
            gst_video::VideoFrameRef::from_buffer_ref_writable(picture.make_mut(), &self.to)
                .map_err(failed)?;
        self.converter.frame_ref(&from, &mut to);
        drop(to);
        Ok(picture::from_buffer(picture, &self.to))
    }
}

impl Drop for Conversion {
    fn drop(&mut self) {
        // What readers still have is freed when they are done with it.
        for pool in [&self.pool].into_iter().chain(&self.late) {
            let _inactive = pool.set_active(false);
        }
    }
}

/// The most bytes that rows may be padded by.
const PADDING: usize = 256;

/// How a sample's pixels lie; `None` for one of another size than its format says, which comes where nobody tells of the
/// change. Rows that are padded are no other size, though nobody tells of that either.
pub fn layout(sample: &gst::Sample) -> Option<gst_video::VideoInfo> {
    let (pixels, caps) = (sample.buffer()?, sample.caps()?);
    let info = gst_video::VideoInfo::from_caps(caps).ok()?;
    if let Some(meta) = pixels.meta::<gst_video::VideoMeta>() {
        return ((meta.width(), meta.height()) == (info.width(), info.height())).then_some(info);
    }
    if pixels.size() == info.size() {
        return Some(info);
    }
    let (height, bytes) = (usize::try_from(info.height()).ok()?, pixels.size());
    let row = usize::try_from(*info.stride().first()?).ok()?;
    let stride = bytes.checked_div(height)?;
    let is_padded = bytes % height == 0 && (row..row + PADDING).contains(&stride);
    if info.n_planes() != 1 || !is_padded {
        return None;
    }
    let (width, height) = (info.width(), info.height());
    let padded = gst_video::VideoInfo::builder(info.format(), width, height);
    let padded = padded.fps(info.fps()).par(info.par()).colorimetry(&info.colorimetry());
    padded.stride(&[i32::try_from(stride).ok()?]).size(bytes).build().ok()
}

/// A pool of so many pictures, which takes memory as they are needed.
fn pool(
    caps: &gst::Caps,
    of: &gst_video::VideoInfo,
    most: u32,
) -> Result<gst::BufferPool, ScreenError> {
    let pool: gst::BufferPool = gst_video::VideoBufferPool::new().upcast();
    let bytes = u32::try_from(of.size()).unwrap_or(u32::MAX);
    let mut config = pool.config();
    config.set_params(Some(caps), bytes, 0, most);
    pool.set_config(config).map_err(failed)?;
    pool.set_active(true).map_err(failed)?;
    Ok(pool)
}

/// Memory that nobody keeps, or new memory while there may be more of it.
fn idle(pool: &gst::BufferPool) -> Result<Option<gst::Buffer>, ScreenError> {
    let at_once = gst::BufferPoolAcquireParams::with_flags(gst::BufferPoolAcquireFlags::DONTWAIT);
    match pool.acquire_buffer(Some(&at_once)) {
        Ok(room) => Ok(Some(room)),
        Err(gst::FlowError::Eos) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: impl std::fmt::Display) -> ScreenError {
    ScreenError::Pictures(error.to_string())
}
