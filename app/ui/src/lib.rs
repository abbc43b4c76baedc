//! The desk: what an operator sees and does. Panels are functions of what they are shown and of a
//! little state of their own; what is asked goes out as [`Action`]s. Nothing here holds the engine's
//! state or waits for anything.

mod action;
mod bins;
mod control;
mod desk;
mod ears;
mod fader;
mod keys;
mod look;
mod marks;
mod mixer;
mod monitor;
mod on_air;
mod panel;
mod status;
mod switching;
pub mod theme;
mod thumbnails;
mod top;
mod words;

pub use action::{Action, Listen};
pub use desk::Desk;
pub use look::{Look, Loudness, MonitorLook, OutputLook, SourceLook, Status, StripLook};
pub use marks::Marks;
pub use thumbnails::Thumbnail;
pub use words::{Language, Words};
