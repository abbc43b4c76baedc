//! Makes frames of the samples of a decoder, as the caps that come with them say.

use engine::Frame;
use gstreamer as gst;
use gstreamer_video as gst_video;

use crate::picture;
use crate::wide_colour::{WideColour, WideConverter};

/// Reads the pictures of one stream, whose caps may change at any time.
#[derive(Default)]
pub struct PictureReader {
    stream: Option<PictureStream>,
}

/// What is known of the pictures of a stream.
struct PictureStream {
    caps: gst::Caps,
    info: gst_video::VideoInfo,
    /// What brings its colours to BT.709, if they are not of it.
    wide: Option<WideConverter>,
}

impl PictureReader {
    /// The picture of a sample; `None` if it is not as its caps say. `changed` hears of each change of the stream.
    pub fn read(
        &mut self,
        sample: &gst::Sample,
        changed: impl FnOnce(&gst_video::VideoInfo),
    ) -> Option<Frame> {
        let caps = sample.caps()?;
        if self.stream.as_ref().is_none_or(|stream| *stream.caps != *caps) {
            let info = gst_video::VideoInfo::from_caps(caps).ok()?;
            changed(&info);
            let wide = WideColour::of(&info, caps)
                .map(|colour| WideConverter::new(colour, (info.width(), info.height())));
            self.stream = Some(PictureStream { caps: caps.to_owned(), info, wide });
        }
        let PictureStream { info, wide, .. } = self.stream.as_ref()?;
        match wide {
            None => picture::from_buffer(sample.buffer_owned()?, info),
            Some(converter) => {
                let frame = converter.convert(sample.buffer()?, info)?;
                Some(frame.with_pixel_aspect(picture::pixel_aspect(info)))
            }
        }
    }
}
