//! What makes the libraries a program: the command line, and the disk.

pub mod cli;
pub mod store;
