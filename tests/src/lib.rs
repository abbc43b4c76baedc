//! The harness: what several tests share. Nothing here is shipped.

pub mod shows;
pub mod signals;
