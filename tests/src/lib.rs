//! The harness: what several tests share. Nothing here is shipped.

pub mod pictures;
pub mod reference;
pub mod shows;
