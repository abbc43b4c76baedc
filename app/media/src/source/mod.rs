//! Sources: one GStreamer pipeline each, watched by a small pure state machine.

mod drift;
mod pipeline;
mod supervisor;

pub use drift::Drift;
pub use pipeline::{Arrived, Happened, OpenError, Opened, Player, SourceError, host_of};
pub use supervisor::{Act, Seen, Supervisor};
