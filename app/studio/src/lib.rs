//! The studio: everything with a clock, a thread or a file, and the command line.

pub mod backend;
pub mod bell;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod doctor;
pub mod encoding;
mod ending;
pub mod monitors;
pub mod notes;
pub mod outputs;
pub mod prepare;
pub mod program;
pub mod reader;
pub mod run;
pub mod secrets;
pub mod session;
pub mod sound;
pub mod sources;
pub mod stage;
pub mod stats;
pub mod store;
pub mod threads;
pub mod window;
pub mod wiring;
pub mod words;
