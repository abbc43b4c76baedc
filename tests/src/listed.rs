//! Tests that have the machine to themselves: what runs beside them would make them late. They are
//! listed in `tests/real-time`, by which `packaging/test` runs them one at a time and all others together.

use std::thread;

const LISTED: &str = include_str!("../real-time");

/// Their names, as the harness has them.
pub fn names() -> impl Iterator<Item = &'static str> {
    LISTED.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// For what needs the machine to itself: a run against the clock, a window, a server.
///
/// # Panics
/// The test that this thread runs is not listed.
pub fn assert_listed() {
    let thread = thread::current();
    // A benchmark runs on the first thread of its process, alone.
    let name = thread.name().unwrap_or("main");
    let is_listed = name == "main" || names().any(|listed| listed == name);
    assert!(is_listed, "{name} needs the machine to itself: list it in tests/real-time");
}
