//! How the C library's heap is kept small.
#![expect(unsafe_code, reason = "the heap is set up by a call of the C library alone")]

/// Parts of the heap that threads share. With as many as glibc makes by itself, eight a core, what one
/// thread frees is of no use to another: over 600 takes of the demo the process grew from 125 to 163 MB,
/// and with two it stayed between 118 and 124.
const PARTS: i32 = 2;

/// Has threads share the heap. Called once, before there are any; elsewhere than on glibc it does nothing.
pub fn share() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: the call only sets a number in the C library, which no other thread reads yet.
    let is_set = unsafe { libc::mallopt(libc::M_ARENA_MAX, PARTS) } == 1;
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let is_set = PARTS > 0;
    debug_assert!(is_set, "the heap takes any number of parts");
}
