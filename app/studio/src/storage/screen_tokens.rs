//! What was chosen in the desktop's dialog of screens: the tokens by which its portal shows it again without a question.
//! They mean something on this computer alone, and change at each use, so they are in a file of the user's data that only
//! its owner can read, and a show has only the name of one.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use media::source::screen::portal::RestoreTokens;

use crate::storage::show_files;

/// How many are kept: those that were used last.
const KEPT: usize = 64;

/// Names and tokens, those that were used last at the end.
type Tokens = Vec<(String, String)>;

/// The tokens. What cannot be written is known until the program ends.
#[derive(Debug, Default)]
pub struct ScreenTokens {
    /// `None` to keep them in memory only.
    file: Option<PathBuf>,
    known: Mutex<Tokens>,
}

impl ScreenTokens {
    /// Those of this file, which need not exist. Reads nothing yet.
    pub fn in_file(file: PathBuf) -> Self {
        Self { file: Some(file), known: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Tokens> {
        // Every change leaves the list consistent, so a poisoned lock is still good.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what another program may have written meanwhile.
    fn read(&self, known: &mut Tokens) {
        let Some(file) = &self.file else { return };
        match read(file) {
            Ok(tokens) => *known = tokens,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!("{}: cannot be read: {error}", file.display()),
        }
    }
}

impl RestoreTokens for ScreenTokens {
    fn get(&self, key: &str) -> Option<String> {
        let mut known = self.lock();
        self.read(&mut known);
        known.iter().find(|(name, _)| name == key).map(|(_, token)| token.clone())
    }

    fn set(&self, key: &str, token: Option<&str>) {
        let mut known = self.lock();
        self.read(&mut known);
        known.retain(|(name, _)| name != key);
        known.extend(token.map(|token| (key.to_owned(), token.to_owned())));
        let extra = known.len().saturating_sub(KEPT);
        known.drain(..extra);
        if let Some(file) = &self.file
            && let Err(error) = write(file, &known)
        {
            let file = file.display();
            tracing::warn!(
                "{file}: cannot be written, so its screen must be chosen again: {error}"
            );
        }
    }
}

fn read(file: &Path) -> io::Result<Tokens> {
    Ok(serde_json::from_slice(&std::fs::read(file)?)?)
}

fn write(file: &Path, tokens: &Tokens) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    show_files::replace(&serde_json::to_vec_pretty(tokens)?, file, show_files::PRIVATE, |_| Ok(()))
}
