//! Adjusts pictures on the CPU: turns them, changes their codes, and makes their key transparent. Written so that the
//! compiler vectorises what is done for each sample.

use engine::{Canvas, Frame};
use show::PictureSettings;

use crate::colour::straight_codes;
use crate::drawable::Cutout;
use crate::grade::{Grade, ToBt709};
use crate::paint::component;
use crate::scale::Samples;
use crate::turn::Turn;

/// How many rows become columns at once: a square of so many samples is turned in registers.
const SQUARE: usize = 16;

/// Adjusts pictures; keeps what it needs for that.
#[derive(Default)]
pub struct Adjuster {
    /// A row of chroma, blended of two, and one sample more at either end.
    sums: Vec<u16>,
    /// The same, as it becomes: [`SQUARE`] rows of it.
    lines: Vec<u8>,
    row: Row,
}

/// A row of a picture with alpha while it is made.
#[derive(Default)]
struct Row {
    /// Y', Cb and Cr from 128, alpha: codes, and 0 to 1.
    floats: [Vec<f32>; 4],
    /// A row of Cb and of Cr at half density.
    halves: [Vec<f32>; 2],
    /// The finished codes times alpha, and alpha.
    codes: [Vec<u8>; 4],
}

/// A picture of R'G'B', with alpha.
pub enum Straight<'a> {
    /// Rows of straight R'G'B'A.
    Rgba { data: &'a [u8], stride: usize },
    /// Codes times alpha.
    Cutout(&'a Cutout),
}

impl Adjuster {
    /// A Y'CbCr picture without a key, of the same format.
    pub fn adjust(
        &mut self,
        mut canvas: Canvas,
        frame: &Frame,
        settings: &PictureSettings,
    ) -> Frame {
        let (turn, format) = (Turn::new(settings), frame.format());
        let grade = Grade::new(settings, format);
        for plane in 0..3 {
            let (samples, from) = (component(frame, plane), frame.plane_size(plane));
            let (wide, high) = canvas.plane_size(plane);
            let (data, stride) = canvas.plane_mut(plane);
            let codes = match plane {
                0 => settings.changes_luma().then_some(&grade.luma),
                _ => (settings.saturation != 1.0).then_some(&grade.chroma),
            };
            let mut to = PlaneMut { data, stride, wide, high };
            match (plane, turn == Turn::default()) {
                (0, _) | (_, true) => self.turn_whole(&mut to, samples, from, (turn, codes)),
                _ => self.turn_chroma(&mut to, (samples, from), frame.size(), (turn, codes)),
            }
        }
        let aspect = turn.pixel_aspect(frame.pixel_aspect());
        canvas.finish().with_colours(format.matrix, format.range).with_pixel_aspect(aspect)
    }

    /// A plane whose samples stand in the middle of their pixels, or is not turned.
    fn turn_whole(
        &mut self,
        to: &mut PlaneMut<'_>,
        samples: Samples<'_>,
        (wide, high): (usize, usize),
        (turn, codes): (Turn, Option<&[u8; 256]>),
    ) {
        let row_of = |row: usize| if turn.from_bottom { high - 1 - row } else { row };
        if !turn.swaps {
            for row in 0..to.high {
                let line = &mut to.data[row * to.stride..][..to.wide];
                set_line(line, (samples, row_of(row)), codes, turn.from_right);
            }
            return;
        }
        self.lines.resize(wide * SQUARE, 0);
        for first in (0..to.wide).step_by(SQUARE) {
            let count = SQUARE.min(to.wide - first);
            let lines = &mut self.lines[..count * wide];
            for (line, column) in lines.chunks_exact_mut(wide).zip(first..) {
                set_line(line, (samples, row_of(column)), codes, turn.from_right);
            }
            to.set_columns(first, lines, wide);
        }
    }

    /// A plane of chroma, turned: interpolated, since its samples do not stand in the middle of their pixels.
    fn turn_chroma(
        &mut self,
        to: &mut PlaneMut<'_>,
        (samples, (wide, high)): (Samples<'_>, (usize, usize)),
        size: (u32, u32),
        (turn, codes): (Turn, Option<&[u8; 256]>),
    ) {
        let (across, down) = turn.chroma_lines(size);
        let (columns, rows) = if turn.swaps { (to.high, to.wide) } else { (to.wide, to.high) };
        // All are as far between two samples as the first; one more at either end repeats the edge.
        let (first, part) = (across.first.div_euclid(4), across.first.rem_euclid(4) as u16);
        let start = if turn.from_right { first - columns as i64 + 1 } else { first };
        let start = (start + 1).clamp(0, wide as i64) as usize;
        self.sums.resize(wide + 2, 0);
        self.lines.resize(columns * SQUARE, 0);
        for index in 0..rows {
            let ([above, below], part_down) = down.at(index, high);
            let weights = [4 - part_down, part_down];
            let sums = &mut self.sums[1..=wide];
            add_rows(
                sums,
                samples.row(above, 0, wide),
                samples.row(below, 0, wide),
                (samples.step, weights),
            );
            (self.sums[0], self.sums[wide + 1]) = (self.sums[1], self.sums[wide]);
            let line = &mut self.lines[index % SQUARE * columns..][..columns];
            for (out, pair) in line.iter_mut().zip(self.sums[start..].windows(2)) {
                *out = ((pair[0] * (4 - part) + pair[1] * part + 8) >> 4) as u8;
            }
            if let Some(codes) = codes {
                line.iter_mut().for_each(|code| *code = codes[usize::from(*code)]);
            }
            if turn.from_right {
                line.reverse();
            }
            if !turn.swaps {
                to.data[index * to.stride..][..columns].copy_from_slice(line);
            } else if (index + 1) % SQUARE == 0 || index + 1 == rows {
                let count = index % SQUARE + 1;
                to.set_columns(index + 1 - count, &self.lines[..count * columns], columns);
            }
        }
    }

    /// A Y'CbCr picture with a key. Chroma is interpolated linearly in each pixel.
    pub fn cut(&mut self, to: &mut Cutout, frame: &Frame, settings: &PictureSettings) {
        let (turn, grade) = (Turn::new(settings), Grade::new(settings, frame.format()));
        let convert = ToBt709::new(frame.format());
        let (width, height) = frame.plane_size(0);
        let (half_wide, half_high) = frame.plane_size(1);
        let [luma, cb, cr] = [0, 1, 2].map(|index| component(frame, index));
        to.resize(turn, (width, height));
        to.pixel_aspect = turn.pixel_aspect(frame.pixel_aspect());
        let row = &mut self.row;
        row.resize(width, half_wide);
        for index in 0..height {
            let near = index / 2;
            let far = if index % 2 == 0 { near.saturating_sub(1) } else { near + 1 };
            let far = far.min(half_high - 1);
            for (out, samples) in row.halves.iter_mut().zip([cb, cr]) {
                let pair = samples.whole(near, half_wide).zip(samples.whole(far, half_wide));
                for (out, (near, far)) in out.iter_mut().zip(pair) {
                    *out = f32::from(u16::from(near) * 3 + u16::from(far)) * 0.25 - 128.0;
                }
            }
            row.spread(width);
            let codes = luma.whole(index, width).map(|code| grade.luma[usize::from(code)]);
            row.floats[0].iter_mut().zip(codes).for_each(|(out, code)| *out = f32::from(code));
            row.floats[3].fill(1.0);
            row.finish(&grade, &convert);
            to.store(turn, index, &row.codes);
        }
        to.opaque = false;
    }

    /// A picture of R'G'B', with or without a key.
    pub fn cut_straight(
        &mut self,
        to: &mut Cutout,
        (width, height): (usize, usize),
        pixels: &Straight<'_>,
        settings: &PictureSettings,
    ) {
        let turn = Turn::new(settings);
        let grade = Grade::new(settings, engine::PixelFormat::RGBA);
        let convert = ToBt709::new(engine::PixelFormat::RGBA);
        to.resize(turn, (width, height));
        to.pixel_aspect = turn.pixel_aspect(to.pixel_aspect);
        let (row, mut is_opaque) = (&mut self.row, true);
        let changes_luma = settings.changes_luma();
        row.resize(width, 0);
        for index in 0..height {
            for at in 0..width {
                let [y, cb, cr, a] = pixels.at((width, index, at));
                // What is not changed is not rounded, either.
                let y = match changes_luma {
                    true => f32::from(grade.luma[y.round().clamp(0.0, 255.0) as usize]),
                    false => y,
                };
                for (out, value) in row.floats.iter_mut().zip([y, cb - 128.0, cr - 128.0, a]) {
                    out[at] = value;
                }
            }
            row.finish(&grade, &convert);
            is_opaque &= row.codes[3].iter().all(|alpha| *alpha == 255);
            to.store(turn, index, &row.codes);
        }
        to.opaque = is_opaque;
    }
}

impl Straight<'_> {
    /// Codes of Y', Cb and Cr, and alpha from 0 to 1, of a pixel.
    fn at(&self, (width, row, column): (usize, usize, usize)) -> [f32; 4] {
        match self {
            Self::Rgba { data, stride } => {
                let pixel = &data[row * stride + column * 4..][..4];
                let [y, cb, cr] = straight_codes([pixel[0], pixel[1], pixel[2]]);
                [y, cb, cr, f32::from(pixel[3]) / 255.0]
            }
            Self::Cutout(cutout) => {
                let at = row * width + column;
                let [y, cb, cr, a] =
                    [0, 1, 2, 3].map(|part: usize| f32::from(cutout.planes[part][at]));
                let straight = |code: f32| if a > 0.0 { code * 255.0 / a } else { 0.0 };
                [straight(y), straight(cb), straight(cr), a / 255.0]
            }
        }
    }
}

impl Row {
    fn resize(&mut self, width: usize, half: usize) {
        self.floats.iter_mut().for_each(|part| part.resize(width, 0.0));
        self.codes.iter_mut().for_each(|part| part.resize(width, 0));
        self.halves.iter_mut().for_each(|part| part.resize(half, 0.0));
    }

    /// From half density to that of pixels.
    fn spread(&mut self, width: usize) {
        let [_, cb, cr, _] = &mut self.floats;
        for (out, half) in [cb, cr].into_iter().zip(&self.halves) {
            for (pair, at) in out.chunks_mut(2).zip(0..) {
                let next = half[(at + 1).min(half.len() - 1)];
                pair[0] = half[at];
                if let Some(odd) = pair.get_mut(1) {
                    *odd = (half[at] + next) * 0.5;
                }
            }
        }
        debug_assert_eq!(self.floats[1].len(), width, "as wide as the picture");
    }

    /// Codes times alpha, and alpha.
    fn finish(&mut self, grade: &Grade, convert: &ToBt709) {
        match grade.key {
            Some(key) => self.finish_as(grade, convert, |cb, cr| key.at(cb, cr)),
            None => self.finish_as(grade, convert, |_, _| (1.0, 1.0)),
        }
    }

    /// The same; `key` says of Cb and Cr how opaque they are, and which part of their saturation they keep.
    fn finish_as(
        &mut self,
        grade: &Grade,
        convert: &ToBt709,
        key: impl Fn(f32, f32) -> (f32, f32),
    ) {
        let Self { floats: [y, cb, cr, a], codes: [out_y, out_cb, out_cr, out_a], .. } = self;
        let (convert, saturation) = (*convert, grade.saturation);
        let ins = y.iter().zip(&*cb).zip(cr.iter().zip(&*a));
        let outs = out_y.iter_mut().zip(out_cb).zip(out_cr.iter_mut().zip(out_a));
        for (((y, cb), (cr, a)), ((out_y, out_cb), (out_cr, out_a))) in ins.zip(outs) {
            let [blue, red] = convert.chroma(*cb, *cr);
            let (alpha, keeps) = key(blue + 128.0, red + 128.0);
            let (alpha, part) = (alpha * a, saturation * keeps);
            *out_y = code(convert.luma(*y, cb * part, cr * part), alpha);
            *out_cb = code(blue * part + 128.0, alpha);
            *out_cr = code(red * part + 128.0, alpha);
            *out_a = code(255.0, alpha);
        }
    }
}

/// A code times alpha, rounded: the lowest bits of a number as large as this are those of whole numbers, and taking
/// them is quicker than any conversion.
fn code(value: f32, alpha: f32) -> u8 {
    const WHOLE: f32 = 8_388_608.0;
    // Written so that it becomes two instructions.
    let inside = if value > 0.0 { value } else { 0.0 };
    let inside = if inside < 255.0 { inside } else { 255.0 };
    (inside * alpha + WHOLE).to_bits() as u8
}

/// A plane that is written.
struct PlaneMut<'a> {
    data: &'a mut [u8],
    stride: usize,
    wide: usize,
    high: usize,
}

impl PlaneMut<'_> {
    /// Makes columns, from this one on, of lines of this length, at most [`SQUARE`] of them.
    fn set_columns(&mut self, first: usize, lines: &[u8], length: usize) {
        let count = lines.len() / length;
        let squares = if count == SQUARE { length / SQUARE * SQUARE } else { 0 };
        for top in (0..squares).step_by(SQUARE) {
            let mut square = [[0; SQUARE]; SQUARE];
            for (side, line) in square.iter_mut().zip(lines.chunks_exact(length)) {
                side.copy_from_slice(&line[top..top + SQUARE]);
            }
            for row in 0..SQUARE {
                let out = &mut self.data[(top + row) * self.stride + first..][..SQUARE];
                out.iter_mut().zip(&square).for_each(|(out, side)| *out = side[row]);
            }
        }
        for (line, column) in lines.chunks_exact(length).zip(first..) {
            for (code, row) in line[squares..].iter().zip(squares..) {
                self.data[row * self.stride + column] = *code;
            }
        }
    }
}

/// A row of samples as their codes become, forward or backward.
fn set_line(
    line: &mut [u8],
    (samples, row): (Samples<'_>, usize),
    codes: Option<&[u8; 256]>,
    is_backward: bool,
) {
    let from = samples.row(row, 0, line.len());
    match (samples.step, codes) {
        (1, None) => line.copy_from_slice(from),
        (1, Some(codes)) => {
            line.iter_mut().zip(from).for_each(|(out, code)| *out = codes[usize::from(*code)]);
        }
        (step, codes) => {
            let of = |code: u8| codes.map_or(code, |codes| codes[usize::from(code)]);
            line.iter_mut().zip(from.iter().step_by(step)).for_each(|(out, code)| *out = of(*code));
        }
    }
    if is_backward {
        line.reverse();
    }
}

/// The weighted sums of two rows.
fn add_rows(sums: &mut [u16], above: &[u8], below: &[u8], (step, weights): (usize, [u16; 2])) {
    let [a, b] = weights;
    let sum = |above: u8, below: u8| u16::from(above) * a + u16::from(below) * b;
    if step == 1 {
        let pairs = above.iter().zip(below);
        sums.iter_mut().zip(pairs).for_each(|(out, (above, below))| *out = sum(*above, *below));
    } else {
        let pairs = above.chunks(2).zip(below.chunks(2));
        sums.iter_mut().zip(pairs).for_each(|(out, (above, below))| *out = sum(above[0], below[0]));
    }
}

impl Cutout {
    /// Makes room for a turned picture of this size.
    fn resize(&mut self, turn: Turn, (width, height): (usize, usize)) {
        (self.width, self.height) = if turn.swaps { (height, width) } else { (width, height) };
        self.planes.iter_mut().for_each(|plane| plane.resize(width * height, 0));
    }

    /// Stores a row of what is turned.
    fn store(&mut self, turn: Turn, index: usize, codes: &[Vec<u8>; 4]) {
        let (wide, high) = (self.width, self.height);
        for (plane, row) in self.planes.iter_mut().zip(codes) {
            if turn.swaps {
                let column = if turn.from_bottom { wide - 1 - index } else { index };
                for (at, code) in row.iter().enumerate() {
                    let row = if turn.from_right { high - 1 - at } else { at };
                    plane[row * wide + column] = *code;
                }
            } else {
                let at = if turn.from_bottom { high - 1 - index } else { index };
                let line = &mut plane[at * wide..][..wide];
                line.copy_from_slice(row);
                if turn.from_right {
                    line.reverse();
                }
            }
        }
    }
}
