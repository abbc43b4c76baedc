//! What the desk remembers from one day to the next. None of it is part of a show, and without it the
//! desk opens as on its first day: so a file that cannot be read is put aside and never an error.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::storage::show_files;

/// How many shows are remembered.
pub const RECENT: usize = 10;
/// A larger file is none of ours.
const MAX_BYTES: u64 = 1024 * 1024;

/// What the desk remembers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The language of the words, as its tag: `en` or `zh-CN`.
    pub language: String,
    /// Shows that were opened or saved, the last one first; absolute paths, at most [`RECENT`].
    pub recent: Vec<PathBuf>,
    /// How the panels are arranged, in the desk's own form; nothing before anybody moved one.
    pub arrangement: Option<serde_json::Value>,
    /// Pictures a second on the monitors; nothing is what suits the machine.
    pub monitor_rate: Option<u32>,
    /// Whether the monitors show the safe areas.
    pub safe_areas: bool,
    /// Whether PVW shows its sources' names.
    pub labels: bool,
    /// Size of everything in the window, in percent.
    pub scale: u32,
    /// How the monitor mix is heard.
    pub monitor: MonitorSettings,
    /// Whether the hint of the first start was seen.
    pub hint_seen: bool,
}

/// How the monitor mix is heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MonitorSettings {
    /// The device by its name; nothing is the system's own choice.
    pub device: Option<String>,
    /// Its level in decibels.
    pub level_db: f32,
    /// Whether it is silent: so at first, until somebody asks for sound.
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
            scale: 100,
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
    pub fn remember(&mut self, show: PathBuf) {
        self.recent.retain(|other| *other != show);
        self.recent.insert(0, show);
        self.recent.truncate(RECENT);
    }
}

/// Where they are kept (XDG Base Directory Specification); nothing if there is no home folder.
pub fn path() -> Option<PathBuf> {
    // A relative folder is to be taken for none.
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")))?;
    Some(folder.join("downstage").join("desk.json"))
}

/// Reads them, waiting for the disk. A file that is damaged is renamed to `NAME.damaged`, and what the
/// desk would have at its first start comes instead.
pub fn load(path: &Path) -> Settings {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
    let reason = match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Settings::default(),
        Err(error) => error.to_string(),
        Ok(_) => match serde_json::from_str::<Settings>(&text) {
            Ok(mut settings) => {
                settings.recent.truncate(RECENT);
                return settings;
            }
            Err(error) => error.to_string(),
        },
    };
    let mut aside: OsString = path.as_os_str().to_owned();
    aside.push(".damaged");
    let moved = match fs::rename(path, &aside) {
        Ok(()) => format!("it is now {}", Path::new(&aside).display()),
        Err(error) => format!("and cannot be put aside: {error}"),
    };
    tracing::error!(
        "{}: the desk's settings cannot be read: {reason}; {moved}. The desk opens as at first.",
        path.display()
    );
    Settings::default()
}

/// Saves them whole or not at all, waiting for the disk; the folder is made if need be.
///
/// # Errors
/// The system's reason; the file is what it was.
pub fn save(settings: &Settings, path: &Path) -> io::Result<()> {
    let bytes = serde_json::to_vec_pretty(settings)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    show_files::replace(&bytes, path, show_files::OPEN, |_| Ok(()))
}
