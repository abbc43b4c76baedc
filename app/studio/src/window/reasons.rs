//! Why something does not work, for an operator in any language: what the errors of the rest of the
//! studio say in English, by the keys of the desk's words. What the system itself says stays as it is.

use std::path::Path;

use show::file::{DecodeError, VERSION};
use ui::{Reason, Told};

use super::shown;
use crate::disk::{DiskError, OpenError};
use crate::portal::NoPortal;
use crate::secrets::SecretsError;
use crate::session_log::LogError;
use crate::store::{LoadError, SaveError};

/// A show was not opened.
pub fn not_opened(error: OpenError) -> Told {
    let (path, error) = match error {
        OpenError::Load(LoadError::Read { path, error }) => {
            return failed("show-unread", &path, error.to_string());
        }
        OpenError::Load(LoadError::Decode { path, error }) => (path, error),
        OpenError::Faulty { path, faults } => return Told::Faulty(shown(&path), faults),
    };
    match error {
        DecodeError::TooLarge(_) => failed("show-too-large", &path, String::new()),
        DecodeError::NotJson(error) => failed("show-no-json", &path, error.to_string()),
        DecodeError::NotAShow => failed("show-none", &path, String::new()),
        DecodeError::Malformed(error) => failed("show-malformed", &path, error.to_string()),
        DecodeError::FromTheFuture { found } => Told::Failed(Reason::new(
            "show-newer",
            [("path", shown(&path)), ("found", found.to_string()), ("known", VERSION.to_string())],
        )),
    }
}

/// A show was not saved.
pub fn not_saved(SaveError { path, error }: SaveError) -> Told {
    failed("show-unsaved", &path, error.to_string())
}

/// What the desk remembers was not kept.
pub fn not_kept(DiskError { path, error, .. }: DiskError) -> Told {
    failed("settings-unsaved", &path, error.to_string())
}

/// The session log is not written.
pub fn not_logged(LogError { path, error }: &LogError) -> Told {
    failed("log-unsaved", path, error.to_string())
}

/// Stream keys are not read, or not kept.
pub fn no_keys(error: SecretsError) -> Told {
    let (key, path, error) = match error {
        SecretsError::Read { path, reason } => ("keys-unread", path, reason),
        SecretsError::Malformed { path } => ("keys-malformed", path, String::new()),
        SecretsError::Open { path } => ("keys-open", path, String::new()),
        SecretsError::Write { path, reason } => ("keys-unsaved", path, reason),
        SecretsError::Nowhere => ("keys-nowhere", String::new(), String::new()),
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

fn failed(key: &'static str, path: &Path, error: String) -> Told {
    Told::Failed(Reason::new(key, [("path", shown(path)), ("error", error)]))
}
