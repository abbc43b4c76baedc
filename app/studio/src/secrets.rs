//! Stream keys. They are kept apart from shows and occur nowhere else: not in a log, a statistic, a
//! message or an echo.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use show::SecretName;

/// Secrets by name.
#[derive(Default)]
pub struct Secrets(Mutex<BTreeMap<SecretName, String>>);

/// Why the file of secrets was not read.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// It cannot be read.
    #[error("{path}: the stream keys cannot be read: {reason}")]
    Read {
        /// The file.
        path: String,
        /// Why, without what is in it.
        reason: String,
    },
    /// Others can read it.
    #[error("{path}: others can read the stream keys. Run: chmod 600 {path}")]
    Open {
        /// The file.
        path: String,
    },
}

impl Secrets {
    /// Adds what a file holds, a JSON object of names and keys; no file is no error.
    ///
    /// # Errors
    /// The file is open to others, or is no such object.
    pub fn read(&self, path: &Path) -> Result<(), SecretsError> {
        let name = path.display().to_string();
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(SecretsError::Read { path: name, reason: error.to_string() });
            }
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path).map(|data| data.permissions().mode());
            if mode.is_ok_and(|mode| mode & 0o077 != 0) {
                return Err(SecretsError::Open { path: name });
            }
        }
        // The parser's own message could quote a key.
        let reason = "it is not a JSON object of names and keys".to_owned();
        let read: BTreeMap<SecretName, String> = serde_json::from_slice(&bytes)
            .map_err(|_| SecretsError::Read { path: name, reason })?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(read);
        Ok(())
    }

    /// Keeps a secret for as long as the program runs.
    pub fn set(&self, name: SecretName, secret: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, secret);
    }

    /// The secret of this name.
    pub fn get(&self, name: &SecretName) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}
