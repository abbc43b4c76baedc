//! Open sources: each is opened once, on a thread of its own, and read by every program that holds a
//! lease of it.

mod cue;
mod hub;
mod lease;
mod list_files;
mod media_file;
pub mod origin;
mod slide;
mod source;
mod status;
pub mod warm_pool;
mod watch;

pub use hub::SourceHub;
pub use lease::{Lease, ReachedDelay, Read, ReadPlace};
pub use media_file::MediaFile;
pub use origin::FindOpener;
pub use status::SourceStatus;
pub use warm_pool::{WarmBudget, WarmPool};
