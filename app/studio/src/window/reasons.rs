//! Translates the studio's errors into keys and values of the desk's words, for an operator in any
//! language. Messages of the system are values and stay as they are.

use std::error::Error;
use std::path::Path;

use audio::MonitorError;
use compositor::{FontLack, PrepError, PreparedFull};
use media::encode::EncodeError;
use media::record::RecordError;
use media::rtmp::{self, Cause, Meaning, Phase, Refused};
use media::source::device::DeviceError;
use media::source::live::NetworkFault;
use media::source::screen::ScreenError;
use media::source::{OpenError as SourceOpenError, PosterError, SourceError};
use show::file::{DecodeError, VERSION};
use ui::{Notice, Reason};

use super::path::shown;
use crate::problems::Problem;
use crate::production::session_log::LogError;
use crate::program::monitor_output::MonitorFault;
use crate::storage::disk::OpenShowError;
use crate::storage::disk_error::DiskError;
use crate::storage::file_manager::NotShown;
use crate::storage::portal::NoPortal;
use crate::storage::secrets::SecretsError;
use crate::storage::show_files::{LoadError, SaveError};

/// A show was not opened.
pub fn show_not_opened(error: OpenShowError) -> Notice {
    let (path, error) = match error {
        OpenShowError::Load(LoadError::Read { path, error }) => {
            return failed("show-unread", &path, error.to_string());
        }
        OpenShowError::Load(LoadError::Decode { path, error }) => (path, error),
        OpenShowError::Faulty { path, faults } => return Notice::InvalidShow(shown(&path), faults),
    };
    match error {
        DecodeError::TooLarge(_) => failed("show-too-large", &path, String::new()),
        DecodeError::NotJson(error) => failed("show-no-json", &path, error.to_string()),
        DecodeError::NotAShow => failed("show-none", &path, String::new()),
        DecodeError::Malformed(error) => failed("show-malformed", &path, error.to_string()),
        DecodeError::FromTheFuture { found } => Notice::Failed(Reason::new(
            "show-newer",
            [("path", shown(&path)), ("found", found.to_string()), ("known", VERSION.to_string())],
        )),
    }
}

/// A show was not saved.
pub fn show_not_saved(error: SaveError) -> Notice {
    match error {
        SaveError::Write { path, error } => failed("show-unsaved", &path, error.to_string()),
        SaveError::Foreign { path, .. } => failed("show-unsaved-foreign", &path, String::new()),
        SaveError::Faulty { path, faults } => Notice::UnsavedShow(shown(&path), faults),
        SaveError::Unreadable { path, error: DecodeError::TooLarge(_) } => {
            failed("show-unsaved-large", &path, String::new())
        }
        SaveError::Unreadable { path, error } => {
            let why = error.source().map(ToString::to_string).unwrap_or_default();
            failed("show-unsaved", &path, why)
        }
    }
}

/// The desk's settings were not saved.
pub fn settings_not_saved(DiskError { path, error, .. }: DiskError) -> Notice {
    failed("settings-unsaved", &path, error.to_string())
}

/// The session log is not written any more.
pub fn log_not_written(LogError { path, error }: &LogError) -> Notice {
    failed("log-unsaved", path, error.to_string())
}

/// The desktop cannot show a folder.
pub fn folder_not_shown(NotShown { folder, reason }: NotShown) -> Notice {
    failed("folder-not-shown", &folder, reason)
}

/// The journal of what a crash would lose is not written.
pub fn journal_not_written(DiskError { path, error, .. }: &DiskError) -> Notice {
    failed("journal-unsaved", path, error.to_string())
}

/// Stream keys cannot be read or stored.
pub fn no_keys(error: SecretsError) -> Notice {
    let (key, path, error) = match error {
        SecretsError::Read { path, reason } => ("keys-unread", path, reason),
        SecretsError::Malformed { path } => ("keys-malformed", path, String::new()),
        SecretsError::Open { path } => ("keys-open", path, String::new()),
        SecretsError::Write { path, reason } => ("keys-unsaved", path, reason),
        SecretsError::Nowhere => ("keys-nowhere", String::new(), String::new()),
        SecretsError::NoKey => ("keys-no-key", String::new(), String::new()),
        SecretsError::NotForgotten => ("keys-not-forgotten", String::new(), String::new()),
    };
    failed(key, Path::new(&path), error)
}

/// The desktop has no file chooser.
pub fn no_dialog(reason: NoPortal) -> Reason {
    let (key, error) = match reason {
        NoPortal::NoBus(error) => ("no-bus", error),
        NoPortal::NoPortal => ("no-portal", String::new()),
        NoPortal::NoChooser(error) => ("no-chooser", error),
        NoPortal::Silent => ("portal-silent", String::new()),
        NoPortal::Failed(error) => ("chooser-failed", error),
    };
    Reason::new(key, [("error", error)])
}

/// The monitor device does not play.
pub fn no_sound(fault: &MonitorFault) -> Reason {
    match fault {
        MonitorFault::Gone => plain("trouble-sound-gone"),
        MonitorFault::Open(MonitorError::NoDevice) => plain("trouble-sound-none"),
        MonitorFault::Open(MonitorError::Format(form)) => {
            Reason::new("trouble-sound-form", [("form", form.clone())])
        }
        MonitorFault::Open(MonitorError::Device(error)) => because("trouble-sound-device", error),
    }
}

/// An item of the show has a problem.
pub fn problem(problem: &Problem) -> Reason {
    match problem {
        Problem::Open(error) | Problem::Poster(PosterError::Open(error)) => open_error(error),
        Problem::Source(error) | Problem::Poster(PosterError::Broke(error)) => source_error(error),
        Problem::Poster(PosterError::Late) => plain("trouble-late"),
        Problem::Ended => plain("trouble-ended"),
        Problem::Silent { host } => Reason::new("trouble-silent", [("host", host.clone())]),
        Problem::NoSourceThread(error) => because("trouble-source-thread", error),
        Problem::Prep(error) => prep_error(error),
        Problem::Font(FontLack::Letters { letters }) => {
            Reason::new("trouble-no-letters", [("letters", letters.clone())])
        }
        Problem::Font(FontLack::Family { family }) => {
            Reason::new("trouble-no-font", [("family", family.clone())])
        }
        Problem::Full(PreparedFull { held, more, most }) => Reason::new(
            "trouble-full",
            [("held", held.to_string()), ("more", more.to_string()), ("most", most.to_string())],
        ),
        Problem::Target(_) => plain("trouble-no-url"),
        Problem::NoKey(name) => Reason::new("trouble-no-key", [("name", name.clone())]),
        Problem::Rtmp(error) => connection_lost(error),
        Problem::Record(error) => record_error(error),
        Problem::Encode(error) => encode_error(error),
        Problem::EncoderStopped(error) => because("trouble-encoder-stopped", error),
        Problem::NoOutputThread(error) => because("trouble-output-thread", error),
        Problem::StillEnding => plain("trouble-still-ending"),
    }
}

fn open_error(error: &SourceOpenError) -> Reason {
    match error {
        SourceOpenError::File { path, reason } => at("trouble-file", path, reason),
        SourceOpenError::NotAFile(path) => at("trouble-no-file", path, ""),
        SourceOpenError::Pipeline(error) => because("trouble-pipeline", error),
        SourceOpenError::Protocol(host) => {
            Reason::new("trouble-protocol", [("host", host.clone())])
        }
        // The error itself is more precise.
        SourceOpenError::Broke(error) => source_error(error),
        SourceOpenError::Device(error) => device_error(error),
        SourceOpenError::Screen(error) => screen_error(error),
        SourceOpenError::Refused => plain("trouble-refused"),
    }
}

fn source_error(error: &SourceError) -> Reason {
    let of = |key, name: &String| Reason::new(key, [("name", name.clone())]);
    let coded = |key, name: &String, codec: &String| {
        Reason::new(key, [("name", name.clone()), ("codec", codec.clone())])
    };
    match error {
        SourceError::NoMedia { name } => of("trouble-no-media", name),
        SourceError::NoDecoder { name, codec } => coded("trouble-no-decoder", name, codec),
        SourceError::NoPicture { name, codec } => coded("trouble-film-picture", name, codec),
        SourceError::NoSound { name, codec } => coded("trouble-film-sound", name, codec),
        SourceError::NothingPlays { name } => of("trouble-nothing-plays", name),
        SourceError::NothingComes { name } => of("trouble-nothing-comes", name),
        SourceError::NoTrack { name, place } => {
            let (number, of) = (place.number.to_string(), place.of.to_string());
            Reason::new(
                "trouble-no-track",
                [("name", name.clone()), ("number", number), ("of", of)],
            )
        }
        SourceError::Broke { name, reason } => {
            Reason::new("trouble-broke", [("name", name.clone()), ("error", reason.clone())])
        }
        SourceError::Device(error) => device_error(error),
        SourceError::Network { name, fault } => of(network_fault(*fault), name),
        SourceError::Screen(error) => screen_error(error),
        SourceError::CutOff { name, seen, length } => {
            let (seen, length) = (seen.to_string(), length.to_string());
            let values = [("name", name.clone()), ("seen", seen), ("length", length)];
            Reason::new("trouble-cut-off", values)
        }
    }
}

fn network_fault(fault: NetworkFault) -> &'static str {
    match fault {
        NetworkFault::NoHost => "trouble-net-no-host",
        NetworkFault::NoAnswer => "trouble-net-no-answer",
        NetworkFault::NotAllowed => "trouble-net-not-allowed",
        NetworkFault::NoStream => "trouble-net-no-stream",
        NetworkFault::PortTaken => "trouble-net-port-taken",
        NetworkFault::NotByTcp => "trouble-net-not-by-tcp",
    }
}

/// Why a device of this computer is not seen or heard.
pub fn device_error(error: &DeviceError) -> Reason {
    let of = |key, name: &String| Reason::new(key, [("name", name.clone())]);
    match error {
        DeviceError::NoCamera => plain("trouble-no-camera"),
        DeviceError::NoMicrophone => plain("trouble-no-microphone"),
        DeviceError::NoPlugin(package) => {
            Reason::new("trouble-no-device-plugin", [("package", (*package).to_owned())])
        }
        DeviceError::NotConnected(name) => of("trouble-not-connected", name),
        DeviceError::Replaced(name) => of("trouble-replaced", name),
        DeviceError::Held(name) => of("trouble-held", name),
        DeviceError::NoMode { name, width, height, rate } => Reason::new(
            "trouble-no-mode",
            [
                ("name", name.clone()),
                ("width", width.to_string()),
                ("height", height.to_string()),
                ("rate", rate.clone()),
            ],
        ),
        DeviceError::NoChannel { name, channel, of } => {
            let (channel, of) = (channel.to_string(), of.to_string());
            Reason::new(
                "trouble-no-channel",
                [("name", name.clone()), ("channel", channel), ("of", of)],
            )
        }
    }
}

fn screen_error(error: &ScreenError) -> Reason {
    let of = |key, name: &String| Reason::new(key, [("name", name.clone())]);
    match error {
        ScreenError::Server(error) => because("trouble-screen-server", error),
        ScreenError::Lacks(extension) => {
            Reason::new("trouble-screen-lacks", [("extension", (*extension).to_owned())])
        }
        ScreenError::Depth(bits) => {
            Reason::new("trouble-screen-depth", [("bits", bits.to_string())])
        }
        ScreenError::TooLarge { width, height } => Reason::new(
            "trouble-screen-large",
            [("width", width.to_string()), ("height", height.to_string())],
        ),
        ScreenError::Wayland => plain("trouble-screen-wayland"),
        ScreenError::NoMonitor(name) => of("trouble-no-monitor", name),
        ScreenError::NoWindow(name) => of("trouble-no-window", name),
        ScreenError::Minimised(name) => of("trouble-window-minimised", name),
        ScreenError::Refused(error) => because("trouble-screen-refused", error),
        ScreenError::Pictures(error) => because("trouble-screen-pictures", error),
    }
}

fn prep_error(error: &PrepError) -> Reason {
    match error {
        PrepError::Unreadable { path, error } => at("trouble-picture-unread", path, error),
        PrepError::TooManyBytes { path, bytes, limit } => Reason::new(
            "trouble-picture-bytes",
            [("path", shown(path)), ("bytes", bytes.to_string()), ("limit", limit.to_string())],
        ),
        PrepError::NotAPicture { path } => at("trouble-no-picture", path, ""),
        PrepError::TooManyPixels { path, width, height, side, pixels } => Reason::new(
            "trouble-picture-pixels",
            [
                ("path", shown(path)),
                ("width", width.to_string()),
                ("height", height.to_string()),
                ("side", side.to_string()),
                ("pixels", pixels.to_string()),
            ],
        ),
        PrepError::CutOff { path } => at("trouble-picture-cut-off", path, ""),
        PrepError::Damaged { path, why } => at("trouble-picture-damaged", path, why),
        PrepError::TextTooLarge { width, height, most: (across, down) } => Reason::new(
            "trouble-text-large",
            [
                ("width", width.to_string()),
                ("height", height.to_string()),
                ("across", across.to_string()),
                ("down", down.to_string()),
            ],
        ),
    }
}

fn connection_lost(rtmp::ConnectionLost { host, cause }: &rtmp::ConnectionLost) -> Reason {
    let of_host =
        |key, name, value: String| Reason::new(key, [("host", host.clone()), (name, value)]);
    let key = match cause {
        Cause::System(error) => return of_host("trouble-rtmp-system", "error", error.clone()),
        Cause::TimedOut(phase) => {
            return of_host(timed_out(*phase), "seconds", phase.seconds().to_string());
        }
        Cause::Refused(Refused { meaning, code }) => {
            return of_host(refused(*meaning), "code", code.clone());
        }
        Cause::NoAddress => "trouble-rtmp-no-address",
        Cause::Stuck => "trouble-rtmp-stuck",
        Cause::Closed => "trouble-rtmp-closed",
        Cause::ClosedOnKey => "trouble-rtmp-closed-on-key",
        Cause::NotRtmp => "trouble-rtmp-strange",
    };
    Reason::new(key, [("host", host.clone())])
}

fn timed_out(phase: Phase) -> &'static str {
    match phase {
        Phase::Resolve => "trouble-rtmp-no-name-server",
        Phase::Connect => "trouble-rtmp-unreachable",
        Phase::Tls => "trouble-rtmp-no-tls",
        Phase::Handshake => "trouble-rtmp-silent",
        Phase::Application => "trouble-rtmp-silent-app",
        Phase::Publish => "trouble-rtmp-silent-key",
    }
}

fn refused(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::App => "trouble-rtmp-app",
        Meaning::NoApp => "trouble-rtmp-no-app",
        Meaning::Shutdown => "trouble-rtmp-shutdown",
        Meaning::InUse => "trouble-rtmp-in-use",
        Meaning::Key => "trouble-rtmp-key",
        Meaning::Failed => "trouble-rtmp-failed",
        Meaning::Ended => "trouble-rtmp-ended",
        Meaning::Login => "trouble-rtmp-login",
        Meaning::WrongLogin => "trouble-rtmp-wrong-login",
        Meaning::Redirect => "trouble-rtmp-redirect",
        Meaning::Other => "trouble-rtmp-other",
    }
}

fn record_error(error: &RecordError) -> Reason {
    match error {
        RecordError::Open { path, reason } => at("trouble-record-open", path, reason),
        RecordError::Refused(path) => at("trouble-record-refused", path, ""),
        RecordError::Write { path, reason } => at("trouble-record-write", path, reason),
        RecordError::Stopped(path) => at("trouble-record-stopped", path, ""),
        RecordError::Waiting { path, reason } => at("trouble-record-waiting", path, reason),
        RecordError::Interrupted(path) => at("trouble-record-interrupted", path, ""),
        RecordError::Deleted(path) => at("trouble-record-deleted", path, ""),
        RecordError::Moved(path) => at("trouble-record-moved", path, ""),
        RecordError::Shortened(path) => at("trouble-record-shortened", path, ""),
    }
}

fn encode_error(error: &EncodeError) -> Reason {
    match error {
        EncodeError::NoVideoEncoder => plain("trouble-no-video-encoder"),
        EncodeError::NoAudioEncoder => plain("trouble-no-audio-encoder"),
        EncodeError::Start { name, reason } => Reason::new(
            "trouble-encoder",
            [("name", (*name).to_owned()), ("error", reason.clone())],
        ),
        EncodeError::Refused(name) => {
            Reason::new("trouble-encoder-refused", [("name", (*name).to_owned())])
        }
        EncodeError::NoThread(error) => because("trouble-encoder-thread", error),
    }
}

fn plain(key: &'static str) -> Reason {
    Reason::new(key, [])
}

fn because(key: &'static str, error: &impl ToString) -> Reason {
    Reason::new(key, [("error", error.to_string())])
}

fn at(key: &'static str, path: &Path, error: &str) -> Reason {
    Reason::new(key, [("path", shown(path)), ("error", error.to_owned())])
}

fn failed(key: &'static str, path: &Path, error: String) -> Notice {
    Notice::Failed(at(key, path, &error))
}
