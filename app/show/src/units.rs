//! Types for units: a level, a rate or a position is never a bare number.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The programme's raster and rate. Audio is 48 kHz stereo throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// Size of the picture.
    pub raster: Raster,
    /// Frames per second.
    pub rate: FrameRate,
}

impl Format {
    /// Samples per second of all audio inside Downstage.
    pub const AUDIO_RATE: u32 = 48_000;
}

/// The eight rasters: four definitions, landscape and portrait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Raster {
    /// 640x360.
    Ld,
    /// 854x480.
    Sd,
    /// 1280x720.
    Hd,
    /// 1920x1080.
    Uhd,
    /// 360x640.
    PortraitLd,
    /// 480x854.
    PortraitSd,
    /// 720x1280.
    PortraitHd,
    /// 1080x1920.
    PortraitUhd,
}

impl Raster {
    /// All rasters, smallest first, landscape before portrait.
    pub const ALL: [Self; 8] = [
        Self::Ld,
        Self::Sd,
        Self::Hd,
        Self::Uhd,
        Self::PortraitLd,
        Self::PortraitSd,
        Self::PortraitHd,
        Self::PortraitUhd,
    ];

    /// Width and height in pixels.
    pub const fn size(self) -> (u32, u32) {
        match self {
            Self::Ld => (640, 360),
            Self::Sd => (854, 480),
            Self::Hd => (1280, 720),
            Self::Uhd => (1920, 1080),
            Self::PortraitLd => (360, 640),
            Self::PortraitSd => (480, 854),
            Self::PortraitHd => (720, 1280),
            Self::PortraitUhd => (1080, 1920),
        }
    }
}

/// The eight frame rates, exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum FrameRate {
    /// 24000/1001.
    #[serde(rename = "23.976")]
    R23_976,
    /// 24.
    #[serde(rename = "24")]
    R24,
    /// 25.
    #[serde(rename = "25")]
    R25,
    /// 30000/1001.
    #[serde(rename = "29.97")]
    R29_97,
    /// 30.
    #[serde(rename = "30")]
    R30,
    /// 50.
    #[serde(rename = "50")]
    R50,
    /// 60000/1001.
    #[serde(rename = "59.94")]
    R59_94,
    /// 60.
    #[serde(rename = "60")]
    R60,
}

impl FrameRate {
    /// All rates, slowest first.
    pub const ALL: [Self; 8] = [
        Self::R23_976,
        Self::R24,
        Self::R25,
        Self::R29_97,
        Self::R30,
        Self::R50,
        Self::R59_94,
        Self::R60,
    ];

    /// Numerator and denominator of the frames per second.
    pub const fn fraction(self) -> (u32, u32) {
        match self {
            Self::R23_976 => (24_000, 1_001),
            Self::R24 => (24, 1),
            Self::R25 => (25, 1),
            Self::R29_97 => (30_000, 1_001),
            Self::R30 => (30, 1),
            Self::R50 => (50, 1),
            Self::R59_94 => (60_000, 1_001),
            Self::R60 => (60, 1),
        }
    }

    /// The rate rounded up to a whole number: 30 for 29.97.
    pub const fn nominal(self) -> u32 {
        let (num, den) = self.fraction();
        num.div_ceil(den)
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::R23_976 => "23.976",
            Self::R24 => "24",
            Self::R25 => "25",
            Self::R29_97 => "29.97",
            Self::R30 => "30",
            Self::R50 => "50",
            Self::R59_94 => "59.94",
            Self::R60 => "60",
        })
    }
}

/// A level in decibels. At or below [`Db::OFF`] it is silence.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Db(pub f32);

impl Db {
    /// No change.
    pub const UNITY: Self = Self(0.0);
    /// Silence: the bottom of a fader.
    pub const OFF: Self = Self(-100.0);
    /// The top of a fader.
    pub const MAX: Self = Self(12.0);

    /// The factor on amplitude.
    pub fn amplitude(self) -> f32 {
        if self.0 <= Self::OFF.0 { 0.0 } else { 10.0_f32.powf(self.0 / 20.0) }
    }

    /// Whether the level is within the range of a fader.
    pub fn is_valid(self) -> bool {
        (Self::OFF.0..=Self::MAX.0).contains(&self.0)
    }
}

/// A rectangle normalised to the canvas: x and w to its width, y and h to its height.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// The whole canvas.
    pub const FULL: Self = Self::new(0.0, 0.0, 1.0, 1.0);

    /// A rectangle from its left top corner and size.
    pub const fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Self { x, y, w, h }
    }

    /// Finite, with an area, and touching the canvas.
    pub fn is_visible(self) -> bool {
        let Self { x, y, w, h } = self;
        [x, y, w, h].iter().all(|v| v.is_finite())
            && (1e-4..=16.0).contains(&w)
            && (1e-4..=16.0).contains(&h)
            && x < 1.0
            && y < 1.0
            && x + w > 0.0
            && y + h > 0.0
    }
}

/// A colour in BT.709 R'G'B' with straight alpha, 0 to 255 each. In files `#rrggbb` or `#rrggbbaa`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
    /// Opacity.
    pub a: u8,
}

impl Colour {
    /// Opaque black.
    pub const BLACK: Self = Self::rgb(0, 0, 0);
    /// Opaque white.
    pub const WHITE: Self = Self::rgb(255, 255, 255);

    /// An opaque colour.
    pub const fn rgb(r: u8, g: u8, b: u8) -> Self {
        Self { r, g, b, a: 255 }
    }

    /// Y', Cb, Cr in BT.709 limited range, rounded (Rec. ITU-R BT.709-6, items 3.2 to 3.5, 8 bit).
    pub fn to_bt709(self) -> [u8; 3] {
        let [r, g, b] = [self.r, self.g, self.b].map(|v| f64::from(v) / 255.0);
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let cb = (b - y) / 1.8556;
        let cr = (r - y) / 1.5748;
        [
            (16.0 + 219.0 * y).round() as u8,
            (128.0 + 224.0 * cb).round() as u8,
            (128.0 + 224.0 * cr).round() as u8,
        ]
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { r, g, b, a } = *self;
        write!(f, "#{r:02x}{g:02x}{b:02x}")?;
        if a != 255 {
            write!(f, "{a:02x}")?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Colour {
    type Err = ParseColourError;

    fn from_str(text: &str) -> Result<Self, ParseColourError> {
        let wrong = || ParseColourError { text: text.to_owned() };
        let hex = text.strip_prefix('#').ok_or_else(wrong)?;
        if !hex.bytes().all(|b| b.is_ascii_hexdigit()) || !matches!(hex.len(), 6 | 8) {
            return Err(wrong());
        }
        let value = u32::from_str_radix(hex, 16).map_err(|_| wrong())?;
        let value = if hex.len() == 6 { value << 8 | 0xff } else { value };
        let [r, g, b, a] = value.to_be_bytes();
        Ok(Self { r, g, b, a })
    }
}

/// Text that is not a colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a colour: write #rrggbb or #rrggbbaa")]
pub struct ParseColourError {
    /// The text.
    pub text: String,
}

impl Serialize for Colour {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Colour {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Colour".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^#([0-9a-fA-F]{6}|[0-9a-fA-F]{8})$" })
    }
}
