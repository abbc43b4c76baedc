//! Values that are computed once for a key and used on every frame on which it stays the same.

/// A value that is computed for a key.
pub trait CacheValue<K>: Default {
    /// Computes it, in the buffers of the value before.
    fn compute(&mut self, key: &K);
}

/// The values used last, up to a bound; the least recently used is replaced.
pub struct Cache<K, V> {
    entries: Vec<CacheEntry<K, V>>,
    most: usize,
    frame: u64,
}

struct CacheEntry<K, V> {
    key: K,
    used: u64,
    value: V,
}

impl<K: PartialEq + Clone, V: CacheValue<K>> Cache<K, V> {
    /// A new key reuses the buffers of an entry that the last frames did not use: a pane that moves
    /// then allocates nothing. Four, as a mix draws two buses on one frame.
    const STALE: u64 = 4;

    /// A cache of at most this many entries.
    pub fn new(most: usize) -> Self {
        Self { entries: Vec::new(), most, frame: 0 }
    }

    /// Begins a frame.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
    }

    /// Computes the value of a key if it is new; returns its index, valid until the next frame.
    pub fn find(&mut self, key: &K) -> usize {
        let known = self.entries.iter().position(|entry| entry.key == *key);
        let index = known.unwrap_or_else(|| self.insert(key));
        self.entries[index].used = self.frame;
        index
    }

    /// The value at an index.
    pub fn at(&self, index: usize) -> &V {
        &self.entries[index].value
    }

    fn insert(&mut self, key: &K) -> usize {
        let oldest = self.entries.iter().enumerate().min_by_key(|(_, entry)| entry.used);
        let full = self.entries.len() >= self.most;
        let free = oldest.filter(|(_, entry)| full || entry.used + Self::STALE < self.frame);
        let free = free.map(|(index, _)| index);
        let index = free.unwrap_or_else(|| {
            self.entries.push(CacheEntry { key: key.clone(), used: 0, value: V::default() });
            self.entries.len() - 1
        });
        let entry = &mut self.entries[index];
        entry.key = key.clone();
        entry.value.compute(key);
        index
    }
}
