//! Texts: shaped, wrapped and drawn with outline, shadow and box.

use std::sync::Arc;

use cosmic_text::{
    Align, Attrs, Buffer, Family, Font, FontSystem, Metrics, PhysicalGlyph, Shaping, SwashCache,
    SwashContent, Weight, Wrap, fontdb,
};
use show::{Colour, TextAlign, TextStyle};
use zeno::{Join, Mask, Origin, Placement, Stroke};

use crate::font_lack::{FontLack, MissingLetters};
use crate::picture::straight;
use crate::{Drawable, PrepError};

/// The line height, as a multiple of the letter size.
const LINE: f32 = 1.25;

/// The largest text, in canvases across and down: more than one, as it could be moved across.
const MOST: i64 = 2;

/// Sets texts in the system's fonts.
pub struct Typesetter {
    fonts: FontSystem,
    glyphs: SwashCache,
    /// What the fonts lacked for the last text.
    lack: Option<FontLack>,
}

/// An installed font file, mapped into memory: what is not read of it takes none.
#[derive(Clone)]
pub struct FontFile(Arc<Font>);

impl AsRef<[u8]> for FontFile {
    fn as_ref(&self) -> &[u8] {
        self.0.data()
    }
}

/// For each list of families the font file of the first that is installed, and the index of its
/// upright face; for user interfaces. Reads the disk.
pub fn installed_fonts(requests: &[&[&str]]) -> Vec<Option<(FontFile, u32)>> {
    let mut fonts = FontSystem::new();
    let face = |names: &&[&str]| {
        let database = fonts.db();
        let id = names.iter().find_map(|name| {
            let families = [fontdb::Family::Name(name)];
            // A query yields the nearest of a family alone, never another family.
            database.query(&fontdb::Query { families: &families, ..Default::default() })
        })?;
        let index = database.face(id)?.index;
        Some((FontFile(fonts.get_font(id, Weight::NORMAL)?), index))
    };
    requests.iter().map(face).collect()
}

/// The image of a glyph or of its outline, in pixels of the text.
struct GlyphImage {
    left: i64,
    top: i64,
    width: i64,
    content: GlyphPart,
    data: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq)]
enum GlyphPart {
    Letter,
    Outline,
    /// A glyph with colours of its own, straight R'G'B'A.
    Coloured,
}

/// Left, top, right, bottom.
#[derive(Clone, Copy)]
struct TextBounds([i64; 4]);

impl Typesetter {
    /// Loads the system's fonts.
    pub fn new() -> Self {
        Self { fonts: FontSystem::new(), glyphs: SwashCache::new(), lack: None }
    }

    /// What the fonts lacked for the text that was set last.
    pub fn lack(&self) -> Option<&FontLack> {
        self.lack.as_ref()
    }

    /// Whether a family is installed; a query yields the nearest of a family alone, never another family.
    fn has(&self, family: &str) -> bool {
        let families = [fontdb::Family::Name(family)];
        self.fonts
            .db()
            .query(&fontdb::Query { families: &families, ..Default::default() })
            .is_some()
    }

    /// Sets a text at its size on a canvas of this many pixels.
    pub fn set(&mut self, style: &TextStyle, canvas: (u32, u32)) -> Result<Drawable, PrepError> {
        let em = (style.size * f64::from(canvas.1)).max(1.0) as f32;
        let width = (style.max_width * f64::from(canvas.0)).max(1.0) as f32;
        let (glyphs, logical) = self.layout(style, em, width);
        let most = (i64::from(canvas.0) * MOST, i64::from(canvas.1) * MOST);
        check_size(logical, most)?;
        let stroke = style.outline.map(|outline| outline.width as f32 * em);
        let mut images = Vec::new();
        for glyph in &glyphs {
            self.add_glyph(glyph, stroke, &mut images);
        }
        let text_box = style.text_box.filter(|_| !glyphs.is_empty()).map(|text_box| {
            let padding = (text_box.padding * f64::from(em)).round() as i64;
            (logical.grown(padding), text_box.colour)
        });
        let shadow = style.shadow.map(|shadow| {
            let pixels = |part: f64| (part * f64::from(em)).round() as i64;
            ((pixels(shadow.dx), pixels(shadow.dy)), shadow.colour)
        });
        let mut bounds = text_box.map_or(logical, |(bounds, _)| bounds);
        for image in &images {
            bounds = bounds.with(image.bounds((0, 0)));
            if let Some((offset, _)) = shadow {
                bounds = bounds.with(image.bounds(offset));
            }
        }
        check_size(bounds, most)?;
        let mut drawing = TextCanvas::new(bounds);
        if let Some((bounds, colour)) = text_box {
            drawing.fill(bounds, colour);
        }
        if let Some((offset, colour)) = shadow {
            drawing.draw_shapes(&images, |_| Some(colour), offset);
        }
        if let Some(outline) = style.outline {
            drawing.draw_shapes(
                &images,
                |part| (part != GlyphPart::Coloured).then_some(outline.colour),
                (0, 0),
            );
        }
        drawing.draw_shapes(
            &images,
            |part| (part == GlyphPart::Letter).then_some(style.colour),
            (0, 0),
        );
        drawing.draw_coloured(&images);
        Ok(drawing.finish())
    }

    /// The glyphs with their positions, and the bounds of the lines.
    fn layout(
        &mut self,
        style: &TextStyle,
        em: f32,
        width: f32,
    ) -> (Vec<PhysicalGlyph>, TextBounds) {
        let mut buffer = Buffer::new(&mut self.fonts, Metrics::new(em, em * LINE));
        let weight = if style.bold { Weight::BOLD } else { Weight::NORMAL };
        let family = style.family.as_deref().map_or(Family::SansSerif, Family::Name);
        let attrs = Attrs::new().family(family).weight(weight);
        let align = match style.align {
            TextAlign::Start => None,
            TextAlign::Centre => Some(Align::Center),
            TextAlign::End => Some(Align::End),
        };
        buffer.set_wrap(Wrap::WordOrGlyph);
        buffer.set_size(Some(width), None);
        buffer.set_text(&style.text, &attrs, Shaping::Advanced, align);
        buffer.shape_until_scroll(&mut self.fonts, false);
        let mut glyphs = Vec::new();
        let mut missing = MissingLetters::default();
        let (mut left, mut right, mut bottom) = (f32::MAX, 0.0_f32, 0.0_f32);
        for run in buffer.layout_runs() {
            bottom = bottom.max(run.line_top + run.line_height);
            for glyph in run.glyphs {
                // Glyph 0 of any font is the box for what it does not have (OpenType, glyf table).
                if glyph.glyph_id == 0 {
                    missing.add(run.text.get(glyph.start..glyph.end).unwrap_or_default());
                }
                left = left.min(glyph.x);
                right = right.max(glyph.x + glyph.w);
                glyphs.push(glyph.physical((0.0, run.line_y), 1.0));
            }
        }
        let family = style.family.as_ref().filter(|family| !self.has(family));
        let other = family.map(|family| FontLack::Family { family: family.clone() });
        self.lack = missing.lack().or(other);
        if glyphs.is_empty() {
            return (glyphs, TextBounds([0, 0, 1, 1]));
        }
        let edges = [left.floor(), 0.0, right.ceil(), bottom.ceil()];
        (glyphs, TextBounds(edges.map(|edge| edge as i64)))
    }

    /// Adds a glyph, and its outline.
    fn add_glyph(
        &mut self,
        glyph: &PhysicalGlyph,
        stroke: Option<f32>,
        images: &mut Vec<GlyphImage>,
    ) {
        let key = glyph.cache_key;
        let mut add = |placement: Placement, content, data: Vec<u8>| {
            let (left, top) = (placement.left + glyph.x, glyph.y - placement.top);
            let (left, top, width) = (left.into(), top.into(), placement.width.into());
            if !data.is_empty() {
                images.push(GlyphImage { left, top, width, content, data });
            }
        };
        let Some(image) = self.glyphs.get_image_uncached(&mut self.fonts, key) else { return };
        match image.content {
            SwashContent::Color => return add(image.placement, GlyphPart::Coloured, image.data),
            SwashContent::Mask => add(image.placement, GlyphPart::Letter, image.data),
            SwashContent::SubpixelMask => return,
        }
        let Some(width) = stroke else { return };
        let outline = self.glyphs.get_outline_commands_uncached(&mut self.fonts, key);
        let Some(outline) = outline.filter(|outline| !outline.is_empty()) else { return };
        // Half of the stroke lies inside the letter, under it.
        let mut style = Stroke::new(width * 2.0);
        style.join(Join::Round);
        let offset = (key.x_bin.as_float(), key.y_bin.as_float());
        let (data, placement) = Mask::new(&*outline)
            .origin(Origin::BottomLeft)
            .style(style)
            .offset(offset)
            // Without it the mask's height, and so its top, is not known yet.
            .inspect(|_, _, _| ())
            .render();
        add(placement, GlyphPart::Outline, data);
    }
}

fn check_size(bounds: TextBounds, most: (i64, i64)) -> Result<(), PrepError> {
    let (width, height) = bounds.size();
    if width > most.0 || height > most.1 {
        return Err(PrepError::TextTooLarge { width, height, most });
    }
    Ok(())
}

impl TextBounds {
    fn size(self) -> (i64, i64) {
        let [left, top, right, bottom] = self.0;
        (right - left, bottom - top)
    }

    fn grown(self, by: i64) -> Self {
        let [left, top, right, bottom] = self.0;
        Self([left - by, top - by, right + by, bottom + by])
    }

    fn with(self, other: Self) -> Self {
        let ([left, top, right, bottom], [l, t, r, b]) = (self.0, other.0);
        Self([left.min(l), top.min(t), right.max(r), bottom.max(b)])
    }
}

impl GlyphImage {
    fn bounds(&self, (dx, dy): (i64, i64)) -> TextBounds {
        let bytes = if self.content == GlyphPart::Coloured { 4 } else { 1 };
        let height = self.data.len() as i64 / (self.width * bytes);
        let (left, top) = (self.left + dx, self.top + dy);
        TextBounds([left, top, left + self.width, top + height])
    }
}

/// The canvas of a text: colours times alpha, 0 to 255.
struct TextCanvas {
    bounds: TextBounds,
    width: usize,
    pixels: Vec<[f32; 4]>,
    cover: Vec<u8>,
}

impl TextCanvas {
    fn new(bounds: TextBounds) -> Self {
        let (width, height) = bounds.size();
        let count = (width * height) as usize;
        let (pixels, cover) = (vec![[0.0; 4]; count], vec![0; count]);
        Self { bounds, width: width as usize, pixels, cover }
    }

    fn at(&self, x: i64, y: i64) -> usize {
        let [left, top, ..] = self.bounds.0;
        (y - top) as usize * self.width + (x - left) as usize
    }

    fn fill(&mut self, bounds: TextBounds, colour: Colour) {
        let [left, top, right, bottom] = bounds.0;
        for y in top..bottom {
            let row = self.at(left, y)..self.at(right - 1, y) + 1;
            self.pixels[row].iter_mut().for_each(|pixel| over(pixel, colour, 255));
        }
    }

    /// Draws the parts that `colour` gives a colour as one shape: letters that overlap are not
    /// blended twice.
    fn draw_shapes(
        &mut self,
        images: &[GlyphImage],
        colour: impl Fn(GlyphPart) -> Option<Colour>,
        offset: (i64, i64),
    ) {
        let mut drawn = None;
        self.cover.fill(0);
        for image in images {
            let Some(colour) = colour(image.content) else { continue };
            drawn = Some(colour);
            let coloured = image.content == GlyphPart::Coloured;
            let [left, top, ..] = image.bounds(offset).0;
            let (bytes, width) = (if coloured { 4 } else { 1 }, image.width as usize);
            for (y, row) in image.data.chunks_exact(width * bytes).enumerate() {
                let start = self.at(left, top + y as i64);
                let covers = row.iter().skip(bytes - 1).step_by(bytes);
                for (cover, new) in self.cover[start..start + width].iter_mut().zip(covers) {
                    *cover = (*cover).max(*new);
                }
            }
        }
        let Some(colour) = drawn else { return };
        for (pixel, cover) in self.pixels.iter_mut().zip(&self.cover) {
            over(pixel, colour, *cover);
        }
    }

    fn draw_coloured(&mut self, images: &[GlyphImage]) {
        for image in images.iter().filter(|image| image.content == GlyphPart::Coloured) {
            let width = image.width as usize;
            for (y, row) in image.data.as_chunks::<4>().0.chunks_exact(width).enumerate() {
                let start = self.at(image.left, image.top + y as i64);
                for (pixel, new) in self.pixels[start..start + width].iter_mut().zip(row) {
                    let [r, g, b, a] = *new;
                    over(pixel, Colour { r, g, b, a }, 255);
                }
            }
        }
    }

    fn finish(self) -> Drawable {
        let (width, height) = self.bounds.size();
        let rgba: Vec<u8> = self.pixels.into_iter().flat_map(straight).collect();
        Drawable::graphic(width as u32, height as u32, &rgba)
    }
}

fn over(pixel: &mut [f32; 4], colour: Colour, cover: u8) {
    let Colour { r, g, b, a } = colour;
    let alpha = f32::from(a) * f32::from(cover) / 65_025.0;
    let new = [f32::from(r), f32::from(g), f32::from(b), 255.0];
    for (value, new) in pixel.iter_mut().zip(new) {
        *value += (new - *value) * alpha;
    }
}
