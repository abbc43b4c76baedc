//! Stream keys. They are stored in the system's keyring, or without one in a file that only its owner can
//! read; never in a show, a log, the statistics or a message.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use show::{KeyChange, OutputKind, SecretName, Show, StreamKey};

use crate::storage::keyring::{Keyring, System, Vault};
use crate::storage::show_files;

/// Secrets by name. Those that were loaded are in memory, so that [`Self::get`] does not wait. Methods that
/// wait for a disk or a keyring are documented to.
#[derive(Default)]
pub struct Secrets {
    known: Mutex<BTreeMap<SecretName, KnownKeys>>,
    file: Option<PathBuf>,
    keyring: Option<Keyring>,
}

struct KnownKeys {
    secret: String,
    kept: Option<KeyStorage>,
}

/// Where a secret is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyStorage {
    /// In the system's keyring.
    Keyring,
    /// In this file, which only its owner can read.
    File(PathBuf),
}

/// Why secrets cannot be read or stored.
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
    /// The file has another format. The parser's message is left out: it could quote a key.
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
    /// The file cannot be written. The secret stays in memory until the program ends.
    #[error(
        "{path}: the stream key cannot be kept: {reason}. It is known until Downstage is closed."
    )]
    Write {
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// The keyring does not answer, so that the key may still be in it.
    #[error(
        "the keyring does not answer, so the stream key may still be in it. Unlock it, and try again"
    )]
    NotForgotten,
    /// A user and a password were to be stored, and there is no key to store them with.
    #[error("there is no stream key to store the user with: enter it as well")]
    NoKey,
    /// There is neither a keyring nor a file.
    #[error("there is no keyring here, so the stream key is known until Downstage is closed")]
    Nowhere,
}

/// The contents of a file of secrets.
type Keys = BTreeMap<SecretName, String>;

impl Secrets {
    /// Secrets in the system's keyring, or in this file if there is none. Loads nothing yet.
    pub fn open(file: PathBuf) -> Self {
        Self::with_vault(file, System)
    }

    /// Secrets in this keyring, or in this file if it does not answer.
    pub fn with_vault(file: PathBuf, vault: impl Vault + 'static) -> Self {
        Self { known: Mutex::default(), file: Some(file), keyring: Keyring::start(vault) }
    }

    /// Loads the secrets that a show names: from the file, and the missing ones from the keyring. Waits
    /// for the disk, and for the keyring at most two seconds; a later answer is used once it comes.
    ///
    /// # Errors
    /// The file cannot be read, or others can read it; the keyring was still queried.
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
                self.insert(name, secret, Some(KeyStorage::Keyring));
            }
        }
        read
    }

    /// Loads the secrets of a file, a JSON object of names and keys; a missing file is not an error. Waits
    /// for the disk.
    ///
    /// # Errors
    /// The file cannot be read, or others can read it, or it has another format.
    pub fn read(&self, path: &Path) -> Result<(), SecretsError> {
        for (name, secret) in read_keys(path)? {
            self.insert(name, secret, Some(KeyStorage::File(path.to_owned())));
        }
        Ok(())
    }

    /// Sets a secret in memory only, for as long as the program runs.
    pub fn set(&self, name: SecretName, secret: String) {
        self.insert(name, secret, None);
    }

    /// The secret of this name. Does not wait.
    pub fn get(&self, name: &SecretName) -> Option<String> {
        let known = self.lock().get(name).map(|known| known.secret.clone());
        // The keyring may have answered after the timeout.
        known.or_else(|| self.keyring.as_ref()?.answer(name))
    }

    /// Where the secret of this name is stored; `None` if there is none, or in memory only. Does not wait.
    pub fn kept(&self, name: &SecretName) -> Option<KeyStorage> {
        self.storage(name).flatten()
    }

    /// Whether there is a secret of this name, and where it is stored. Does not wait.
    pub fn storage(&self, name: &SecretName) -> Option<Option<KeyStorage>> {
        let known = self.lock().get(name).map(|known| known.kept.clone());
        known.or_else(|| {
            let answer = self.keyring.as_ref()?.answer(name);
            answer.map(|_| Some(KeyStorage::Keyring))
        })
    }

    /// Stores a secret in the keyring, or in the file if the keyring does not answer within two seconds.
    /// Waits for both. Even if it fails, the secret is in memory from now on.
    ///
    /// # Errors
    /// The secret is stored nowhere, and the reason.
    pub fn keep(&self, name: &SecretName, secret: &str) -> Result<KeyStorage, SecretsError> {
        self.insert(name.clone(), secret.to_owned(), None);
        let in_keyring = self.keyring.as_ref().is_some_and(|it| it.set(name, secret).is_ok());
        let kept = if in_keyring {
            // The file takes precedence, so an older secret must not stay in it.
            if let Some(file) = &self.file {
                update_file(file, |keys| keys.remove(name).is_some())?;
            }
            KeyStorage::Keyring
        } else {
            let file = self.file.as_ref().ok_or(SecretsError::Nowhere)?;
            update_file(file, |keys| {
                keys.insert(name.clone(), secret.to_owned());
                true
            })?;
            KeyStorage::File(file.clone())
        };
        self.insert(name.clone(), secret.to_owned(), Some(kept.clone()));
        Ok(kept)
    }

    /// Stores a stream key after a change; see [`Self::keep`].
    ///
    /// # Errors
    /// There is no key to be changed, or it is stored nowhere.
    pub fn change(&self, name: &SecretName, change: KeyChange) -> Result<KeyStorage, SecretsError> {
        let stored = self.get(name).map(|secret| StreamKey::parse(&secret));
        let key = change.of(stored).ok_or(SecretsError::NoKey)?;
        self.keep(name, &key.secret())
    }

    /// Deletes a secret from memory, the file and the keyring. Waits for the disk, and for the keyring at most
    /// two seconds.
    ///
    /// # Errors
    /// It may still be stored, and why.
    pub fn forget(&self, name: &SecretName) -> Result<(), SecretsError> {
        if let Some(file) = &self.file {
            update_file(file, |keys| keys.remove(name).is_some())?;
        }
        let was_there = self.kept(name) == Some(KeyStorage::Keyring);
        let is_gone = self.keyring.as_ref().is_none_or(|keyring| keyring.delete(name).is_ok());
        if was_there && !is_gone {
            return Err(SecretsError::NotForgotten);
        }
        self.lock().remove(name);
        Ok(())
    }

    fn insert(&self, name: SecretName, secret: String, kept: Option<KeyStorage>) {
        self.lock().insert(name, KnownKeys { secret, kept });
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SecretName, KnownKeys>> {
        // Every change leaves the map consistent.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

fn read_keys(path: &Path) -> Result<Keys, SecretsError> {
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

/// Rewrites the file if `change` returns that it changed something; atomically, and readable for its
/// owner alone.
fn update_file(path: &Path, change: impl FnOnce(&mut Keys) -> bool) -> Result<(), SecretsError> {
    let mut keys = read_keys(path)?;
    if !change(&mut keys) {
        return Ok(());
    }
    let write = || {
        let bytes = serde_json::to_vec_pretty(&keys)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        show_files::replace(&bytes, path, show_files::PRIVATE, |_| Ok(()))
    };
    write().map_err(|error| SecretsError::Write {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}
