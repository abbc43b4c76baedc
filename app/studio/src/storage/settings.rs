//! The desk's settings, which are not part of a show. Without them the desk opens with its defaults: so a
//! file that cannot be read is moved aside, and never an error.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::storage::show_files;

/// How many recent shows are remembered.
pub const MAX_RECENT: usize = 10;
/// A larger file is not a settings file.
const MAX_BYTES: u64 = 1024 * 1024;

/// The desk's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The tag of the desk's language: `en` or `zh-CN`.
    pub language: String,
    /// Shows that were opened or saved, the latest first; absolute paths, at most [`MAX_RECENT`].
    pub recent: Vec<PathBuf>,
    /// The arrangement of the panels, in the desk's own format; `None` until a panel was moved.
    pub arrangement: Option<serde_json::Value>,
    /// Pictures per second on the monitors; `None` is what suits the machine.
    pub monitor_rate: Option<u32>,
    /// Whether the monitors show the safe areas.
    pub safe_areas: bool,
    /// Whether PVW shows its sources' names.
    pub labels: bool,
    /// The scale of the user interface, in percent; `None` is what suits the screen.
    pub scale: Option<u32>,
    /// The output of the monitor mix.
    pub monitor: MonitorSettings,
    /// Whether the hint of the first start was seen.
    pub hint_seen: bool,
}

/// The output of the monitor mix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MonitorSettings {
    /// The name of the device; `None` is the system's default.
    pub device: Option<String>,
    /// Its level in decibels.
    pub level_db: f32,
    /// Whether it is muted, as it is by default.
    pub muted: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: "en".to_owned(),
            recent: Vec::new(),
            arrangement: None,
            monitor_rate: None,
            safe_areas: true,
            labels: true,
            scale: None,
            monitor: MonitorSettings::default(),
            hint_seen: false,
        }
    }
}

impl Default for MonitorSettings {
    fn default() -> Self {
        Self { device: None, level_db: 0.0, muted: true }
    }
}

impl Settings {
    /// Puts a show first among the recent ones.
    pub fn add_recent(&mut self, show: PathBuf) {
        self.recent.retain(|other| *other != show);
        self.recent.insert(0, show);
        self.recent.truncate(MAX_RECENT);
    }
}

/// The settings file (XDG Base Directory Specification); `None` if there is no home folder.
pub fn path() -> Option<PathBuf> {
    // The specification says to ignore relative paths.
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")))?;
    Some(folder.join("downstage").join("desk.json"))
}

/// Reads the settings. A damaged file is renamed to `NAME.damaged`, and the defaults are returned. Waits
/// for the disk.
pub fn load(path: &Path) -> Settings {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
    let reason = match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Settings::default(),
        Err(error) => error.to_string(),
        Ok(_) => match serde_json::from_str::<Settings>(&text) {
            Ok(mut settings) => {
                settings.recent.truncate(MAX_RECENT);
                return settings;
            }
            Err(error) => error.to_string(),
        },
    };
    let mut aside: OsString = path.as_os_str().to_owned();
    aside.push(".damaged");
    let moved = match fs::rename(path, &aside) {
        Ok(()) => format!("it is now {}", Path::new(&aside).display()),
        Err(error) => format!("and cannot be moved aside: {error}"),
    };
    tracing::error!(
        "{}: the desk's settings cannot be read: {reason}; {moved}. The desk uses the defaults.",
        path.display()
    );
    Settings::default()
}

/// Saves the settings atomically; the folder is created if need be. Waits for the disk.
///
/// # Errors
/// The system's reason; the file is unchanged.
pub fn save(settings: &Settings, path: &Path) -> io::Result<()> {
    let bytes = serde_json::to_vec_pretty(settings)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    show_files::replace(&bytes, path, show_files::SHARED, |_| Ok(()))
}
