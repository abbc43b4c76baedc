//! The conversion of whole pictures: the curves as tables, and between them the matrices.

use engine::Canvas;

use super::curves::{self, WideColour};

/// Steps of a code of R', G' or B'.
const CODES: usize = 2_048;
/// The least light that is told from black, 2 to the power of -20 of white, as the bits of a number.
const LEAST: u32 = (127 - 20) << 23;
/// A step is 1/256 of its octave: the bits that are left out of a number.
const STEP_BITS: u32 = 23 - 8;
/// The steps of 25 octaves: up to 32 times white.
const STEPS: usize = 25 << 8;
/// Four pixels that differ by no more (of 1,023) lie on a line between the darkest and the lightest.
const STRAIGHT: u16 = 48;

/// A plane of a picture, of 8 bits a sample or 10 in two bytes.
#[derive(Clone, Copy)]
pub struct Samples<'a> {
    pub bytes: &'a [u8],
    pub stride: usize,
    pub is_deep: bool,
}

impl Samples<'_> {
    /// So many samples of a row, in 10 bits.
    fn row(self, row: usize, count: usize, out: &mut Vec<u16>) -> Option<()> {
        out.clear();
        let from = self.bytes.get(row * self.stride..)?;
        if self.is_deep {
            let samples = from.get(..2 * count)?.as_chunks::<2>().0;
            out.extend(samples.iter().map(|two| u16::from_le_bytes(*two).min(1_023)));
        } else {
            out.extend(from.get(..count)?.iter().map(|code| u16::from(*code) << 2));
        }
        Some(())
    }
}

/// A function of light, by the upper bits of a number.
struct OfLight(Box<[f32; STEPS]>);

impl OfLight {
    fn new(of: impl Fn(f64) -> f64) -> Self {
        let value = |step: usize| {
            let bits = LEAST + ((step as u32) << STEP_BITS) + (1 << (STEP_BITS - 1));
            of(f64::from(f32::from_bits(bits))) as f32
        };
        Self(Box::new(std::array::from_fn(value)))
    }

    /// For light that is not negative.
    #[inline]
    fn at(&self, light: f32) -> f32 {
        let step = light.to_bits().saturating_sub(LEAST) >> STEP_BITS;
        self.0[(step as usize).min(STEPS - 1)]
    }
}

/// What a picture's colours become.
pub struct Lookup {
    /// From codes of 10 bits to steps of R', G' and B': the factor of Y', and what Cb and Cr add to each.
    luma: f32,
    chroma: [f32; 4],
    black: f32,
    /// The light of a step, in parts of white; of the scene, where the display's depends on all three.
    light: Box<[f32; CODES]>,
    /// By what light is multiplied for its luminance on the scene.
    of_scene: Option<OfLight>,
    /// By what it is multiplied for its greatest component.
    tone: OfLight,
    /// From light to R', G' and B' of BT.709.
    code: OfLight,
    matrix: [[f32; 3]; 3],
}

/// Codes of Y', Cb and Cr.
type Codes = [f32; 3];

impl Lookup {
    pub fn new(colour: WideColour) -> Self {
        let (black, luma, chroma) =
            if colour.is_full { (0.0, 1_023.0, 1_023.0) } else { (64.0, 876.0, 896.0) };
        let steps = (CODES - 1) as f64;
        let (red, blue) = colour.weights;
        let (of_red, of_blue) = (2.0 * (1.0 - red), 2.0 * (1.0 - blue));
        let green = 1.0 - red - blue;
        let parts = [of_red, -blue * of_blue / green, -red * of_red / green, of_blue];
        let light = |step: usize| curves::light_of(colour.transfer, step as f64 / steps) as f32;
        Self {
            luma: (steps / luma) as f32,
            chroma: parts.map(|part| (part * steps / chroma) as f32),
            black,
            light: Box::new(std::array::from_fn(light)),
            of_scene: curves::has_scene(colour.transfer).then(|| OfLight::new(curves::of_scene)),
            tone: OfLight::new(|light| curves::tone(colour.transfer, light)),
            code: OfLight::new(curves::code_of),
            matrix: curves::matrix(colour).map(|row| row.map(|part| part as f32)),
        }
    }

    /// One colour.
    fn convert_one(&self, y: u16, cb: u16, cr: u16) -> Codes {
        let (y, b, r) = (f32::from(y) - self.black, f32::from(cb) - 512.0, f32::from(cr) - 512.0);
        let y = y * self.luma + 0.5;
        let [r_of_r, g_of_b, g_of_r, b_of_b] = self.chroma;
        // A number below 0 becomes 0.
        let light = |step: f32| self.light[usize::from(step as u16).min(CODES - 1)];
        let mut light =
            [light(y + r * r_of_r), light(y + b * g_of_b + r * g_of_r), light(y + b * b_of_b)];
        if let Some(of_scene) = &self.of_scene {
            let factor = of_scene.at(curves::scene_luminance(light));
            light.iter_mut().for_each(|value| *value *= factor);
        }
        let factor = self.tone.at(light[0].max(light[1]).max(light[2]));
        let code = |[of_r, of_g, of_b]: &[f32; 3]| {
            let sum = light[0] * of_r + light[1] * of_g + light[2] * of_b;
            self.code.at((sum * factor).max(0.0))
        };
        let [of_red, of_green, of_blue] = &self.matrix;
        let (r, g, b) = (code(of_red), code(of_green), code(of_blue));
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        [16.0 + 219.0 * y, 128.0 + (b - y) * (224.0 / 1.8556), 128.0 + (r - y) * (224.0 / 1.5748)]
    }

    /// Converts a picture; `None` if its planes are too small.
    pub fn convert(&self, [y, cb, cr]: [Samples<'_>; 3], canvas: &mut Canvas) -> Option<()> {
        let ((width, height), (wide, high)) = (canvas.plane_size(0), canvas.plane_size(1));
        let mut rows: [Vec<u16>; 4] = Default::default();
        let mut out = [vec![0; width], vec![0; width], vec![0; wide], vec![0; wide]];
        for row in 0..high {
            let [above, below, blue, red] = &mut rows;
            y.row(2 * row, width, above)?;
            y.row((2 * row + 1).min(height - 1), width, below)?;
            cb.row(row, wide, blue)?;
            cr.row(row, wide, red)?;
            self.convert_rows(&rows, &mut out);
            let mut write = |plane: usize, row: usize, line: &[u8]| {
                let (bytes, stride) = canvas.plane_mut(plane);
                bytes[row * stride..][..line.len()].copy_from_slice(line);
            };
            write(0, 2 * row, &out[0]);
            if 2 * row + 1 < height {
                write(0, 2 * row + 1, &out[1]);
            }
            write(1, row, &out[2]);
            write(2, row, &out[3]);
        }
        Some(())
    }

    /// Two rows of Y', and one each of Cb and Cr.
    fn convert_rows(&self, [above, below, blue, red]: &[Vec<u16>; 4], out: &mut [Vec<u8>; 4]) {
        for (at, (cb, cr)) in blue.iter().zip(red).enumerate() {
            let right = (2 * at + 1).min(above.len() - 1);
            let luma = [above[2 * at], above[right], below[2 * at], below[right]];
            let (converted, chroma) = self.convert_four(luma, *cb, *cr);
            let code = |value: f32| (value + 0.5) as u8;
            (out[0][2 * at], out[0][right]) = (code(converted[0]), code(converted[1]));
            (out[1][2 * at], out[1][right]) = (code(converted[2]), code(converted[3]));
            (out[2][at], out[3][at]) = (code(chroma[0]), code(chroma[1]));
        }
    }

    /// Four pixels of one chroma: their Y', and the Cb and Cr of all.
    fn convert_four(&self, luma: [u16; 4], cb: u16, cr: u16) -> ([f32; 4], [f32; 2]) {
        let least = luma.into_iter().fold(u16::MAX, u16::min);
        let most = luma.into_iter().fold(0, u16::max);
        if most - least > STRAIGHT {
            let all = luma.map(|y| self.convert_one(y, cb, cr));
            let mean = |part: usize| all.iter().map(|codes| codes[part]).sum::<f32>() / 4.0;
            return (all.map(|codes| codes[0]), [mean(1), mean(2)]);
        }
        let low = self.convert_one(least, cb, cr);
        if most == least {
            return ([low[0]; 4], [low[1], low[2]]);
        }
        let high = self.convert_one(most, cb, cr);
        let span = 1.0 / f32::from(most - least);
        let shares = luma.map(|y| f32::from(y - least) * span);
        let share = shares.iter().sum::<f32>() / 4.0;
        let between = |part: usize, share: f32| low[part] + (high[part] - low[part]) * share;
        (shares.map(|share| between(0, share)), [between(1, share), between(2, share)])
    }
}
