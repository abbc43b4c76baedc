//! The store of prepared things: written by the prepare thread, read by program threads, which
//! neither wait nor free anything.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};
use engine::PrepKey;

use crate::Drawable;

/// Everything prepared, by name.
pub type Items = BTreeMap<PrepKey, Arc<PreparedItem>>;

/// A prepared thing.
pub struct PreparedItem {
    /// Another for each thing that was ever inserted, also under the same name.
    pub serial: u64,
    /// The thing.
    pub ready: Drawable,
}

/// Prepared things by their name. Whatever removes them says what is still needed; until then they stay,
/// up to [`Prepared::MOST_BYTES`].
#[derive(Default)]
pub struct Prepared {
    items: ArcSwap<Items>,
    /// Held by writers alone. What readers may still look at is kept here until they do not, so that
    /// it is always a writer that frees it.
    writer: Mutex<Writer>,
}

#[derive(Default)]
struct Writer {
    retired: Vec<Arc<Items>>,
    serial: u64,
}

/// There is no room for another prepared thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "pictures and texts fill {held} bytes; this one needs {more} and {most} is the limit: use smaller pictures or fewer"
)]
pub struct PreparedFull {
    /// What is held.
    pub held: usize,
    /// What was to be added.
    pub more: usize,
    /// The limit.
    pub most: usize,
}

impl Prepared {
    /// The most bytes of pixels that are held: about thirty pictures of the largest size.
    pub const MOST_BYTES: usize = 2 << 30;

    /// Adds a thing, or puts it in the place of what had its name.
    pub fn insert(&self, key: PrepKey, ready: Drawable) -> Result<(), PreparedFull> {
        let more = ready.bytes();
        self.write(|items, serial| {
            let others = items.iter().filter(|(other, _)| **other != key);
            let held: usize = others.map(|(_, item)| item.ready.bytes()).sum();
            if held + more > Self::MOST_BYTES {
                return Err(PreparedFull { held, more, most: Self::MOST_BYTES });
            }
            items.insert(key, Arc::new(PreparedItem { serial, ready }));
            Ok(())
        })
    }

    /// Removes what this does not hold for; yields the names of what was removed.
    pub fn retain(&self, needed: impl Fn(PrepKey) -> bool) -> Vec<PrepKey> {
        self.write(|items, _| {
            let gone: Vec<PrepKey> = items.keys().copied().filter(|key| !needed(*key)).collect();
            items.retain(|key, _| needed(*key));
            gone
        })
    }

    /// Whether there is something of this name.
    pub fn contains(&self, key: PrepKey) -> bool {
        self.items.load().contains_key(&key)
    }

    /// Everything as it is now; the guard is for one frame.
    pub fn load(&self) -> Guard<Arc<Items>> {
        self.items.load()
    }

    fn write<T>(&self, change: impl FnOnce(&mut Items, u64) -> T) -> T {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let Writer { retired, serial } = &mut *writer;
        *serial += 1;
        let mut items = Items::clone(&self.items.load());
        let result = change(&mut items, *serial);
        retired.push(self.items.swap(Arc::new(items)));
        // The swap has turned each guard of a reader into a count.
        retired.retain(|items| Arc::strong_count(items) > 1);
        result
    }
}
