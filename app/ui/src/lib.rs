//! The desk: what an operator sees and does. Panels are functions of what they are shown and of a
//! little state of their own; what is asked goes out as [`Action`]s. Nothing here holds the engine's
//! state or waits for anything.

mod action;
mod arrange;
mod ask;
mod bins;
mod bus;
mod changes;
mod commands;
mod control;
mod desk;
mod dialog;
mod docks;
mod drops;
mod ears;
mod fader;
mod form;
mod graphics;
mod items;
mod keys;
mod log;
mod look;
mod marks;
mod mixer;
mod monitor;
mod on_air;
mod palette;
mod panel;
mod path_field;
mod status;
mod strip;
mod switching;
pub mod theme;
mod thumbnails;
mod toasts;
mod top;
mod words;

pub use action::{Action, Browse, File, Listen, Open, StreamKey, View};
pub use arrange::Part;
pub use desk::{Beginning, Desk};
pub use look::{
    Chosen, FileLook, Look, Loudness, MonitorLook, OutputLook, Paths, Reason, SourceLook, Status,
    StripLook, Told,
};
pub use marks::Marks;
pub use monitor::Screen;
pub use thumbnails::Thumbnail;
pub use words::{Language, Words};
