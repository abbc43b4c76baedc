//! What an open source knows of the studio.

use std::sync::Arc;

/// What an open source knows of the studio: its clock, and whom to tell that something has come. Any thread may
/// use it.
#[derive(Clone)]
pub struct SourceHost {
    now: Arc<dyn Fn() -> i64 + Send + Sync>,
    arrived: Arc<dyn Fn() + Send + Sync>,
}

impl SourceHost {
    /// A host with this clock, in nanoseconds, that is called by `arrived` for each picture and block of sound.
    pub fn new(
        now: impl Fn() -> i64 + Send + Sync + 'static,
        arrived: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), arrived: Arc::new(arrived) }
    }

    /// The time on the studio's clock, in nanoseconds.
    pub fn now(&self) -> i64 {
        (self.now)()
    }

    /// Tells that a picture or a block of sound has come.
    pub fn tell_arrival(&self) {
        (self.arrived)();
    }
}
