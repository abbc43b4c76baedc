//! Sources that show a screen of this computer, or a window on it.

use serde::{Deserialize, Serialize};

/// A screen of this computer, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScreenSource {
    /// What of it is shown.
    pub area: ScreenArea,
    /// Whether the mouse pointer is shown.
    #[serde(default = "default_cursor")]
    pub cursor: bool,
    /// The most pictures a second, 1 to 60; absent = as many as the programme has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
}

const fn default_cursor() -> bool {
    true
}

/// What is shown of a screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum ScreenArea {
    /// All of it, with all its monitors.
    Desktop,
    /// One monitor.
    Monitor {
        /// Its name, as the system has it, like HDMI-1.
        name: String,
    },
    /// One window, whatever covers it and wherever it is moved.
    Window {
        /// The program it belongs to, as its windows name it (the class of WM_CLASS).
        class: String,
        /// Its title; absent = any window of that program.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
}

impl ScreenSource {
    /// The most pictures a second.
    pub const MAX_RATE: u32 = 60;
    /// The longest name of a monitor, a program or a window, in bytes.
    pub const MAX_NAME: usize = 2_048;

    /// Whether a monitor, a program or a window can be called so.
    pub(crate) fn is_name(name: &str) -> bool {
        !name.trim().is_empty() && name.len() <= Self::MAX_NAME
    }
}
