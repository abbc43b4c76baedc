//! The standard patterns: pictures that stand, and a tone. Drawn from the published definitions, in BT.709 and
//! limited range.

use engine::{Canvas, Frame, FrameIndex, FramePool};
use show::{Format, StandardPattern, StandardPicture};

/// How many samples a period of the tone has: 1 kHz at 48 kHz.
const PERIOD: u64 = Format::AUDIO_RATE as u64 / 1_000;

/// A standard pattern in a format. Its picture is drawn once.
pub struct Card {
    format: Format,
    picture: Frame,
    /// A period of the tone.
    tone: Vec<f32>,
}

/// An area, as fractions of the picture: left, top, right, bottom.
type Part = (f64, f64, f64, f64);

/// A colour of R'G'B', 0 to 1 each; a little beyond for what is meant to be blacker than black.
type Light = [f64; 3];

const WHITE: Light = [1.0; 3];
const BLACK: Light = [0.0; 3];

/// The order of the bars in every standard: the brightest first. White, yellow, cyan, green, magenta, red, blue.
const BARS: [Light; 7] = [
    [1.0, 1.0, 1.0],
    [1.0, 1.0, 0.0],
    [0.0, 1.0, 1.0],
    [0.0, 1.0, 0.0],
    [1.0, 0.0, 1.0],
    [1.0, 0.0, 0.0],
    [0.0, 0.0, 1.0],
];

impl Card {
    /// Draws the pattern.
    pub fn new(format: Format, pattern: StandardPattern) -> Self {
        let (width, height) = format.raster.size();
        let mut canvas = FramePool::new(width, height, 1).take();
        match pattern.picture {
            StandardPicture::SmpteBars => smpte_bars(&mut canvas),
            StandardPicture::EbuBars => ebu_bars(&mut canvas),
            StandardPicture::Ramp => ramp(&mut canvas, (0.0, 0.0, 1.0, 1.0)),
            StandardPicture::Checkerboard => checkerboard(&mut canvas),
            StandardPicture::Black => fill(&mut canvas, (0.0, 0.0, 1.0, 1.0), BLACK),
        }
        let amplitude = pattern.tone.amplitude();
        let wave =
            |sample: u64| (sample as f32 / PERIOD as f32 * std::f32::consts::TAU).sin() * amplitude;
        Self { format, picture: canvas.finish(), tone: (0..PERIOD).map(wave).collect() }
    }

    /// Its picture.
    pub fn picture(&self) -> Frame {
        self.picture.clone()
    }

    /// Appends the sound of frame `n` to `out`, interleaved stereo: both sides the same, in phase with every other frame.
    pub fn sound(&self, n: u64, out: &mut Vec<f32>) {
        let rate = self.format.rate;
        let (from, to) = (FrameIndex(n).samples(rate), FrameIndex(n + 1).samples(rate));
        for sample in from..to {
            let value = self.tone[(sample % PERIOD) as usize];
            out.extend([value, value]);
        }
    }
}

/// What is seen in place of a source that is lost: "NO SIGNAL" on a dark ground, which is no black.
pub fn no_signal(format: Format) -> Frame {
    let (width, height) = format.raster.size();
    let mut canvas = FramePool::new(width, height, 1).take();
    fill(&mut canvas, (0.0, 0.0, 1.0, 1.0), GROUND);
    let columns = 6 * NO_SIGNAL.len() - 1;
    // Half as wide as the picture, and in its middle.
    let dot = f64::from(width) / (2 * columns) as f64;
    let (left, top) = (f64::from(width) / 4.0, (f64::from(height) - 7.0 * dot) / 2.0);
    let place = |at: f64, of: u32| at / f64::from(of);
    for (index, rows) in NO_SIGNAL.iter().enumerate() {
        for (row, dots) in (0_u8..).zip(rows) {
            for column in (0_u8..5).filter(|column| dots >> (4 - column) & 1 == 1) {
                let x = left + ((6 * index) as f64 + f64::from(column)) * dot;
                let y = top + f64::from(row) * dot;
                let across = (place(x, width), place(x + dot, width));
                let down = (place(y, height), place(y + dot, height));
                fill(&mut canvas, (across.0, down.0, across.1, down.1), percent(WHITE, 75.0));
            }
        }
    }
    canvas.finish()
}

/// The ground of [`no_signal`].
const GROUND: Light = [0.1, 0.12, 0.18];

/// The letters of "NO SIGNAL", five dots wide and seven high.
const NO_SIGNAL: [[u8; 7]; 9] = [
    N,
    [0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e],
    [0; 7],
    [0x0f, 0x10, 0x10, 0x0e, 0x01, 0x01, 0x1e],
    [0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e],
    [0x0e, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0f],
    N,
    [0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11],
    [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f],
];
const N: [u8; 7] = [0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11];

/// ITU-R BT.471, 100/0/75/0, which the EBU uses: white of 100 %, six colours of 75 %, and black.
fn ebu_bars(canvas: &mut Canvas) {
    let bars = BARS.iter().skip(1).map(|bar| percent(*bar, 75.0));
    row(
        canvas,
        (0.0, 1.0),
        std::iter::once(WHITE).chain(bars).chain([BLACK]).map(|bar| (1.0, bar)),
    );
}

/// SMPTE RP 219, its four patterns from the top: bars of 75 % between panels of 40 % grey; 100 % cyan and blue beside
/// 75 % white; 100 % yellow, a ramp, white and red; and near-black steps of -2, 2 and 4 % between panels of 15 % grey.
/// Widths are in twelfths of a bar's, of which seven fill three quarters; heights in twelfths of the picture's.
fn smpte_bars(canvas: &mut Canvas) {
    let grey = |of: f64| percent(WHITE, of);
    let (bar, side) = (12.0, 14.0);
    let bars = BARS.iter().map(|colour| (bar, percent(*colour, 75.0)));
    let panel = [(side, grey(40.0))];
    row(canvas, (0.0, 7.0 / 12.0), panel.into_iter().chain(bars).chain(panel));
    let second = [(side, BARS[2]), (7.0 * bar, grey(75.0)), (side, BARS[6])];
    row(canvas, (7.0 / 12.0, 8.0 / 12.0), second.into_iter());
    let third = [(side, BARS[1]), (6.0 * bar, BLACK), (bar, WHITE), (side, BARS[5])];
    row(canvas, (8.0 / 12.0, 9.0 / 12.0), third.into_iter());
    let whole = 7.0 * bar + 2.0 * side;
    let ramp_from = (side + bar) / whole;
    ramp(canvas, (ramp_from, 8.0 / 12.0, ramp_from + 5.0 * bar / whole, 9.0 / 12.0));
    let step = bar / 3.0;
    let fourth = [
        (side, grey(15.0)),
        (1.5 * bar, BLACK),
        (2.0 * bar, WHITE),
        (10.0, BLACK),
        (step, grey(-2.0)),
        (step, BLACK),
        (step, grey(2.0)),
        (step, BLACK),
        (step, grey(4.0)),
        (bar, BLACK),
        (side, grey(15.0)),
    ];
    row(canvas, (9.0 / 12.0, 1.0), fourth.into_iter());
}

fn checkerboard(canvas: &mut Canvas) {
    let (across, down) = (16, 9);
    for line in 0..down {
        let squares = (0..across).map(|square| {
            let is_white = (line + square) % 2 == 0;
            (1.0, if is_white { WHITE } else { BLACK })
        });
        row(canvas, (f64::from(line) / 9.0, f64::from(line + 1) / 9.0), squares);
    }
}

/// Fills a row with areas side by side, each with its share of the width.
fn row(
    canvas: &mut Canvas,
    (top, bottom): (f64, f64),
    areas: impl Iterator<Item = (f64, Light)> + Clone,
) {
    let whole: f64 = areas.clone().map(|(wide, _)| wide).sum();
    let mut left = 0.0;
    for (wide, light) in areas {
        fill(canvas, (left / whole, top, (left + wide) / whole, bottom), light);
        left += wide;
    }
}

/// Grey from black to white, each column a step of its own.
fn ramp(canvas: &mut Canvas, (left, top, right, bottom): Part) {
    let width = f64::from(canvas.size().0);
    let (first, end) = ((left * width).round() as u32, (right * width).round() as u32);
    let last = f64::from(end.saturating_sub(first + 1).max(1));
    for column in first..end {
        let light = percent(WHITE, f64::from(column - first) / last * 100.0);
        let (from, to) = (f64::from(column) / width, f64::from(column + 1) / width);
        fill(canvas, (from, top, to, bottom), light);
    }
}

fn percent(light: Light, of: f64) -> Light {
    light.map(|value| value * of / 100.0)
}

/// The codes of BT.709 in limited range.
fn codes([r, g, b]: Light) -> [u8; 3] {
    let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let (cb, cr) = ((b - y) / 1.8556, (r - y) / 1.5748);
    [16.0 + 219.0 * y, 128.0 + 224.0 * cb, 128.0 + 224.0 * cr].map(|code| code.round() as u8)
}

/// Fills an area.
fn fill(canvas: &mut Canvas, (left, top, right, bottom): Part, light: Light) {
    for (index, code) in codes(light).into_iter().enumerate() {
        let (wide, high) = canvas.plane_size(index);
        let edge = |place: f64, most: usize| ((place * most as f64).round() as usize).min(most);
        let (left, right) = (edge(left, wide), edge(right, wide));
        let (bytes, stride) = canvas.plane_mut(index);
        for row in edge(top, high)..edge(bottom, high) {
            bytes[row * stride + left..row * stride + right].fill(code);
        }
    }
}
