//! Where panes are on the canvas, and which part of their sources they show.

use show::{Crop, Fit, Pane};

use crate::axis::AxisKey;
use crate::mask::{Shape, Span};

/// The position of a pane and its picture, in luma pixels, across and down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaneGeometry {
    /// The pane on the canvas.
    pub pane: (Span, Span),
    /// The picture on the canvas.
    pub to: (Span, Span),
    /// The part of the source that is seen.
    pub from: (Span, Span),
}

impl PaneGeometry {
    /// A picture of `source` pixels, each `aspect` times as wide as high, cropped, and fitted to the pane.
    pub fn new(
        pane: &Pane,
        crop: Crop,
        canvas: (u32, u32),
        (source, aspect): ((u32, u32), f64),
    ) -> Self {
        let [cw, ch, sw, sh] = [canvas.0, canvas.1, source.0, source.1].map(f64::from);
        let rect = pane.rect;
        let (x, y, w, h) = (rect.x * cw, rect.y * ch, rect.w * cw, rect.h * ch);
        let (u, v) = (crop.left * sw, crop.top * sh);
        let (uw, vh) = ((1.0 - crop.left - crop.right) * sw, (1.0 - crop.top - crop.bottom) * sh);
        let (to, from) = match pane.fit {
            Fit::Fit => {
                let scale = (w / (uw * aspect)).min(h / vh);
                let (pw, ph) = (uw * aspect * scale, vh * scale);
                let to = ((x + (w - pw) / 2.0, pw), (y + (h - ph) / 2.0, ph));
                (to, ((u, uw), (v, vh)))
            }
            Fit::Fill => {
                let scale = (w / (uw * aspect)).max(h / vh);
                let (fw, fh) = (w / (scale * aspect), h / scale);
                let from = ((u + (uw - fw) / 2.0, fw), (v + (vh - fh) / 2.0, fh));
                (((x, w), (y, h)), from)
            }
        };
        let both = |(across, down)| (snapped(across), snapped(down));
        Self { pane: both(((x, w), (y, h))), to: both(to), from: both(from) }
    }

    /// The whole pane, without a source.
    pub fn flat(pane: &Pane, canvas: (u32, u32)) -> Self {
        let geometry = Self::new(pane, Crop::NONE, canvas, (canvas, 1.0));
        Self { to: geometry.pane, ..geometry }
    }

    /// The pane's shape on a plane of the canvas.
    pub fn shape(
        &self,
        pane: &Pane,
        canvas: (usize, usize),
        luma: (u32, u32),
        plane: usize,
    ) -> Shape {
        let density = if plane == 0 { 1.0 } else { 0.5 };
        let scaled = |(across, down): (Span, Span)| {
            (scaled_span(across, density), scaled_span(down, density))
        };
        let unit = f64::from(luma.1) * density;
        let border = pane.border.filter(|border| border.colour.a > 0);
        Shape {
            canvas,
            pane: scaled(self.pane),
            picture: scaled(self.to),
            picture_alpha: 1.0,
            corner: pane.corner.max(0.0) * unit,
            border: border.map_or(0.0, |border| border.width * unit),
            border_alpha: border.map_or(0.0, |border| f64::from(border.colour.a) / 255.0),
            opacity: pane.opacity.clamp(0.0, 1.0),
        }
    }

    /// How the samples of a source plane map to a plane of the canvas, across and down. Densities
    /// are samples a pixel, 1 or 1/2. Samples of half density are sited on the even pixels across
    /// (Rec. ITU-T H.264, chroma_sample_loc_type 0), a quarter of their own width left of their
    /// middle, and in the middle down.
    pub fn axis_keys(
        &self,
        (canvas, canvas_density): ((usize, usize), f64),
        (source, source_density): ((usize, usize), f64),
    ) -> (AxisKey, AxisKey) {
        let key = |to: Span, canvas, from: Span, source| AxisKey {
            to: scaled_span(to, canvas_density),
            canvas,
            from: scaled_span(from, source_density),
            source,
            shift: 0.0,
        };
        let mut across = key(self.to.0, canvas.0, self.from.0, source.0);
        let down = key(self.to.1, canvas.1, self.from.1, source.1);
        let sited = |density: f64| if density < 1.0 { 0.25 } else { 0.0 };
        let step = across.from.1 / across.to.1;
        across.shift = sited(source_density) - sited(canvas_density) * step;
        (across, down)
    }
}

fn scaled_span((start, length): Span, density: f64) -> Span {
    (start * density, length * density)
}

/// Rounded to 1/65,536 of a pixel, so that adjacent edges meet, and a half is a half.
fn snapped((start, length): Span) -> Span {
    let snap = |at: f64| (at * 65_536.0).round() / 65_536.0;
    let (start, end) = (snap(start), snap(start + length));
    (start, (end - start).max(1.0 / 65_536.0))
}
