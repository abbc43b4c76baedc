//! What must be prepared off the program thread before it can be drawn: pictures decoded, texts
//! set. The engine says what is needed and gets a report once it is ready; plans refer to nothing
//! else.

use serde::{Deserialize, Serialize};
use show::{Asset, AssetId, Component, ComponentKind, TextStyle};

/// Identifies a [`Prep`] by its content: the same text in the same style on the same canvas is
/// prepared once, however many items show it. A 64-bit FNV-1a of its JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PrepKey(pub u64);

/// Something to prepare.
#[derive(Clone, Debug, PartialEq)]
pub struct Prep {
    /// Its key.
    pub key: PrepKey,
    /// What it is.
    pub kind: PrepKind,
}

/// What to prepare.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum PrepKind {
    /// A text, at its size on a canvas of this many pixels.
    Text {
        /// The text and how it looks.
        style: TextStyle,
        /// Width and height of the canvas in pixels.
        canvas: (u32, u32),
    },
    /// A picture as a graphic, at its size on a canvas of this many pixels.
    Graphic {
        /// The file, as the show names it.
        path: String,
        /// As [`ComponentKind::Image`] has it.
        height: Option<f64>,
        /// Width and height of the canvas in pixels.
        canvas: (u32, u32),
    },
    /// A picture at its own size: a still, a background, a placeholder.
    Picture {
        /// The file, as the show names it.
        path: String,
    },
}

impl Prep {
    /// Adds the key of its content.
    pub fn new(kind: PrepKind) -> Self {
        // All of it comes from a show, so it can be serialised.
        let bytes = serde_json::to_vec(&kind).unwrap_or_default();
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        let key = PrepKey(bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix));
        Self { key, kind }
    }

    /// What a component needs on a canvas of this size; none if its file is not in the show.
    pub fn of_component(
        component: &Component,
        canvas: (u32, u32),
        asset: impl Fn(AssetId) -> Option<Asset>,
    ) -> Option<Self> {
        Some(Self::new(match &component.kind {
            ComponentKind::Text(style) => PrepKind::Text { style: style.clone(), canvas },
            ComponentKind::Image { asset: id, height } => {
                PrepKind::Graphic { path: asset(*id)?.path, height: *height, canvas }
            }
        }))
    }
}
