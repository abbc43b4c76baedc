//! The document: everything about a production that is saved, and nothing of its live state.
//!
//! Pure data. A [`Show`] is changed only by [`Show::apply`] with an [`Edit`], which returns a new
//! show or an [`EditError`]; [`Show::check`] lists every [`Fault`] with its place and remedy;
//! [`mod@file`] turns a show into bytes and back. Nothing here reads a clock, a disk or a network,
//! so every function may be called from any thread.

pub mod check;
mod component;
mod device;
mod device_check;
pub mod edit;
mod fault;
mod faults;
pub mod file;
pub mod file_kind;
mod id;
mod in_the_way;
mod item;
mod layout;
mod live_url;
mod mixer;
mod output;
mod play_file;
mod play_list;
mod screen;
mod settings_check;
mod source;
mod source_settings;
mod standard_pattern;
mod standby;
pub mod stream_key;
mod supervision;
mod units;

pub use component::{
    Anchor, Component, ComponentKind, Outline, Placement, Shadow, TextAlign, TextBox, TextStyle,
};
pub use device::{CameraMode, CameraSource, DEVICE_LATENCY_MILLIS, Device, MicrophoneSource, Side};
pub use edit::{Edit, EditError};
pub use fault::{Fault, Place};
pub use id::{AssetId, ComponentId, LayoutId, OutputId, ParseIdError, SceneId, SourceId};
pub use item::{Item, ItemId};
pub use layout::{
    AudioPart, Background, Border, ChannelPick, Crop, Feed, Fit, Layout, Pane, Scene, Template,
};
pub use live_url::{LiveProtocol, LiveUrl, UrlFault};
pub use mixer::{Mixer, Strip, StripMode};
pub use output::{
    BusName, EncodeProfile, Output, OutputKind, Preset, SecretName, SeiPolicy, SeiTiming,
};
pub use play_file::{FileEnd, PlayFile, Start, WhenHidden};
pub use play_list::PlayList;
pub use screen::{ScreenArea, ScreenSource};
pub use source::{Asset, AssetKind, Nature, Opens, Pace, Source, SourceKind};
pub use source_settings::{
    ChromaKey, ColourMatrix, ColourRange, DecodingSettings, Deinterlace, PictureSettings, Rotation,
    SoundChannels, SourceSettings,
};
pub use standard_pattern::{StandardPattern, StandardPicture, Tone};
pub use standby::Standby;
pub use stream_key::{KeyChange, Login, LoginChange, StreamKey};
pub use supervision::Supervision;
pub use units::{Colour, Db, Format, FrameRate, Raster, Rect};

use serde::{Deserialize, Serialize};

/// The most layouts a show may hold.
pub const MAX_LAYOUTS: usize = 20;
/// The most panes a layout may hold: pane ids in the layout SEI run from 0 to 8.
pub const MAX_PANES: usize = 9;

/// Everything that is saved of a production.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Show {
    /// The name in the title bar; not the file's name.
    pub name: String,
    /// Raster and rate of the programme.
    pub format: Format,
    /// Files the show refers to.
    #[serde(default)]
    pub assets: Vec<Asset>,
    /// Inputs, in the order of the source bin.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Pane arrangements, at most [`MAX_LAYOUTS`].
    #[serde(default)]
    pub layouts: Vec<Layout>,
    /// Graphics.
    #[serde(default)]
    pub components: Vec<Component>,
    /// Presets of a layout and its components, in the order of the scene bin.
    #[serde(default)]
    pub scenes: Vec<Scene>,
    /// The mixer's state at the last save.
    #[serde(default)]
    pub mixer: Mixer,
    /// Destinations and recordings.
    #[serde(default)]
    pub outputs: Vec<Output>,
    /// What AUTO does.
    #[serde(default)]
    pub transition: Transition,
    /// What stands in for PGM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standby: Option<Standby>,
    /// When a source is said to bring nothing.
    #[serde(default, skip_serializing_if = "Supervision::is_default")]
    pub supervision: Supervision,
}

/// What AUTO and SYNC TO PGM do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// Cut or mix.
    pub kind: TransitionKind,
    /// Length in frames, 1 to 1,000. A mix of one frame is a cut.
    pub frames: u32,
}

/// The kinds of transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TransitionKind {
    /// From one frame to the next.
    Cut,
    /// A cross-fade: frame k of L shows k/L of the new picture.
    Mix,
}

impl Default for Transition {
    fn default() -> Self {
        Self { kind: TransitionKind::Mix, frames: 12 }
    }
}

impl Show {
    /// An empty show in `format`.
    pub fn new(name: impl Into<String>, format: Format) -> Self {
        Self {
            name: name.into(),
            format,
            assets: Vec::new(),
            sources: Vec::new(),
            layouts: Vec::new(),
            components: Vec::new(),
            scenes: Vec::new(),
            mixer: Mixer::default(),
            outputs: Vec::new(),
            transition: Transition::default(),
            standby: None,
            supervision: Supervision::default(),
        }
    }

    /// How many layouts count towards [`MAX_LAYOUTS`]: one that shows a source alone does not.
    pub fn counted_layouts(&self) -> usize {
        self.layouts.iter().filter(|layout| !layout.shows_a_source_alone()).count()
    }

    /// The asset with this id.
    pub fn asset(&self, id: AssetId) -> Option<&Asset> {
        self.assets.iter().find(|item| item.id == id)
    }

    /// The source with this id.
    pub fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.iter().find(|item| item.id == id)
    }

    /// The layout with this id.
    pub fn layout(&self, id: LayoutId) -> Option<&Layout> {
        self.layouts.iter().find(|item| item.id == id)
    }

    /// The component with this id.
    pub fn component(&self, id: ComponentId) -> Option<&Component> {
        self.components.iter().find(|item| item.id == id)
    }

    /// The scene with this id.
    pub fn scene(&self, id: SceneId) -> Option<&Scene> {
        self.scenes.iter().find(|item| item.id == id)
    }

    /// The output with this id.
    pub fn output(&self, id: OutputId) -> Option<&Output> {
        self.outputs.iter().find(|item| item.id == id)
    }
}
