//! The desk: the window's user interface. Panels are functions of a [`Look`] and of a little state of
//! their own; what the operator asks for is returned as [`Action`]s. Nothing here holds the engine's
//! state or blocks.

mod action;
mod air_state;
mod arrangement;
mod automatic_scale;
mod bins;
mod bus_monitor;
mod changes;
mod command;
mod command_button;
pub mod commands;
mod confirm;
mod desk;
mod devices_look;
mod dialog;
mod dialogs;
mod dock_tree;
mod docks;
mod dropped_files;
mod film_commands;
mod film_line;
mod film_look;
mod gpu_pipeline;
mod graphics;
mod item_menu;
mod item_name;
mod key_hold;
mod keys;
mod language;
mod live_line;
mod log;
mod look;
mod mixer;
mod monitor;
mod monitor_strip;
mod numbered_commands;
mod on_air;
mod overlays;
mod palette;
mod panel;
mod panel_kind;
mod path_field;
mod pgm_health;
mod picture_line;
mod preview_look;
mod reason;
mod recovery_card;
mod screens_look;
mod signal_line;
mod source_delay;
mod source_look;
mod start_card;
mod status_line;
mod switching;
pub mod theme;
mod thumbnail_sheet;
mod thumbnails;
mod toasts;
mod top_bar;
mod track_line;
mod translations;
mod undo_report;
mod units;
mod waiting;
mod widgets;

pub use action::{
    Action, FilePurpose, MonitorChange, OpenDialog, RecoveryChoice, ShowFile, ShowTemplate,
    ViewChange,
};
pub use air_state::AirState;
pub use automatic_scale::scale_for;
pub use command::{
    Category, DeskCommand, KeyScope, Press, Shortcut, Situation, Unavailable, Value, Views,
};
pub use desk::{Beginning, Desk};
pub use devices_look::{CameraLook, MicrophoneLook};
pub use film_look::{FilmLeft, FilmLook, TrackLook};
pub use language::Language;
pub use look::{
    Chosen, FileLook, ForeignFile, HealthLook, KeyLook, KeyPlace, Look, LoudnessLook, MonitorLook,
    Notice, OutputLook, Paths, RecoveryLook, Status, StripLook, Thumbnail,
};
pub use monitor::Screen;
pub use overlays::Overlays;
pub use panel_kind::PanelKind;
pub use preview_look::{PreviewLook, PreviewOf, PreviewRequest};
pub use reason::Reason;
pub use screens_look::ScreensLook;
pub use source_look::{LackLook, LiveLook, PictureLook, SourceLook};
pub use translations::Translations;
pub use units::{hours, size};
pub use waiting::waiting_changes;
