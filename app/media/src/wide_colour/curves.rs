//! The curves and matrices between light and codes.
//!
//! What is brighter than a programme of BT.709 can show is brought down by the EETF of Report ITU-R BT.2390-11,
//! 5.4.1, on the greatest of R, G and B, so that no hue changes. 100 % of BT.709 is the reference white of HDR,
//! 203 cd/m2 (Report ITU-R BT.2408-7): below some 90 cd/m2 a picture is as bright as it was made, reference white
//! itself becomes 91 %, and the peak 100 %. BT.2020's primaries become those of BT.709 by the matrix of
//! Recommendation ITU-R BT.2087-0; what lies outside is cut off.

/// The brightest that a picture may be if it does not say on what display it was made, in cd/m2. It is what HLG
/// is made for (BT.2100), too.
pub const USUAL_PEAK: f64 = 1_000.0;

/// How a picture codes light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transfer {
    /// As BT.709 and BT.2020 do.
    Gamma,
    /// PQ (SMPTE ST 2084), made on a display that shows so many cd/m2.
    Pq(f64),
    /// HLG (ARIB STD-B67).
    Hlg,
}

/// How a picture that is not of BT.709 codes its colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WideColour {
    /// How it codes light.
    pub transfer: Transfer,
    /// The weights of red and of blue in Y'.
    pub weights: (f64, f64),
    /// Whether black and white are the least and the greatest code.
    pub is_full: bool,
    /// Whether its primaries are those of BT.2020.
    pub has_wide_primaries: bool,
}

/// What becomes white, in cd/m2.
pub const WHITE: f64 = 203.0;
/// The weights of red and blue in Y' and in luminance (Recommendation ITU-R BT.2020-2).
pub const BT2020_WEIGHTS: (f64, f64) = (0.262_7, 0.059_3);
/// The exponent of a display of BT.709 (Recommendation ITU-R BT.1886).
const GAMMA: f64 = 2.4;
/// From linear RGB of BT.2020 to that of BT.709.
const BT709_FROM_BT2020: [[f64; 3]; 3] =
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]];

/// The light of a code, from 0 to 1, in parts of white; of HLG it is the light of the scene, from 0 to 1.
pub fn light_of(transfer: Transfer, code: f64) -> f64 {
    match transfer {
        Transfer::Gamma => code.powf(GAMMA),
        Transfer::Pq(_) => pq_light(code) / WHITE,
        Transfer::Hlg => hlg_scene(code),
    }
}

/// Whether codes say the light of the scene, and not that of the display.
pub fn has_scene(transfer: Transfer) -> bool {
    transfer == Transfer::Hlg
}

/// By what the light of a scene is multiplied for the light of a display of [`USUAL_PEAK`], whose exponent is 1.2
/// (BT.2100-2, table 5), in parts of white.
pub fn of_scene(luminance: f64) -> f64 {
    USUAL_PEAK / WHITE * luminance.powf(0.2)
}

/// The luminance of linear RGB of BT.2020.
pub fn scene_luminance([r, g, b]: [f32; 3]) -> f32 {
    let (red, blue) = (BT2020_WEIGHTS.0 as f32, BT2020_WEIGHTS.1 as f32);
    red * r + (1.0 - red - blue) * g + blue * b
}

/// By what light is multiplied whose greatest component is this, in parts of white.
pub fn tone(transfer: Transfer, greatest: f64) -> f64 {
    let peak = match transfer {
        Transfer::Gamma => return 1.0,
        Transfer::Pq(peak) => peak,
        Transfer::Hlg => USUAL_PEAK,
    };
    tone_mapped(greatest * WHITE, peak) / (greatest * WHITE)
}

/// From linear RGB to that of BT.709.
pub fn matrix(colour: WideColour) -> [[f64; 3]; 3] {
    let same = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    if colour.has_wide_primaries { BT709_FROM_BT2020 } else { same }
}

/// The code of BT.709 of light, from 0 to 1.
pub fn code_of(light: f64) -> f64 {
    light.clamp(0.0, 1.0).powf(1.0 / GAMMA)
}

const M1: f64 = 2_610.0 / 16_384.0;
const M2: f64 = 2_523.0 / 32.0;
const C1: f64 = 3_424.0 / 4_096.0;
const C2: f64 = 2_413.0 / 128.0;
const C3: f64 = 2_392.0 / 128.0;

/// The light of a code of PQ in cd/m2 (Recommendation ITU-R BT.2100-2, table 4).
fn pq_light(code: f64) -> f64 {
    let root = code.powf(1.0 / M2);
    10_000.0 * ((root - C1).max(0.0) / (C2 - C3 * root)).powf(1.0 / M1)
}

fn pq_code(light: f64) -> f64 {
    let root = (light / 10_000.0).powf(M1);
    ((C1 + C2 * root) / (1.0 + C3 * root)).powf(M2)
}

/// The light of the scene of a code of HLG (BT.2100-2, table 5).
fn hlg_scene(code: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    let (b, c) = (1.0 - 4.0 * A, 0.5 - A * (4.0 * A).ln());
    if code <= 0.5 { code * code / 3.0 } else { (((code - c) / A).exp() + b) / 12.0 }
}

/// The EETF from a display of `peak` to one of [`WHITE`].
fn tone_mapped(light: f64, peak: f64) -> f64 {
    if peak <= WHITE {
        return light.min(WHITE);
    }
    let source = pq_code(peak);
    let (most, code) = (pq_code(WHITE) / source, (pq_code(light) / source).min(1.0));
    let knee = 1.5 * most - 0.5;
    if code < knee {
        return light;
    }
    let t = (code - knee) / (1.0 - knee);
    let (square, cube) = (t * t, t * t * t);
    let mapped = (2.0 * cube - 3.0 * square + 1.0) * knee
        + (cube - 2.0 * square + t) * (1.0 - knee)
        + (3.0 * square - 2.0 * cube) * most;
    pq_light(mapped * source)
}
