//! Stream keys. They are kept in the system's keyring, or where there is none in a file for its owner
//! alone; apart from shows, and nowhere else: not in a log, a statistic, a message or an echo.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use show::{OutputKind, SecretName, Show};

use crate::storage::keyring::{Keyring, System, Vault};
use crate::storage::show_files;

/// Secrets by name. What is known is in memory, so that [`Self::get`] waits for nothing; all that waits
/// for a disk or a keyring says so.
#[derive(Default)]
pub struct Secrets {
    known: Mutex<BTreeMap<SecretName, KnownKeys>>,
    file: Option<PathBuf>,
    keyring: Option<Keyring>,
}

struct KnownKeys {
    secret: String,
    kept: Option<Kept>,
}

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In the system's keyring.
    Keyring,
    /// In this file, which only its owner can read.
    File(PathBuf),
}

/// Why secrets cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The file cannot be read.
    #[error("{path}: the stream keys cannot be read: {reason}")]
    Read {
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// The file holds something else. What is left out could quote a key.
    #[error("{path}: the stream keys cannot be read: it is not a JSON object of names and keys")]
    Malformed {
        /// The file.
        path: String,
    },
    /// Others can read it.
    #[error("{path}: others can read the stream keys. Run: chmod 600 {path}")]
    Open {
        /// The file.
        path: String,
    },
    /// The file cannot be written. The secret is known until the program ends.
    #[error(
        "{path}: the stream key cannot be kept: {reason}. It is known until Downstage is closed."
    )]
    Write {
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// There is neither a keyring nor a file.
    #[error("there is no keyring here, so the stream key is known until Downstage is closed")]
    Nowhere,
}

/// What a file of secrets holds.
type Keys = BTreeMap<SecretName, String>;

impl Secrets {
    /// Secrets in the system's keyring, and in this file where there is none. Reads nothing yet.
    pub fn open(file: PathBuf) -> Self {
        Self::within(file, System)
    }

    /// Secrets in this keyring, and in this file where it does not answer.
    pub fn within(file: PathBuf, vault: impl Vault + 'static) -> Self {
        Self { known: Mutex::default(), file: Some(file), keyring: Keyring::start(vault) }
    }

    /// Learns the secrets that a show names, if there are any: from the file, and what is not there
    /// from the keyring. Waits for the disk, and for the keyring at most two seconds; what it says
    /// later is known then.
    ///
    /// # Errors
    /// The file is open to others, or cannot be read; the keyring was asked all the same.
    pub fn load(&self, show: &Show) -> Result<(), SecretsError> {
        let names = show.outputs.iter().filter_map(|output| match &output.kind {
            OutputKind::Rtmp { key, .. } => Some(key.clone()),
            OutputKind::Record { .. } => None,
        });
        let unknown = |names: Vec<SecretName>| -> Vec<SecretName> {
            let known = self.lock();
            names.into_iter().filter(|name| !known.contains_key(name)).collect()
        };
        let mut names = unknown(names.collect());
        let mut read = Ok(());
        if let Some(file) = self.file.as_deref().filter(|_| !names.is_empty()) {
            read = self.read(file);
            names = unknown(names);
        }
        if let Some(keyring) = self.keyring.as_ref().filter(|_| !names.is_empty()) {
            for (name, secret) in keyring.get(&names) {
                self.know(name, secret, Some(Kept::Keyring));
            }
        }
        read
    }

    /// Adds what a file holds, a JSON object of names and keys; no file is no error. Waits for the disk.
    ///
    /// # Errors
    /// The file is open to others, or is no such object.
    pub fn read(&self, path: &Path) -> Result<(), SecretsError> {
        for (name, secret) in keys_in(path)? {
            self.know(name, secret, Some(Kept::File(path.to_owned())));
        }
        Ok(())
    }

    /// Knows a secret for as long as the program runs, and keeps it nowhere.
    pub fn set(&self, name: SecretName, secret: String) {
        self.know(name, secret, None);
    }

    /// The secret of this name. Waits for nothing.
    pub fn get(&self, name: &SecretName) -> Option<String> {
        let known = self.lock().get(name).map(|known| known.secret.clone());
        // The keyring may have answered after nobody waited any more.
        known.or_else(|| self.keyring.as_ref()?.said(name))
    }

    /// Where the secret of this name is kept; nothing if it is not known, or kept nowhere. Waits for
    /// nothing.
    pub fn kept(&self, name: &SecretName) -> Option<Kept> {
        match self.lock().get(name) {
            Some(known) => known.kept.clone(),
            None => self.keyring.as_ref()?.said(name).map(|_| Kept::Keyring),
        }
    }

    /// Keeps a secret in the keyring, or where that does not answer within two seconds in the file.
    /// Waits for both; whatever comes of it, the secret is known from now on.
    ///
    /// # Errors
    /// It is kept nowhere, and the reason.
    pub fn keep(&self, name: &SecretName, secret: &str) -> Result<Kept, SecretsError> {
        self.know(name.clone(), secret.to_owned(), None);
        let in_keyring = self.keyring.as_ref().is_some_and(|it| it.set(name, secret).is_ok());
        let kept = if in_keyring {
            // What the file says counts first, so nothing older may stay there.
            if let Some(file) = &self.file {
                change(file, |keys| keys.remove(name).is_some())?;
            }
            Kept::Keyring
        } else {
            let file = self.file.as_ref().ok_or(SecretsError::Nowhere)?;
            change(file, |keys| {
                keys.insert(name.clone(), secret.to_owned());
                true
            })?;
            Kept::File(file.clone())
        };
        self.know(name.clone(), secret.to_owned(), Some(kept.clone()));
        Ok(kept)
    }

    fn know(&self, name: SecretName, secret: String, kept: Option<Kept>) {
        self.lock().insert(name, KnownKeys { secret, kept });
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SecretName, KnownKeys>> {
        // Every change leaves the map whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

fn keys_in(path: &Path) -> Result<Keys, SecretsError> {
    let name = path.display().to_string();
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Keys::new()),
        Err(error) => return Err(SecretsError::Read { path: name, reason: error.to_string() }),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).map(|data| data.permissions().mode());
        if mode.is_ok_and(|mode| mode & 0o077 != 0) {
            return Err(SecretsError::Open { path: name });
        }
    }
    // The parser's own message could quote a key.
    serde_json::from_slice(&bytes).map_err(|_| SecretsError::Malformed { path: name })
}

/// Changes the file if the change says that it changes something; it is written whole or not at all,
/// for its owner alone.
fn change(path: &Path, how: impl FnOnce(&mut Keys) -> bool) -> Result<(), SecretsError> {
    let mut keys = keys_in(path)?;
    if !how(&mut keys) {
        return Ok(());
    }
    let write = || {
        let bytes = serde_json::to_vec_pretty(&keys)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        show_files::replace(&bytes, path, show_files::CLOSED, |_| Ok(()))
    };
    write().map_err(|error| SecretsError::Write {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}
