//! What is set for a source beside where it comes from: how its pictures and its sound are changed on their way in.

use serde::{Deserialize, Serialize};

use crate::{Colour, Crop};

/// The settings of a source. What is at its default is not in a show file, and costs nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SourceSettings {
    /// How its pictures are changed before they are drawn.
    #[serde(skip_serializing_if = "is_default")]
    pub picture: PictureSettings,
    /// By how much its pictures are late, 0 to 5,000 milliseconds.
    #[serde(skip_serializing_if = "is_default")]
    pub picture_delay_millis: u32,
    /// By how much its sound is late, 0 to 5,000 milliseconds, on top of its strip's delay.
    #[serde(skip_serializing_if = "is_default")]
    pub sound_delay_millis: u32,
    /// Which of its channels are heard, and where.
    #[serde(skip_serializing_if = "is_default")]
    pub channels: SoundChannels,
    /// How it is decoded.
    #[serde(skip_serializing_if = "is_default")]
    pub decoding: DecodingSettings,
}

impl SourceSettings {
    /// The longest delay of pictures, and of sound.
    pub const MAX_DELAY_MILLIS: u32 = 5_000;

    /// Whether nothing is set, so that a show file leaves all of it out.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How a source's pictures are changed before they are drawn: turned, then mirrored, then cropped; its key looks at
/// the picture as it comes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PictureSettings {
    /// How far it is turned.
    #[serde(skip_serializing_if = "is_default")]
    pub rotation: Rotation,
    /// Whether left and right are exchanged, as they are seen once it is turned.
    #[serde(skip_serializing_if = "is_default")]
    pub mirror: bool,
    /// Whether top and bottom are exchanged, as they are seen once it is turned.
    #[serde(skip_serializing_if = "is_default")]
    pub flip: bool,
    /// What is cut off its edges, as they are seen once it is turned and mirrored. Each 0 to 0.99, opposite pairs
    /// together at most 0.99.
    #[serde(skip_serializing_if = "is_default")]
    pub crop: Crop,
    /// Added to Y', as a part of the way from black to white: -1 to 1.
    #[serde(skip_serializing_if = "is_default")]
    pub brightness: f64,
    /// What Y' is multiplied by around the middle between black and white: 0 to 2.
    #[serde(skip_serializing_if = "is_one")]
    pub contrast: f64,
    /// What Cb and Cr are multiplied by: 0 to 3.
    #[serde(skip_serializing_if = "is_one")]
    pub saturation: f64,
    /// Y' is raised to one over this: 0.25 to 4, above 1 is brighter.
    #[serde(skip_serializing_if = "is_one")]
    pub gamma: f64,
    /// Which codes are black and white; absent = as the source says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<ColourRange>,
    /// How its Y'CbCr was made of R'G'B'; absent = as the source says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix: Option<ColourMatrix>,
    /// What is made transparent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<ChromaKey>,
}

impl Default for PictureSettings {
    fn default() -> Self {
        Self {
            rotation: Rotation::None,
            mirror: false,
            flip: false,
            crop: Crop::NONE,
            brightness: 0.0,
            contrast: 1.0,
            saturation: 1.0,
            gamma: 1.0,
            range: None,
            matrix: None,
            key: None,
        }
    }
}

impl PictureSettings {
    /// Whether another picture has to be made of each of its pictures: the rest is done as they are drawn.
    pub fn makes_another(&self) -> bool {
        let Self { crop: _, range: _, matrix: _, rotation, mirror, flip, key, .. } = *self;
        let is_turned = rotation != Rotation::None || mirror || flip;
        is_turned || self.changes_luma() || self.saturation != 1.0 || key.is_some()
    }

    /// Whether Y' becomes another.
    pub fn changes_luma(&self) -> bool {
        self.brightness != 0.0 || self.contrast != 1.0 || self.gamma != 1.0
    }
}

/// How far a picture is turned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// Not at all.
    #[default]
    None,
    /// A quarter clockwise.
    Right,
    /// Upside down.
    Half,
    /// A quarter anticlockwise.
    Left,
}

impl Rotation {
    /// Whether width and height are exchanged.
    pub fn is_quarter(self) -> bool {
        matches!(self, Self::Right | Self::Left)
    }
}

/// Which codes are black and white.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ColourRange {
    /// Y' 16 to 235, chroma 16 to 240.
    Limited,
    /// 0 to 255.
    Full,
}

/// The weights between R'G'B' and Y'CbCr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ColourMatrix {
    /// Those of standard definition.
    Bt601,
    /// Those of high definition.
    Bt709,
}

/// A colour that is made transparent, with what is like it. How alike two colours are is their distance in the plane of
/// Cb and Cr of BT.709, where 1 is from end to end of either; how bright they are does not count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChromaKey {
    /// The colour; its opacity does not count.
    pub colour: Colour,
    /// Up to this distance all is transparent: 0 to 1.
    pub similarity: f64,
    /// Over this distance beyond, it becomes opaque: 0 to 1.
    pub smoothness: f64,
    /// Over this distance beyond, colours come back that are grey where it begins, since the key's colour has fallen on
    /// them: 0 to 1.
    pub spill: f64,
}

impl Default for ChromaKey {
    /// A green screen.
    fn default() -> Self {
        let colour = Colour::rgb(0, 255, 0);
        Self { colour, similarity: 0.4, smoothness: 0.08, spill: 0.1 }
    }
}

/// Which channels of a source are heard, and where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SoundChannels {
    /// As they are.
    #[default]
    Stereo,
    /// The left one on both sides.
    Left,
    /// The right one on both sides.
    Right,
    /// The mean of both on both sides.
    Mono,
    /// Left and right exchanged.
    Swapped,
}

/// How a source is decoded. A change opens it anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DecodingSettings {
    /// Whether its fields are made pictures.
    #[serde(skip_serializing_if = "is_default")]
    pub deinterlace: Deinterlace,
    /// Whether it is decoded by the processor alone, never by a graphics card.
    #[serde(skip_serializing_if = "is_default")]
    pub software: bool,
    /// Whether only its key frames are decoded while no bus shows it, for its thumbnail. For live sources alone.
    #[serde(skip_serializing_if = "is_default")]
    pub rests: bool,
}

/// Whether the fields of a picture are made pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Deinterlace {
    /// Where the source says that it is interlaced.
    #[default]
    Auto,
    /// Never.
    Off,
    /// Always: the source is interlaced and does not say so.
    Always,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_one(value: &f64) -> bool {
    *value == 1.0
}
