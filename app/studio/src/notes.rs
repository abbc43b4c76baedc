//! What is wrong with what, in words for the operator: one line for each item, until it is well.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use show::ItemId;

/// The present troubles of a program. For any thread but the program's.
#[derive(Debug, Default)]
pub struct Notes(Mutex<BTreeMap<ItemId, String>>);

impl Notes {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ItemId, String>> {
        // Every change leaves the map whole, so a panic elsewhere takes nothing from it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something is wrong with an item.
    pub fn set(&self, item: ItemId, message: String) {
        let mut notes = self.lock();
        if notes.get(&item) != Some(&message) {
            tracing::warn!("{item}: {message}");
            notes.insert(item, message);
        }
    }

    /// An item is well.
    pub fn clear(&self, item: ItemId) {
        if self.lock().remove(&item).is_some() {
            tracing::info!("{item}: well again");
        }
    }

    /// All that is wrong now.
    pub fn all(&self) -> BTreeMap<ItemId, String> {
        self.lock().clone()
    }
}
