//! Components: graphics over the panes.

use serde::{Deserialize, Serialize};

use crate::{AssetId, Colour, ComponentId};

/// A graphic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Its id.
    pub id: ComponentId,
    /// The name in the list.
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
    /// Where it is.
    pub place: Placement,
    /// 0 (transparent) to 1 (opaque).
    #[serde(default = "opaque")]
    pub opacity: f64,
    /// Whether edits are seen on air at once (a score, a ticker) or only after the next take.
    #[serde(default)]
    pub live: bool,
}

const fn opaque() -> f64 {
    1.0
}

/// The kinds of graphic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ComponentKind {
    /// A picture, with its alpha.
    Image {
        /// The picture.
        asset: AssetId,
        /// Height as a fraction of the canvas height, above 0 to 1; absent = the picture's own
        /// pixels on a canvas of 1080 lines, scaled with the canvas.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        height: Option<f64>,
    },
    /// A text.
    Text(TextStyle),
}

/// A text and how it looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TextStyle {
    /// The text; `\n` breaks the line. At most 2,000 characters.
    pub text: String,
    /// Font family; absent = the system's sans serif. Scripts it lacks fall back to other fonts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Letter size (em) as a fraction of the canvas height, 0.005 to 1.
    pub size: f64,
    /// Bold.
    #[serde(default)]
    pub bold: bool,
    /// Letter colour.
    pub colour: Colour,
    /// Longest line as a fraction of the canvas width before it wraps, above 0 to 1.
    #[serde(default = "opaque")]
    pub max_width: f64,
    /// How lines are aligned.
    #[serde(default)]
    pub align: TextAlign,
    /// A line around the letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<Outline>,
    /// A shadow under the letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Shadow>,
    /// A box behind the text.
    #[serde(default, rename = "box", skip_serializing_if = "Option::is_none")]
    pub text_box: Option<TextBox>,
}

/// How lines are aligned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TextAlign {
    /// At the side where the script starts.
    #[default]
    Start,
    /// In the middle.
    Centre,
    /// At the side where the script ends.
    End,
}

/// A line around letters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Outline {
    /// Thickness as a fraction of the letter size, above 0 to 0.25.
    pub width: f64,
    /// Its colour.
    pub colour: Colour,
}

/// A shadow under letters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// To the right, as a fraction of the letter size, -0.5 to 0.5.
    pub dx: f64,
    /// Down, as a fraction of the letter size, -0.5 to 0.5.
    pub dy: f64,
    /// Its colour.
    pub colour: Colour,
}

/// A box behind a text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TextBox {
    /// Its colour.
    pub colour: Colour,
    /// Space around the text as a fraction of the letter size, 0 to 2.
    pub padding: f64,
}

/// Where a graphic is placed: its anchor point on the canvas's anchor point, offset by x and y.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// The point of the graphic that lies on the same point of the canvas.
    pub anchor: Anchor,
    /// To the right, as a fraction of the canvas width, -1 to 1.
    #[serde(default)]
    pub x: f64,
    /// Down, as a fraction of the canvas height, -1 to 1.
    #[serde(default)]
    pub y: f64,
}

/// The nine points of a rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the points")]
pub enum Anchor {
    TopLeft,
    Top,
    TopRight,
    Left,
    Centre,
    Right,
    BottomLeft,
    Bottom,
    BottomRight,
}

impl Anchor {
    /// The point as fractions of width and height.
    pub const fn fraction(self) -> (f64, f64) {
        match self {
            Self::TopLeft => (0.0, 0.0),
            Self::Top => (0.5, 0.0),
            Self::TopRight => (1.0, 0.0),
            Self::Left => (0.0, 0.5),
            Self::Centre => (0.5, 0.5),
            Self::Right => (1.0, 0.5),
            Self::BottomLeft => (0.0, 1.0),
            Self::Bottom => (0.5, 1.0),
            Self::BottomRight => (1.0, 1.0),
        }
    }
}

impl Component {
    /// The file the component needs.
    pub fn asset(&self) -> Option<AssetId> {
        match self.kind {
            ComponentKind::Image { asset, .. } => Some(asset),
            ComponentKind::Text(_) => None,
        }
    }
}
