//! What panes show: pictures, and what is known of them before they are drawn.

use engine::{Frame, PixelLayout};
use show::{Colour, Crop, PictureSettings};

use crate::drawable::Cutout;
use crate::turn::Turn;

/// What a pane shows on this frame.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// A colour.
    Flat(Colour),
    /// A picture without alpha.
    Frame(&'a Frame),
    /// A picture with alpha.
    Cutout(&'a Cutout),
}

/// What is known of a picture before it is drawn.
#[derive(Clone, Copy)]
pub struct PictureShape {
    /// Its width and height in pixels.
    pub size: (u32, u32),
    /// The width of a pixel over its height.
    pub pixel_aspect: f64,
    /// Whether some of it may be transparent.
    pub has_alpha: bool,
}

impl Content<'_> {
    /// The shape of a picture; none of a colour, which has no size.
    pub fn shape(self) -> Option<PictureShape> {
        match self {
            Self::Flat(_) => None,
            Self::Frame(frame) => Some(PictureShape {
                size: frame.size(),
                pixel_aspect: frame.pixel_aspect(),
                has_alpha: frame.format().layout == PixelLayout::Rgba,
            }),
            Self::Cutout(cutout) => Some(PictureShape {
                size: (cutout.width as u32, cutout.height as u32),
                pixel_aspect: cutout.pixel_aspect,
                has_alpha: !cutout.opaque,
            }),
        }
    }
}

impl PictureShape {
    /// As these settings have it.
    pub fn adjusted(self, settings: &PictureSettings) -> Self {
        let turn = Turn::new(settings);
        let (size, aspect) = (turn.size(self.size), turn.pixel_aspect(self.pixel_aspect));
        let has_alpha = self.has_alpha || settings.key.is_some();
        Self { size, pixel_aspect: aspect, has_alpha }
    }
}

/// What a pane shows.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The picture.
    pub content: Content<'a>,
    /// What is cut off it.
    pub crop: Crop,
    /// The serial number of a prepared image.
    pub serial: Option<u64>,
    /// What is still to be made of it by its source's settings: on a GPU.
    pub settings: Option<&'a PictureSettings>,
}

impl<'a> Shown<'a> {
    /// A picture as it is.
    pub fn plain(content: Content<'a>) -> Self {
        Self { content, crop: Crop::NONE, serial: None, settings: None }
    }

    /// Its shape, as its settings have it.
    pub fn shape(&self) -> Option<PictureShape> {
        let shape = self.content.shape()?;
        Some(self.settings.map_or(shape, |settings| shape.adjusted(settings)))
    }
}
