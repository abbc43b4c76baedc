//! The harness: what several tests share. Nothing here is shipped.

pub mod allocations;
pub mod shows;
pub mod signals;
