//! Paints a pane: its rows are scaled, converted and blended one by one.

use engine::{Canvas, Frame, PixelLayout};
use show::Pane;

use crate::axis::{Axis, AxisKey, AxisKind};
use crate::cache::Cache;
use crate::colour::{ColourConversion, Linear};
use crate::content::{Content, Shown};
use crate::geometry::PaneGeometry;
use crate::mask::{FULL, Mask, MaskRow, Shape};
use crate::scale::{self, Samples};

/// A pane that is ready to be painted.
#[derive(Clone, Copy)]
pub struct Painting<'a> {
    /// What it shows.
    pub content: Content<'a>,
    /// Where it lies.
    pub geometry: PaneGeometry,
    /// The codes of its border.
    pub border: [u8; 3],
    /// The masks of luma and of chroma, by index.
    pub masks: [usize; 2],
    /// Whether some of what it shows may be transparent.
    pub has_alpha: bool,
}

/// Paints panes. What depends on geometry alone is cached.
pub struct Painter {
    /// The axes, by key.
    pub axes: Cache<AxisKey, Axis>,
    /// The masks, by shape.
    pub masks: Cache<Shape, Mask>,
    sums: Vec<u16>,
    lines: [Vec<u8>; 4],
}

/// One component of a source and its axes.
#[derive(Clone, Copy)]
struct PaintPart<'a> {
    samples: Samples<'a>,
    across: usize,
    down: usize,
}

/// How a plane of the canvas is made from components of the source.
struct Recipe<'a> {
    /// The plane's own component, Cb, Cr, alpha.
    parts: [Option<PaintPart<'a>>; 4],
    convert: Option<Linear>,
}

impl Painter {
    /// Two buses of twenty panes need 6 axes and 2 masks each at most.
    pub fn new() -> Self {
        Self {
            axes: Cache::new(320),
            masks: Cache::new(120),
            sums: Vec::new(),
            lines: Default::default(),
        }
    }

    /// Begins a frame: earlier results of [`Self::prepare`] are no longer valid.
    pub fn begin_frame(&mut self) {
        self.axes.begin_frame();
        self.masks.begin_frame();
    }

    /// Computes where a pane lies.
    pub fn prepare<'a>(
        &mut self,
        size: (u32, u32),
        pane: &Pane,
        shown: &Shown<'a>,
    ) -> Painting<'a> {
        let (content, shape) = (shown.content, shown.shape());
        let geometry = match shape {
            None => PaneGeometry::flat(pane, size),
            Some(shape) => {
                PaneGeometry::new(pane, shown.crop, size, (shape.size, shape.pixel_aspect))
            }
        };
        let has_alpha = shape.is_some_and(|shape| shape.has_alpha);
        let masks = [0, 1].map(|plane| {
            let mut shape = geometry.shape(pane, plane_size(size, plane), size, plane);
            if let Content::Flat(colour) = content {
                shape.picture_alpha = f64::from(colour.a) / 255.0;
            }
            self.masks.find(&shape)
        });
        let border = pane.border.map_or([0; 3], |border| border.colour.to_bt709());
        Painting { content, geometry, border, masks, has_alpha }
    }

    /// The area of a plane where a painting hides everything behind it: first and end column, first
    /// and end row.
    pub fn opaque_area(&self, painting: &Painting<'_>, plane: usize) -> [usize; 4] {
        if painting.has_alpha {
            return [0; 4];
        }
        let mask = self.masks.at(painting.masks[plane.min(1)]);
        let (x, y) = mask.start;
        let [left, right, top, bottom] = mask.solid;
        [left + x, right + x, top + y, bottom + y]
    }

    /// Whether a painting hides everything behind it.
    pub fn covers(&self, painting: &Painting<'_>, size: (u32, u32)) -> bool {
        (0..2).all(|plane| {
            let (wide, high) = plane_size(size, plane);
            self.opaque_area(painting, plane) == [0, wide, 0, high]
        })
    }

    /// Paints a pane.
    pub fn paint(&mut self, canvas: &mut Canvas, painting: &Painting<'_>) {
        for plane in 0..3 {
            let recipe = self.recipe(canvas, painting, plane);
            let mask = self.masks.at(painting.masks[plane.min(1)]);
            for line in &mut self.lines {
                line.resize(mask.width, 0);
            }
            if let Content::Flat(colour) = painting.content {
                self.lines[0].fill(colour.to_bt709()[plane]);
            }
            let (wide, high) = canvas.plane_size(plane);
            let (bytes, stride) = canvas.plane_mut(plane);
            let is_whole = mask.start == (0, 0) && mask.solid == [0, wide, 0, high];
            if is_whole && let Some(data) = recipe.copy(&self.axes, stride) {
                // In one piece: a long copy does not read what it overwrites.
                let length = stride * (high - 1) + wide;
                bytes[..length].copy_from_slice(&data[..length]);
                continue;
            }
            for index in 0..mask.height() {
                let row = mask.row(index);
                let at = mask.start.1 + index;
                let target = &mut bytes[at * stride + mask.start.0..][..mask.width];
                let is_whole = row.solid == (0, mask.width);
                if is_whole && recipe.write(&self.axes, &mut self.sums, target, at) {
                    continue;
                }
                if row.has_picture {
                    let (sums, lines) = (&mut self.sums, &mut self.lines);
                    recipe.make(&self.axes, sums, lines, mask.start.0, at);
                } else if !row.has_border {
                    continue;
                }
                let [line, _, _, alpha] = &self.lines;
                match recipe.parts[3] {
                    None => blend(target, line, &row, painting.border[plane]),
                    Some(_) => blend_alpha(target, (line, alpha), &row, painting.border[plane]),
                }
            }
        }
    }

    fn recipe<'a>(&mut self, canvas: &Canvas, painting: &Painting<'a>, plane: usize) -> Recipe<'a> {
        let mut parts = [None; 4];
        let target = (canvas.plane_size(plane), if plane == 0 { 1.0 } else { 0.5 });
        let mut part = |samples, size, density| {
            let (across, down) = painting.geometry.axis_keys(target, (size, density));
            Some(PaintPart {
                samples,
                across: self.axes.find(&across),
                down: self.axes.find(&down),
            })
        };
        let mut convert = None;
        match painting.content {
            Content::Flat(_) => {}
            Content::Frame(frame) => {
                let mut own = |index: usize| {
                    let density = if index == 0 { 1.0 } else { 0.5 };
                    part(component(frame, index), frame.plane_size(index), density)
                };
                match (ColourConversion::new(frame.format()), plane) {
                    (None, _) => parts[0] = own(plane),
                    (Some(all), 0) if all.mixes() => {
                        (parts, convert) = ([own(0), own(1), own(2), None], Some(all.luma));
                    }
                    (Some(all), 0) => (parts[0], convert) = (own(0), Some(all.luma)),
                    (Some(all), _) => {
                        convert = Some(all.chroma[plane - 1]);
                        parts = [None, own(1), own(2), None];
                    }
                }
            }
            Content::Cutout(cutout) => {
                let size = (cutout.width, cutout.height);
                let mut own = |index: usize| {
                    let data = &cutout.planes[index][..];
                    part(Samples { data, stride: cutout.width, step: 1 }, size, 1.0)
                };
                parts[0] = own(plane);
                parts[3] = if cutout.opaque { None } else { own(3) };
            }
        }
        Recipe { parts, convert }
    }
}

impl<'a> Recipe<'a> {
    /// The source's plane, if the canvas's is a plain copy of it with the same stride.
    fn copy(&self, axes: &Cache<AxisKey, Axis>, stride: usize) -> Option<&'a [u8]> {
        let ([Some(PaintPart { samples, across, down }), None, None, None], None) =
            (self.parts, self.convert)
        else {
            return None;
        };
        let is_copy = |index| {
            let axis = axes.at(index);
            axis.kind == AxisKind::Copy && axis.start == 0 && axis.first.first() == Some(&0)
        };
        let same = samples.step == 1 && samples.stride == stride;
        (same && is_copy(across) && is_copy(down)).then_some(samples.data)
    }

    /// Writes a row straight to the canvas, if it only has to be scaled; returns false if not.
    fn write(
        &self,
        axes: &Cache<AxisKey, Axis>,
        sums: &mut Vec<u16>,
        target: &mut [u8],
        row: usize,
    ) -> bool {
        let ([Some(PaintPart { samples, across, down }), None, None, None], None) =
            (self.parts, self.convert)
        else {
            return false;
        };
        let (across, down) = (axes.at(across), axes.at(down));
        let index = row.checked_sub(down.start).filter(|index| *index < down.len());
        match index {
            Some(index) if across.len() == target.len() => {
                scale::row(target, sums, samples, (across, down), (index, false));
                true
            }
            _ => false,
        }
    }

    /// Makes row `row` of the canvas's plane in `lines[0]`, and its alpha in `lines[3]`. Lines begin
    /// at column `start`.
    fn make(
        &self,
        axes: &Cache<AxisKey, Axis>,
        sums: &mut Vec<u16>,
        lines: &mut [Vec<u8>; 4],
        start: usize,
        row: usize,
    ) {
        for (part, line) in self.parts.iter().zip(&mut *lines) {
            let Some(PaintPart { samples, across, down }) = part else { continue };
            let (across, down) = (axes.at(*across), axes.at(*down));
            let inside = row.checked_sub(down.start).filter(|index| *index < down.len());
            if let Some(index) = inside {
                let out = &mut line[across.start - start..][..across.len()];
                scale::row(out, sums, *samples, (across, down), (index, self.parts[3].is_some()));
            }
        }
        if let Some(linear) = self.convert {
            let [own, cb, cr, _] = lines;
            for (value, (cb, cr)) in own.iter_mut().zip(cb.iter().zip(&*cr)) {
                *value = linear.apply(*value, *cb, *cr);
            }
        }
    }
}

/// Width and height of a plane of a canvas.
pub fn plane_size((width, height): (u32, u32), plane: usize) -> (usize, usize) {
    let (width, height) = (width as usize, height as usize);
    if plane == 0 { (width, height) } else { (width.div_ceil(2), height.div_ceil(2)) }
}

/// A component of a Y'CbCr picture.
pub fn component(frame: &Frame, index: usize) -> Samples<'_> {
    let interleaved = frame.format().layout == PixelLayout::Nv12 && index > 0;
    if interleaved {
        let plane = frame.plane(1);
        Samples { data: &plane.data[index - 1..], stride: plane.stride, step: 2 }
    } else {
        let plane = frame.plane(index);
        Samples { data: plane.data, stride: plane.stride, step: 1 }
    }
}

fn blend(target: &mut [u8], line: &[u8], row: &MaskRow<'_>, border: u8) {
    let (start, end) = row.solid;
    target[start..end].copy_from_slice(&line[start..end]);
    for range in [0..start, end..target.len()] {
        let (target, line) = (&mut target[range.clone()], &line[range.clone()]);
        let (picture, edge) = (&row.picture[range.clone()], &row.border[range]);
        let values = target.iter_mut().zip(line).zip(picture.iter().zip(edge));
        if row.has_border {
            for ((target, value), (picture, edge)) in values {
                let rest = FULL - picture - edge;
                let sum = u16::from(*target) * rest + u16::from(*value) * picture;
                *target = ((sum + u16::from(border) * edge + FULL / 2) >> 8) as u8;
            }
        } else {
            for ((target, value), (picture, _)) in values {
                let sum = u16::from(*target) * (FULL - picture) + u16::from(*value) * picture;
                *target = ((sum + FULL / 2) >> 8) as u8;
            }
        }
    }
}

/// The line's codes are already multiplied by alpha.
fn blend_alpha(target: &mut [u8], (line, alpha): (&[u8], &[u8]), row: &MaskRow<'_>, border: u8) {
    let lines = target.iter_mut().zip(line.iter().zip(alpha));
    for ((target, (value, alpha)), (picture, edge)) in lines.zip(row.picture.iter().zip(row.border))
    {
        let [picture, edge] = [*picture, *edge].map(u32::from);
        // In 16 bits: alpha 255 hides all.
        let hidden = picture * u32::from(*alpha) * 257 / 255 + edge * 257;
        let seen = (u32::from(FULL) * 257).saturating_sub(hidden);
        let new = (u32::from(*value) * picture + u32::from(border) * edge) * 257;
        let sum = u32::from(*target) * seen + new;
        *target = ((sum + 128 * 257) / (256 * 257)).min(255) as u8;
    }
}
