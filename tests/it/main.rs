//! All integration tests in one binary: one link, one process to start.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod composing;
mod document;
mod engine_live;
mod gpu;
mod preparing;
mod program;
mod shaders;
mod tidy;
mod twins;
