//! Paths as an operator reads them.

use std::path::Path;

/// A path as an operator reads it.
pub fn shown(path: &Path) -> String {
    path.display().to_string()
}
