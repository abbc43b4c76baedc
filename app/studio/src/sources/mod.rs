//! Open sources: each is opened once, on a thread of its own, and read by every program that holds a
//! lease of it.

mod cue;
mod hub;
mod lease;
pub mod origin;
mod source;
mod status;
mod watch;

pub use hub::SourceHub;
pub use lease::Lease;
pub use origin::FindOpener;
pub use status::SourceStatus;
