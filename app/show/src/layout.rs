//! Layouts: panes with their sources, and the templates that make new ones.

use serde::{Deserialize, Serialize};

use crate::{AssetId, Colour, ComponentId, Db, LayoutId, Rect, SceneId, SourceId};

/// Named panes, each with its source, on a background.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Its id.
    pub id: LayoutId,
    /// The name in the bin.
    pub name: String,
    /// What is behind the panes.
    #[serde(default)]
    pub background: Background,
    /// At most [`crate::MAX_PANES`]; drawn by [`Pane::z`], then in this order.
    pub panes: Vec<Pane>,
    /// Each source's part in the sound; a source that is not listed is in the mix at unity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audio: Vec<AudioPart>,
}

impl Layout {
    /// Whether it does no more than show one source alone, full screen: such a layout is not one of the
    /// [`crate::MAX_LAYOUTS`].
    pub fn shows_a_source_alone(&self) -> bool {
        let alone = |source| Template::Single.layout(self.id, &self.name, &[Feed::Source(source)]);
        let mut sources = self.sources();
        sources.next().is_some_and(|source| *self == alone(source))
    }

    /// The sources of the panes, bottom to top.
    pub fn sources(&self) -> impl Iterator<Item = SourceId> + '_ {
        self.panes.iter().filter_map(|pane| pane.feed.source())
    }

    /// A source's part in the sound of this layout.
    pub fn audio_of(&self, source: SourceId) -> AudioPart {
        let listed = self.audio.iter().find(|part| part.source == source);
        listed.copied().unwrap_or(AudioPart::unity(source))
    }

    /// Every file the layout needs.
    pub fn assets(&self) -> impl Iterator<Item = AssetId> + '_ {
        let background = match self.background {
            Background::Picture { asset, .. } => Some(asset),
            Background::Colour { .. } => None,
        };
        background.into_iter().chain(self.panes.iter().filter_map(|pane| pane.placeholder))
    }
}

/// What is behind the panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Background {
    /// A flat colour; its alpha is not used.
    Colour {
        /// The colour.
        colour: Colour,
    },
    /// A picture.
    Picture {
        /// The picture.
        asset: AssetId,
        /// How it is fitted to the canvas.
        #[serde(default)]
        fit: Fit,
    },
}

impl Default for Background {
    fn default() -> Self {
        Self::Colour { colour: Colour::BLACK }
    }
}

/// How a picture is fitted to a rectangle of another aspect ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// The whole picture, letterboxed: what is behind shows at the sides.
    #[default]
    Fit,
    /// The rectangle is filled and the picture cropped, from its middle.
    Fill,
}

/// A rectangle of a layout that shows a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Pane {
    /// Where, on the canvas.
    pub rect: Rect,
    /// What it shows.
    pub feed: Feed,
    /// Stacking order, 0 (bottom) to 99.
    #[serde(default)]
    pub z: u8,
    /// How the picture is fitted to the pane.
    #[serde(default)]
    pub fit: Fit,
    /// What is cut off the source before it is fitted.
    #[serde(default)]
    pub crop: Crop,
    /// A frame drawn inside the pane's edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub border: Option<Border>,
    /// Corner radius as a fraction of the canvas height, 0 to 0.5.
    #[serde(default)]
    pub corner: f64,
    /// 0 (transparent) to 1 (opaque).
    #[serde(default = "opaque")]
    pub opacity: f64,
    /// Shown while the source has no picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<AssetId>,
}

const fn opaque() -> f64 {
    1.0
}

impl Pane {
    /// A plain pane: fitted, opaque, without border.
    pub const fn new(rect: Rect, feed: Feed) -> Self {
        Self {
            rect,
            feed,
            z: 0,
            fit: Fit::Fit,
            crop: Crop::NONE,
            border: None,
            corner: 0.0,
            opacity: 1.0,
            placeholder: None,
        }
    }
}

/// What a pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Feed {
    /// A source of the show.
    Source(SourceId),
    /// Nothing yet. Allowed in a draft; `check` reports it as a fault.
    Empty,
}

impl Feed {
    /// The source, if there is one.
    pub const fn source(self) -> Option<SourceId> {
        match self {
            Self::Source(id) => Some(id),
            Self::Empty => None,
        }
    }
}

/// Fractions cut off a source's edges, each 0 to less than 1, opposite pairs together below 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// Off the left edge.
    pub left: f64,
    /// Off the top edge.
    pub top: f64,
    /// Off the right edge.
    pub right: f64,
    /// Off the bottom edge.
    pub bottom: f64,
}

impl Crop {
    /// Nothing cut off.
    pub const NONE: Self = Self { left: 0.0, top: 0.0, right: 0.0, bottom: 0.0 };
}

/// A frame inside a pane's edge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Border {
    /// Thickness as a fraction of the canvas height, above 0 to 0.25.
    pub width: f64,
    /// Its colour.
    pub colour: Colour,
}

/// A source's part in the sound of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AudioPart {
    /// The source.
    pub source: SourceId,
    /// Whether a strip that follows video opens for it.
    pub in_mix: bool,
    /// Level on top of the strip's.
    pub gain: Db,
    /// Which channels of the source are used.
    #[serde(default)]
    pub channels: ChannelPick,
    /// Delay on top of the strip's, 0 to 5,000 milliseconds.
    #[serde(default)]
    pub delay_millis: u32,
}

impl AudioPart {
    /// In the mix at unity, both channels, without delay.
    pub const fn unity(source: SourceId) -> Self {
        Self { source, in_mix: true, gain: Db::UNITY, channels: ChannelPick::Both, delay_millis: 0 }
    }
}

/// Which channels of a source are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChannelPick {
    /// Stereo as it is.
    #[default]
    Both,
    /// The left channel on both sides.
    Left,
    /// The right channel on both sides.
    Right,
}

/// A preset: a layout and its graphics, bottom to top.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// Its id.
    pub id: SceneId,
    /// The name in the bin.
    pub name: String,
    /// The layout.
    pub layout: LayoutId,
    /// The graphics, bottom to top, each once.
    #[serde(default)]
    pub components: Vec<ComponentId>,
}

/// An arrangement of panes for a new layout. The layout is saved, the template is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// One pane, the whole canvas.
    Single,
    /// Two halves, left and right.
    SideBySide,
    /// Two halves, above and below.
    TopAndBottom,
    /// Two by two.
    Quad,
    /// The whole canvas, and a small pane in the right lower corner.
    PictureInPicture,
    /// A large pane at the left and two small ones at the right.
    ThreeUp,
    /// Three by three.
    NineUp,
}

impl Template {
    /// All templates, in the order they are offered.
    pub const ALL: [Self; 7] = [
        Self::Single,
        Self::SideBySide,
        Self::TopAndBottom,
        Self::Quad,
        Self::PictureInPicture,
        Self::ThreeUp,
        Self::NineUp,
    ];

    /// The panes' rectangles and stacking orders, in the order sources are filled in.
    pub fn places(self) -> Vec<(Rect, u8)> {
        let grid = |columns: u32, rows: u32| {
            let (w, h) = (1.0 / f64::from(columns), 1.0 / f64::from(rows));
            let cells =
                (0..rows).flat_map(move |row| (0..columns).map(move |column| (column, row)));
            cells
                .map(|(column, row)| {
                    (Rect::new(f64::from(column) * w, f64::from(row) * h, w, h), 0)
                })
                .collect()
        };
        match self {
            Self::Single => grid(1, 1),
            Self::SideBySide => grid(2, 1),
            Self::TopAndBottom => grid(1, 2),
            Self::Quad => grid(2, 2),
            Self::PictureInPicture => {
                vec![(Rect::FULL, 0), (Rect::new(0.70, 0.66, 0.27, 0.27), 1)]
            }
            Self::ThreeUp => {
                let (w, h) = (2.0 / 3.0, 1.0 / 3.0);
                vec![
                    (Rect::new(0.0, 0.0, w, 1.0), 0),
                    (Rect::new(w, 1.0 / 6.0, h, h), 0),
                    (Rect::new(w, 0.5, h, h), 0),
                ]
            }
            Self::NineUp => grid(3, 3),
        }
    }

    /// A new layout with these feeds, in order; panes without a feed stay empty.
    pub fn layout(self, id: LayoutId, name: impl Into<String>, feeds: &[Feed]) -> Layout {
        let places = self.places().into_iter().enumerate();
        let panes = places.map(|(index, (rect, z))| {
            let feed = feeds.get(index).copied().unwrap_or(Feed::Empty);
            Pane { z, ..Pane::new(rect, feed) }
        });
        Layout {
            id,
            name: name.into(),
            background: Background::default(),
            panes: panes.collect(),
            audio: Vec::new(),
        }
    }
}
