//! Items of a show, whatever they are.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Asset, AssetId, Component, ComponentId, Layout, LayoutId, Output, OutputId, Scene, SceneId,
    Source, SourceId,
};

/// Any item of a show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the items")]
pub enum Item {
    Asset(Asset),
    Source(Source),
    Layout(Layout),
    Component(Component),
    Scene(Scene),
    Output(Output),
}

/// The id of any item of a show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the items")]
pub enum ItemId {
    Asset(AssetId),
    Source(SourceId),
    Layout(LayoutId),
    Component(ComponentId),
    Scene(SceneId),
    Output(OutputId),
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asset(id) => id.fmt(f),
            Self::Source(id) => id.fmt(f),
            Self::Layout(id) => id.fmt(f),
            Self::Component(id) => id.fmt(f),
            Self::Scene(id) => id.fmt(f),
            Self::Output(id) => id.fmt(f),
        }
    }
}
