//! What the desk shows: plain values, gathered before anything is drawn.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use engine::{FrameIndex, OutputState, Rejection, Snapshot};
use show::{Db, Fault, ItemId, OutputId, SecretName, SourceId};

use crate::action::FilePurpose;
use crate::devices_look::{CameraLook, MicrophoneLook};
use crate::film_look::{FilmLeft, FilmLook, TrackLook};
use crate::monitor::Screen;
use crate::preview_look::PreviewLook;
use crate::reason::Reason;
use crate::screens_look::ScreensLook;
use crate::source_look::SourceLook;

/// One moment of a programme.
#[derive(Clone)]
pub struct Look {
    /// The engine's state.
    pub snapshot: Arc<Snapshot>,
    /// The frame that the monitors show.
    pub frame: FrameIndex,
    /// What is next.
    pub pvw: Option<Screen>,
    /// What is on air.
    pub pgm: Option<Screen>,
    /// How that is doing.
    pub health: HealthLook,
    /// Small pictures of sources, and of the pictures behind layouts.
    pub thumbnails: Arc<BTreeMap<ItemId, Arc<Thumbnail>>>,
    /// Delays of open sources.
    pub sources: BTreeMap<SourceId, SourceLook>,
    /// Where the open films are.
    pub films: BTreeMap<SourceId, FilmLook>,
    /// The sound tracks of the films that have been looked at, in the order of their files.
    pub tracks: Arc<BTreeMap<SourceId, Vec<TrackLook>>>,
    /// Levels of the strips.
    pub strips: Vec<StripLook>,
    /// LoudnessLook of the programme.
    pub loudness: LoudnessLook,
    /// The operator's monitor.
    pub monitor: MonitorLook,
    /// Outputs of the show.
    pub outputs: Vec<OutputLook>,
    /// The stream keys that are known.
    pub keys: BTreeMap<SecretName, KeyLook>,
    /// What is wrong with items.
    pub problems: BTreeMap<ItemId, Reason>,
    /// What happened since the last frame, each reported once.
    pub notices: Vec<Notice>,
    /// The show's file.
    pub file: FileLook,
    /// A save that another program's file is in the way of, for one frame.
    pub foreign_file: Option<ForeignFile>,
    /// What a crash left behind, until it is decided on.
    pub recovery: Option<Arc<RecoveryLook>>,
    /// Completions of the path that was asked for last.
    pub paths: Option<Arc<Paths>>,
    /// The screens and windows that were listed last, or why they cannot be.
    pub screens: Option<Arc<Result<ScreensLook, Reason>>>,
    /// The cameras of this computer as they were listed last, or why there are none.
    pub cameras: Option<Arc<Result<Vec<CameraLook>, Reason>>>,
    /// The microphones likewise, the system's own choice first.
    pub microphones: Option<Arc<Result<Vec<MicrophoneLook>, Reason>>>,
    /// What the dialog that is open sees of a source.
    pub preview: Option<Arc<PreviewLook>>,
    /// The answer of the desktop's file chooser, for one frame.
    pub chosen: Option<(FilePurpose, Chosen)>,
    /// Whether a decoder of pictures is installed that uses a graphics card.
    pub has_hardware_decoders: bool,
    /// Figures of the machine and the programme.
    pub status: Status,
}

impl Look {
    /// A look with nothing but the engine's state.
    pub fn new(snapshot: Arc<Snapshot>) -> Self {
        Self {
            frame: snapshot.next,
            snapshot,
            pvw: None,
            pgm: None,
            health: HealthLook::default(),
            thumbnails: Arc::default(),
            sources: BTreeMap::new(),
            films: BTreeMap::new(),
            tracks: Arc::default(),
            strips: Vec::new(),
            loudness: LoudnessLook::SILENCE,
            monitor: MonitorLook::default(),
            outputs: Vec::new(),
            keys: BTreeMap::new(),
            problems: BTreeMap::new(),
            notices: Vec::new(),
            file: FileLook::default(),
            foreign_file: None,
            recovery: None,
            paths: None,
            screens: None,
            cameras: None,
            microphones: None,
            preview: None,
            chosen: None,
            has_hardware_decoders: false,
            status: Status::default(),
        }
    }
}

/// How PGM is doing, as far as it was measured; the states of its sources say the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthLook {
    /// It has been black for a while.
    pub black: bool,
    /// Sources on air that have brought no new picture for a while.
    pub frozen: BTreeSet<SourceId>,
    /// Nothing has been heard of the programme for a while.
    pub silent: bool,
    /// The film on air that ends first.
    pub film: Option<FilmLeft>,
}

/// A message for the operator.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The engine rejected a command.
    Rejected(Rejection),
    /// Something went wrong: a key of the desk's words, and the value put into them.
    Error(&'static str, String),
    /// Something went wrong, with more than one value.
    Failed(Reason),
    /// The show in this file has these faults.
    InvalidShow(String, Vec<Fault>),
    /// The show has these faults, and was not saved in this file.
    UnsavedShow(String, Vec<Fault>),
    /// Something was done: a key of the desk's words, and the value put into them.
    Done(&'static str, String),
    /// A recording has ended, whose first file is this.
    Recorded(Reason, PathBuf),
    /// The same as [`Self::Done`] for the log alone: no toast, since it was expected.
    LogOnly(&'static str, String),
}

impl Notice {
    /// Whether something went wrong.
    pub fn is_wrong(&self) -> bool {
        !matches!(self, Self::Done(..) | Self::Recorded(..) | Self::LogOnly(..))
    }
}

/// What may be seen of a stream key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLook {
    /// Where it is stored.
    pub place: KeyPlace,
    /// The user that is stored with it and a password.
    pub user: Option<String>,
}

/// Where a stream key is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the system's keyring.
    Keyring,
    /// In this file.
    File(PathBuf),
    /// In memory alone, until the program ends.
    Memory,
}

/// The show's file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileLook {
    /// Where it is; a new show has none.
    pub path: Option<PathBuf>,
    /// Whether the show differs from it.
    pub is_changed: bool,
    /// Shows that were opened before, the last one first.
    pub recent: Vec<PathBuf>,
    /// Small pictures of them, as far as there are any.
    pub pictures: Arc<BTreeMap<PathBuf, Arc<Thumbnail>>>,
}

/// A file that another program has written, where a show was to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignFile {
    /// The file.
    pub path: PathBuf,
    /// Whether it was the show's before it was changed.
    pub was_ours: bool,
}

/// What a crash left behind; without the name of a show it is only what cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecoveryLook {
    /// The name of the show.
    pub show: String,
    /// The show's file; a new show has none.
    pub path: Option<PathBuf>,
    /// When it was so, in local time: `2026-11-27 20:14`.
    pub time: String,
    /// Whether it has changes that its file has not.
    pub is_changed: bool,
    /// The name of what was on PGM, if anything was.
    pub pgm: Option<String>,
    /// The names of the outputs that ran.
    pub outputs: Vec<String>,
    /// The recordings that were not ended, and their sizes in bytes.
    pub recordings: Vec<(PathBuf, u64)>,
    /// Whether another program has changed its file since.
    pub is_file_changed: bool,
    /// What a crash left behind and this build cannot read.
    pub unreadable: Vec<PathBuf>,
}

impl RecoveryLook {
    /// Whether there is a show that can be restored.
    pub fn has_show(&self) -> bool {
        self.unreadable.is_empty() || !self.show.is_empty()
    }
}

/// Completions of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The path that was asked for.
    pub of: String,
    /// Paths that begin with it; folders end in `/`.
    pub entries: Vec<String>,
}

/// An answer of the desktop's file chooser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// This file, or this folder.
    File(PathBuf),
    /// These files, where several can be chosen.
    Files(Vec<PathBuf>),
    /// None.
    Nothing,
    /// There is no such dialog here, and why.
    NoDialog(Reason),
}

/// A small picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// Width and height in pixels, within [`Thumbnail::MOST`].
    pub size: (u32, u32),
    /// Encoded R'G'B' and straight alpha in turn; rows from the top, without gaps.
    pub rgba: Vec<u8>,
    /// Width and height of what it is a picture of, as it is shown: in square pixels.
    pub of: (u32, u32),
    /// How long the file is, in milliseconds, if it is one and says so.
    pub length_millis: Option<u64>,
}

impl Thumbnail {
    /// The most pixels across and down.
    pub const MOST: (u32, u32) = (192, 108);
}

/// Levels of a strip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StripLook {
    /// The source.
    pub source: SourceId,
    /// Greatest samples, left and right, as amplitude.
    pub peak: [f32; 2],
}

/// LoudnessLook of the programme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoudnessLook {
    /// Greatest samples, left and right, as amplitude.
    pub peak: [f32; 2],
    /// True peak in dBTP, the greater of both channels.
    pub true_peak: f32,
    /// Last three seconds, in LUFS.
    pub short_term: f32,
    /// Since the start, gated, in LUFS.
    pub integrated: f32,
}

impl LoudnessLook {
    /// Nothing is heard.
    pub const SILENCE: Self =
        Self { peak: [0.0; 2], true_peak: -100.0, short_term: -100.0, integrated: -100.0 };
}

/// The operator's monitor.
#[derive(Clone, Debug, PartialEq)]
pub struct MonitorLook {
    /// Its level.
    pub level: Db,
    /// Whether it is muted.
    pub mute: bool,
    /// Greatest samples, left and right, as amplitude, behind the level and before mute.
    pub peak: [f32; 2],
    /// The device that was chosen; nothing is the system's own choice.
    pub device: Option<String>,
    /// All devices, once they were listed.
    pub devices: Vec<String>,
    /// Why it is silent, if it should not be.
    pub fault: Option<Reason>,
}

impl Default for MonitorLook {
    fn default() -> Self {
        let (level, peak) = (Db::UNITY, [0.0; 2]);
        Self { level, mute: true, peak, device: None, devices: Vec::new(), fault: None }
    }
}

/// An output.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputLook {
    /// Which.
    pub id: OutputId,
    /// Its name.
    pub name: String,
    /// Whether it records.
    pub records: bool,
    /// Its state; `None` if it was never started, or was stopped.
    pub state: Option<OutputState>,
    /// Seconds since its first acknowledged picture, or its first written frame; 0 before.
    pub seconds: u64,
    /// Bits per second of the last second, in thousands.
    pub kbps: u64,
    /// Bytes that were sent or written.
    pub bytes: u64,
    /// Pictures that were dropped since the operator reset it.
    pub dropped: u64,
    /// Pictures that were sent or written again in place of others, since then.
    pub repeated: u64,
    /// Whether any was in the last seconds.
    pub is_losing: bool,
    /// How long ago its peer last acknowledged bytes, in milliseconds.
    pub ack_age_millis: u64,
    /// In how many milliseconds a stalled connection is given up.
    pub gives_up_millis: Option<u64>,
    /// The encoder that feeds it.
    pub encoder: String,
    /// The file a recording goes to now, without its folder.
    pub file: Option<String>,
    /// For how long a recording has room on its disk, in seconds.
    pub disk_left_seconds: Option<u64>,
    /// In how many milliseconds it is retried, if it waits for that.
    pub retry_millis: Option<u64>,
}

impl OutputLook {
    /// Whether it was started and not stopped.
    pub fn runs(&self) -> bool {
        !matches!(self.state, None | Some(OutputState::Stopped))
    }

    /// Pictures of the programme that its viewers have not seen, since the operator reset it.
    pub fn lost(&self) -> u64 {
        self.dropped + self.repeated
    }

    /// An output that was never started.
    pub fn new(id: OutputId, name: impl Into<String>, records: bool) -> Self {
        Self {
            id,
            name: name.into(),
            records,
            state: None,
            seconds: 0,
            kbps: 0,
            bytes: 0,
            dropped: 0,
            repeated: 0,
            is_losing: false,
            ack_age_millis: 0,
            gives_up_millis: None,
            encoder: String::new(),
            file: None,
            disk_left_seconds: None,
            retry_millis: None,
        }
    }
}

impl Look {
    /// Whether any count of losses is not 0.
    pub fn has_losses(&self) -> bool {
        let Status { late, repeated, .. } = self.status;
        late + repeated > 0 || self.outputs.iter().any(|output| output.lost() > 0)
    }
}

/// Figures of the machine and the programme.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// The time of day, `20:14:03`.
    pub clock: String,
    /// Frames that were made in the last second, in hundredths a second.
    pub rate_hundredths: u64,
    /// Frames that reached an encoder late, since the operator reset it.
    pub late: u64,
    /// Frames that were repeated because the machine was late, since then.
    pub repeated: u64,
    /// How many of them in the last ten seconds.
    pub late_lately: u64,
    /// How many frames were repeated in the last ten seconds.
    pub repeated_lately: u64,
    /// The most pictures that waited for an encoder in the last second, and how many may; of the fullest.
    pub encode_queue: Option<(u64, u64)>,
    /// Mean time for a frame on the program thread in the last second, in microseconds.
    pub frame_micros: u64,
    /// The H.264 encoder that runs; empty if none does.
    pub encoder: String,
    /// Hundredths of a core that encoding takes.
    pub encoder_percent: u64,
    /// Hundredths of a core that the process takes.
    pub cpu_percent: u64,
    /// How many cores there are; 0 before it is known.
    pub cores: u64,
    /// The resident memory of the process, in megabytes.
    pub memory_mb: u64,
    /// Memory the system has available, in megabytes, if it says so.
    pub memory_free_mb: Option<u64>,
    /// For how long the recordings have room, in seconds; nothing if there are none.
    pub disk_left_seconds: Option<u64>,
    /// For how many seconds a disk has not answered, if that is too long.
    pub disk_silent_seconds: Option<u64>,
    /// Whether another show, or the same in another format, is being opened.
    pub opening: bool,
}
