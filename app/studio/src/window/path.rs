//! Formats paths for the operator.

use std::path::Path;

/// A path as text for the operator.
pub fn shown(path: &Path) -> String {
    path.display().to_string()
}
