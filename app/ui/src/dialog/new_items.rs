//! Ids and names for what is added to a show.

use show::{Asset, AssetId, AssetKind, Edit, Item, Show};

use crate::path_field::PathField;

/// The asset of this path: the one the show has, or a new one.
pub fn asset(
    show: &Show,
    number: u32,
    field: &PathField,
    kind: AssetKind,
    edits: &mut Vec<Edit>,
) -> AssetId {
    let path = field.path().map(|path| path.display().to_string()).unwrap_or_default();
    let same = show.assets.iter().find(|asset| asset.path == path && asset.kind == kind);
    if let Some(same) = same {
        return same.id;
    }
    let id = AssetId(number);
    // What is not typed yet is no fault of the show's.
    let path = if path.is_empty() { "–".to_owned() } else { path };
    edits.push(Edit::Add(Item::Asset(Asset { id, path, kind, hash: None })));
    id
}

/// A name for the layout message that no source has: numbered as the name that is suggested for it.
pub fn free_uid(show: &Show) -> String {
    let is_free = |uid: &String| show.sources.iter().all(|source| source.uid != *uid);
    let uids = (show.sources.len() + 1..).map(|number| format!("source-{number}"));
    uids.into_iter().find(is_free).unwrap_or_default()
}
