//! Pictures of the programme's format, of the pixels of a screen.

use engine::Frame;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_video as gst_video;

use super::error::ScreenError;
use crate::picture;

/// How many pictures of a screen are kept without one being shown late.
const KEPT: u32 = 24;
/// How many more are kept at the most, by all its readers together: five seconds of them at 60 a second, for a reader
/// that shows them late. While they keep them all, none is added.
const KEPT_LATE: u32 = 300;

/// Makes pictures.
#[derive(Default)]
pub struct Pictures(Option<Conversion>);

/// What makes pictures of one size.
struct Conversion {
    size: (u16, u16),
    /// The pixels, as they come.
    pixels: gst::Buffer,
    from: gst_video::VideoInfo,
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
        if self.0.as_ref().is_none_or(|conversion| conversion.size != size) {
            self.0 = Some(Conversion::new(size)?);
        }
        match &mut self.0 {
            Some(conversion) => conversion.make(fill),
            None => Ok(None),
        }
    }
}

impl Conversion {
    fn new(size: (u16, u16)) -> Result<Self, ScreenError> {
        let (width, height) = (u32::from(size.0), u32::from(size.1));
        let info = |format| gst_video::VideoInfo::builder(format, width, height);
        let from = info(gst_video::VideoFormat::Bgrx).build().map_err(failed)?;
        let bt709 = gst_video::VideoColorimetry::new(
            gst_video::VideoColorRange::Range16_235,
            gst_video::VideoColorMatrix::Bt709,
            gst_video::VideoTransferFunction::Bt709,
            gst_video::VideoColorPrimaries::Bt709,
        );
        let to = info(gst_video::VideoFormat::I420).colorimetry(&bt709).build().map_err(failed)?;
        let converter = gst_video::VideoConverter::new(&from, &to, None).map_err(failed)?;
        let pixels = gst::Buffer::with_size(from.size()).map_err(failed)?;
        let caps = to.to_caps().map_err(failed)?;
        let pool = pool(&caps, &to, KEPT)?;
        let (late, in_turn) = (None, 0);
        Ok(Self { size, pixels, from, to, converter, caps, pool, late, in_turn })
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

    fn make(
        &mut self,
        fill: impl FnOnce(&mut [u8]) -> Result<(), ScreenError>,
    ) -> Result<Option<Frame>, ScreenError> {
        let Some(mut picture) = self.room()? else { return Ok(None) };
        let mut pixels = self.pixels.make_mut().map_writable().map_err(failed)?;
        fill(&mut pixels)?;
        drop(pixels);
        let from = gst_video::VideoFrameRef::from_buffer_ref_readable(&self.pixels, &self.from);
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
