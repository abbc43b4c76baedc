//! Sources: one GStreamer pipeline each, watched by a small pure state machine.

mod drift;
mod laps;
mod pipeline;
mod read_ahead;
mod sinks;
mod supervisor;
mod words;

pub use drift::Drift;
pub use pipeline::{Happened, Opened, Player};
pub use sinks::Arrived;
pub use supervisor::{Act, Seen, Supervisor};
pub use words::{OpenError, SourceError, host_of};

pub(crate) use pipeline::file_uri;
pub(crate) use sinks::one_thread_each;
pub(crate) use words::described;
