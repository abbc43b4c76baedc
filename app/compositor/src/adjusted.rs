//! Sources' pictures with their settings, on the CPU: made once for each picture that a source sends.

use engine::{Frame, FramePool, Matrix, PixelLayout, Range};
use show::{ColourMatrix, ColourRange, PictureSettings, SourceId};

use crate::adjust::{Adjuster, Straight};
use crate::content::Content;
use crate::drawable::Cutout;
use crate::turn::Turn;

/// How many pictures of a source are kept, as many as canvases: a picture that fills the programme goes to encoders as
/// it is.
const KEPT: usize = 12;
/// For how many frames memory is kept that nothing uses: four seconds at 25 a second.
const IDLE_FRAMES: u64 = 100;

/// The adjusted pictures of sources. Bounded by what is drawn in [`IDLE_FRAMES`].
#[derive(Default)]
pub struct AdjustedPictures {
    all: Vec<Adjusted>,
    adjuster: Adjuster,
    frame: u64,
}

/// An adjusted picture of a source.
struct Adjusted {
    source: SourceId,
    settings: PictureSettings,
    /// What it was made of; none while nothing shows it.
    of: Option<Original>,
    picture: Option<Frame>,
    cutout: Cutout,
    pool: Option<FramePool>,
    used: u64,
}

/// What an adjusted picture was made of.
enum Original {
    /// A picture that a source sent.
    Frame(Frame),
    /// A prepared picture, by its serial number.
    Prepared(u64),
}

impl AdjustedPictures {
    /// Begins a frame.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
        let frame = self.frame;
        self.all.retain(|adjusted| adjusted.used + IDLE_FRAMES >= frame);
        for adjusted in &mut self.all {
            // The frame before has not shown it: its source may need the picture's memory.
            if adjusted.used + 1 < frame {
                (adjusted.of, adjusted.picture) = (None, None);
            }
        }
    }

    /// Makes a source's picture as its settings have it, unless it is made already. A prepared picture has a serial
    /// number.
    pub fn add(
        &mut self,
        source: SourceId,
        settings: &PictureSettings,
        (content, serial): (Content<'_>, Option<u64>),
    ) {
        if !is_needed(settings, content) {
            return;
        }
        let known = self.position(source, settings);
        // Other settings of the same source take the place of those that nothing shows any more.
        let frame = self.frame;
        let left = |other: &Adjusted| other.source == source && other.used != frame;
        let left = known.is_none().then(|| self.all.iter().position(left)).flatten();
        if let Some(at) = left {
            (self.all[at].settings, self.all[at].of) = (*settings, None);
        }
        let index = known.or(left).unwrap_or_else(|| {
            let (of, picture, cutout, pool) = (None, None, Cutout::default(), None);
            let (settings, used) = (*settings, self.frame);
            self.all.push(Adjusted { source, settings, of, picture, cutout, pool, used });
            self.all.len() - 1
        });
        let adjusted = &mut self.all[index];
        adjusted.used = self.frame;
        let is_same = match (&adjusted.of, content, serial) {
            (Some(Original::Prepared(old)), _, Some(new)) => *old == new,
            (Some(Original::Frame(old)), Content::Frame(new), None) => old.is_same(new),
            _ => false,
        };
        if !is_same {
            adjusted.make(&mut self.adjuster, content);
            adjusted.of = match (content, serial) {
                (_, Some(serial)) => Some(Original::Prepared(serial)),
                (Content::Frame(frame), None) => Some(Original::Frame(frame.clone())),
                _ => None,
            };
        }
    }

    /// A source's picture as its settings have it, if it is another than the source sends.
    pub fn find(&self, source: SourceId, settings: &PictureSettings) -> Option<Content<'_>> {
        let adjusted = &self.all[self.position(source, settings)?];
        adjusted.of.as_ref()?;
        Some(match &adjusted.picture {
            Some(picture) => Content::Frame(picture),
            None => Content::Cutout(&adjusted.cutout),
        })
    }

    fn position(&self, source: SourceId, settings: &PictureSettings) -> Option<usize> {
        let same = |other: &Adjusted| other.source == source && other.settings == *settings;
        self.all.iter().position(same)
    }
}

impl Adjusted {
    fn make(&mut self, adjuster: &mut Adjuster, content: Content<'_>) {
        let settings = &self.settings;
        self.picture = None;
        match content {
            Content::Frame(frame) if frame.format().layout == PixelLayout::Rgba => {
                let plane = frame.plane(0);
                let (data, stride) = (plane.data, plane.stride);
                let (width, height) = frame.plane_size(0);
                let pixels = Straight::Rgba { data, stride };
                self.cutout.pixel_aspect = frame.pixel_aspect();
                adjuster.cut_straight(&mut self.cutout, (width, height), &pixels, settings);
            }
            Content::Frame(frame) => {
                let frame = with_colours(frame, settings);
                if settings.key.is_some() {
                    adjuster.cut(&mut self.cutout, &frame, settings);
                } else if settings.makes_another() {
                    let size = Turn::new(settings).size(frame.size());
                    let is_right = |pool: &FramePool| pool.size() == size;
                    let pool = self.pool.take().filter(is_right);
                    let pool = pool.unwrap_or_else(|| FramePool::new(size.0, size.1, KEPT));
                    self.picture = Some(adjuster.adjust(pool.take(), &frame, settings));
                    self.pool = Some(pool);
                } else {
                    self.picture = Some(frame);
                }
            }
            Content::Cutout(cutout) => {
                let pixels = Straight::Cutout(cutout);
                self.cutout.pixel_aspect = cutout.pixel_aspect;
                let size = (cutout.width, cutout.height);
                adjuster.cut_straight(&mut self.cutout, size, &pixels, settings);
            }
            Content::Flat(_) => {}
        }
    }
}

/// Whether a source's picture has to become another before it is drawn: by its pixels, or by what its codes mean.
fn is_needed(settings: &PictureSettings, content: Content<'_>) -> bool {
    let is_other = match content {
        Content::Flat(_) => return false,
        Content::Frame(frame) => {
            let format = frame.format();
            let is_other = with_colours(frame, settings).format() != format;
            is_other && format.layout != PixelLayout::Rgba
        }
        Content::Cutout(_) => false,
    };
    is_other || settings.makes_another()
}

/// A source's picture, whose codes mean what its settings say.
pub fn with_colours(frame: &Frame, settings: &PictureSettings) -> Frame {
    let format = frame.format();
    let matrix = settings.matrix.map_or(format.matrix, |matrix| match matrix {
        ColourMatrix::Bt601 => Matrix::Bt601,
        ColourMatrix::Bt709 => Matrix::Bt709,
    });
    let range = settings.range.map_or(format.range, |range| match range {
        ColourRange::Limited => Range::Limited,
        ColourRange::Full => Range::Full,
    });
    frame.clone().with_colours(matrix, range)
}
