//! Converts pictures between GStreamer and the engine, without a copy wherever possible.

use std::any::Any;
use std::sync::Arc;

use engine::{Frame, Matrix, PixelFormat, PixelLayout, Plane, Planes, Range};
use gstreamer as gst;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;

/// The raw formats that sources may deliver; anything else is converted to the first.
pub const FORMATS: [gst_video::VideoFormat; 3] =
    [gst_video::VideoFormat::I420, gst_video::VideoFormat::Nv12, gst_video::VideoFormat::Rgba];

/// The widest pixel that is believed, and over 1 the narrowest.
const MAX_ASPECT: f64 = 10.0;

/// A decoder's buffer as a picture.
struct Decoded {
    frame: gst_video::VideoFrame<gst_video::video_frame::Readable>,
    rows: [usize; 3],
}

impl Planes for Decoded {
    fn plane(&self, index: usize) -> Plane<'_> {
        let stride = self.frame.plane_stride()[index].unsigned_abs() as usize;
        let data = self.frame.plane_data(index as u32).unwrap_or_default();
        // A buffer may end right after its last pixel; rows beyond the last are not part of the picture.
        Plane { data: &data[..data.len().min(stride * self.rows[index])], stride }
    }
}

/// Wraps a decoded buffer as a frame; its bytes are mapped, not copied. `None` if the buffer does not
/// match its description.
pub fn from_buffer(buffer: gst::Buffer, info: &gst_video::VideoInfo) -> Option<Frame> {
    let layout = match info.format() {
        gst_video::VideoFormat::I420 => PixelLayout::I420,
        gst_video::VideoFormat::Nv12 => PixelLayout::Nv12,
        gst_video::VideoFormat::Rgba => PixelLayout::Rgba,
        _ => return None,
    };
    let colours = info.colorimetry();
    let matrix = match colours.matrix() {
        gst_video::VideoColorMatrix::Bt601 | gst_video::VideoColorMatrix::Fcc => Matrix::Bt601,
        // A stream that does not name its matrix is judged by its size, as every player does.
        gst_video::VideoColorMatrix::Unknown if info.height() < 720 => Matrix::Bt601,
        _ => Matrix::Bt709,
    };
    let full = colours.range() == gst_video::VideoColorRange::Range0_255;
    let range = if full || layout == PixelLayout::Rgba { Range::Full } else { Range::Limited };
    let (width, height) = (info.width(), info.height());
    let frame = gst_video::VideoFrame::from_buffer_readable(buffer, info).ok()?;
    let chroma = height.div_ceil(2) as usize;
    let rows = [height as usize, chroma, chroma];
    let planes = Arc::new(Decoded { frame, rows });
    let frame = Frame::new(width, height, PixelFormat { layout, matrix, range }, planes);
    Some(frame.with_pixel_aspect(pixel_aspect(info)))
}

/// The width of a pixel over its height. What is absurd is a damaged header, and what changes less than a
/// pixel is rounding of whoever wrote it: both are shown with square pixels.
pub fn pixel_aspect(info: &gst_video::VideoInfo) -> f64 {
    let (num, den) = (f64::from(info.par().numer()), f64::from(info.par().denom()));
    let aspect = num / den;
    let visible = (aspect - 1.0).abs() * f64::from(info.width().max(info.height())) >= 1.0;
    if visible && (1.0 / MAX_ASPECT..=MAX_ASPECT).contains(&aspect) { aspect } else { 1.0 }
}

/// The buffer that hands a picture in [`PixelFormat::PROGRAMME`] to an encoder: its own bytes where they
/// are contiguous (a pool's canvas, a decoder's buffer), else a copy.
pub fn to_buffer(frame: &Frame) -> gst::Buffer {
    let planes: &dyn Any = frame.planes();
    if let Some(decoded) = planes.downcast_ref::<Decoded>() {
        let mut buffer = decoded.frame.buffer_owned();
        // The source's timestamps and flags do not apply to the programme.
        let marks = buffer.make_mut();
        marks.set_pts(gst::ClockTime::NONE);
        marks.set_dts(gst::ClockTime::NONE);
        marks.set_duration(gst::ClockTime::NONE);
        marks.unset_flags(gst::BufferFlags::DISCONT | gst::BufferFlags::DELTA_UNIT);
        return buffer;
    }
    let (offsets, strides, whole) = layout(frame);
    let mut buffer = match whole {
        true => gst::Buffer::from_slice(Whole(frame.clone())),
        false => gst::Buffer::from_slice(copied(frame, &offsets, &strides)),
    };
    let (width, height) = frame.size();
    // Without it the encoder assumes the default layout, which is that of `layout`.
    let _described = gst_video::VideoMeta::add_full(
        buffer.make_mut(),
        gst_video::VideoFrameFlags::empty(),
        gst_video::VideoFormat::I420,
        width,
        height,
        &offsets,
        &strides,
    );
    buffer
}

/// Offsets and strides of the planes in one buffer, and whether the picture is such a buffer.
fn layout(frame: &Frame) -> ([usize; 3], [i32; 3], bool) {
    let planes = [0, 1, 2].map(|index| frame.plane(index));
    if let Some(bytes) = frame.planes().whole() {
        let start = bytes.as_ptr().addr();
        let offsets = planes.map(|plane| plane.data.as_ptr().addr().wrapping_sub(start));
        return (offsets, planes.map(|plane| plane.stride as i32), true);
    }
    let sizes = [0, 1, 2].map(|index| frame.plane_size(index));
    let strides = sizes.map(|(wide, _)| wide.next_multiple_of(4));
    let chroma = strides[1] * sizes[1].1;
    let luma = strides[0] * sizes[1].1 * 2;
    ([0, luma, luma + chroma], strides.map(|stride| stride as i32), false)
}

fn copied(frame: &Frame, offsets: &[usize; 3], strides: &[i32; 3]) -> Vec<u8> {
    let (_, chroma_rows) = frame.plane_size(2);
    let mut bytes = vec![0; offsets[2] + strides[2] as usize * chroma_rows];
    for index in 0..3 {
        let (wide, high) = frame.plane_size(index);
        let plane = frame.plane(index);
        for row in 0..high {
            let to = offsets[index] + row * strides[index] as usize;
            let from = row * plane.stride;
            bytes[to..to + wide].copy_from_slice(&plane.data[from..from + wide]);
        }
    }
    bytes
}

/// Keeps a picture's bytes for as long as GStreamer has them.
struct Whole(Frame);

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        self.0.planes().whole().unwrap_or_default()
    }
}
