//! The live state of one program: commands and reports in; plans, events and snapshots out.
//!
//! Pure and deterministic: no thread, no clock, no I/O. Time is the [`FrameIndex`] that is passed
//! in, so the same inputs on the same frames give the same plans, today and in a replay.

mod arming;
mod bus;
mod command;
mod core;
mod deliver;
mod ends;
mod event;
mod frame;
mod history;
mod lost;
mod mixer;
mod needed_file;
mod needs;
mod plan;
mod play;
mod pool;
mod prep;
mod program_id;
mod rejection;
mod report;
mod retries;
mod signals;
mod snapshot;
mod standby;
mod switcher;
mod time;

pub use bus::{BusItems, Graphic, Pinned};
pub use command::{Command, CommandKind, EditCommand, Gesture, Issuer};
pub use core::{Engine, Tick};
pub use deliver::{Deliver, OutputNeed};
pub use event::{Event, EventKind, LogEntry, LogInput};
pub use frame::{Frame, Matrix, PixelFormat, PixelLayout, Plane, Planes, Range};
pub use mixer::{Mix, MixPlan, StripPlan};
pub use needed_file::NeededFile;
pub use needs::{Needs, Run, SourceNeed};
pub use plan::{FramePlan, Picture};
pub use play::{Play, Seek};
pub use pool::{Canvas, FramePool};
pub use prep::{Prep, PrepKey, PrepKind};
pub use program_id::ProgramId;
pub use rejection::Rejection;
pub use report::{OutputRun, OutputState, PrepState, Report, SourceSignal, SourceState};
pub use snapshot::{Snapshot, Tally};
pub use standby::StandbyState;
pub use switcher::{Key, Progress, Switch};
pub use time::FrameIndex;
