//! The studio: everything that has a clock, a thread or a file, and the command line.

pub mod cli;
pub mod clock;
pub mod duration;
pub mod exit;
pub mod fingerprint;
pub mod folders;
pub mod heap;
pub mod outputs;
pub mod priority;
pub mod problems;
pub mod production;
pub mod program;
mod shutdown;
pub mod sources;
pub mod storage;
pub mod threads;
pub mod wakeup;
pub mod window;
