//! The harness: what several tests share. Nothing here is shipped.

pub mod allocations;
pub mod pictures;
pub mod reference;
pub mod shows;
pub mod signals;
