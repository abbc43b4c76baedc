//! The files that a source plays, as its show names them.

use show::{Asset, AssetId, AssetKind, Source};

/// A file that a source plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededFile {
    /// What it is.
    pub kind: AssetKind,
    /// Where it is, as the show names it.
    pub path: String,
}

impl NeededFile {
    /// Those of a source; what is not there is left out.
    pub fn all<'a>(source: &Source, asset: impl Fn(AssetId) -> Option<&'a Asset>) -> Vec<Self> {
        let assets = source.assets().filter_map(asset);
        assets.map(|asset| Self { kind: asset.kind, path: asset.path.clone() }).collect()
    }
}
