//! All integration tests in one binary: one link, one process to start.

mod document;
mod tidy;
