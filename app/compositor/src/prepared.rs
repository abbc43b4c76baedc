//! The store of prepared images: written by the prepare thread, read by program threads, which
//! neither wait nor free anything.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};
use engine::PrepKey;

use crate::Drawable;

/// All prepared images, by key.
pub type Items = BTreeMap<PrepKey, Arc<PreparedItem>>;

/// A prepared image.
pub struct PreparedItem {
    /// Unique for each insertion, also under the same key.
    pub serial: u64,
    /// The image.
    pub drawable: Drawable,
}

/// Prepared images by their key. They stay until [`Prepared::retain`] evicts them, up to
/// [`Prepared::MOST_BYTES`].
#[derive(Default)]
pub struct Prepared {
    items: ArcSwap<Items>,
    /// Locked by writers alone. What readers may still hold is kept here until they do not, so that
    /// it is always a writer that frees it.
    writer: Mutex<Writer>,
}

#[derive(Default)]
struct Writer {
    retired: Vec<Arc<Items>>,
    serial: u64,
}

/// There is no room for another prepared image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "pictures and texts take {held} bytes; this one needs {more} more, and the limit is {most}. Use smaller or fewer pictures"
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

    /// Adds an image, or replaces the one of this key.
    pub fn insert(&self, key: PrepKey, drawable: Drawable) -> Result<(), PreparedFull> {
        let more = drawable.bytes();
        self.write(|items, serial| {
            let others = items.iter().filter(|(other, _)| **other != key);
            let held: usize = others.map(|(_, item)| item.drawable.bytes()).sum();
            if held + more > Self::MOST_BYTES {
                return Err(PreparedFull { held, more, most: Self::MOST_BYTES });
            }
            items.insert(key, Arc::new(PreparedItem { serial, drawable }));
            Ok(())
        })
    }

    /// Evicts what is not needed; returns the keys of what was evicted.
    pub fn retain(&self, needed: impl Fn(PrepKey) -> bool) -> Vec<PrepKey> {
        self.write(|items, _| {
            let evicted: Vec<PrepKey> = items.keys().copied().filter(|key| !needed(*key)).collect();
            items.retain(|key, _| needed(*key));
            evicted
        })
    }

    /// Whether there is an image of this key.
    pub fn contains(&self, key: PrepKey) -> bool {
        self.items.load().contains_key(&key)
    }

    /// All images at present; the guard must not be held beyond a frame.
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
