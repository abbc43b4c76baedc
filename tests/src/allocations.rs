//! Counts what a thread takes from the heap, and how much of it it has at once: the audio thread must not take any,
//! and a stranger's bytes must not take much.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static TAKEN: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

/// How often this thread has taken memory so far.
pub fn taken() -> u64 {
    TAKEN.get()
}

/// What something yields, and how many bytes more than before this thread had at once meanwhile: a vector that moves
/// counts twice.
pub fn peak_of<T>(run: impl FnOnce() -> T) -> (T, u64) {
    let before = HELD.get();
    PEAK.set(before);
    let done = run();
    (done, u64::try_from(PEAK.get() - before).unwrap_or_default())
}

/// The system's allocator, which counts.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: all is passed on to the system's allocator as it came. The count is a plain cell without
// a destructor: reaching it neither allocates nor fails.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.set(TAKEN.get() + 1);
        HELD.set(HELD.get() + layout.size() as i64);
        PEAK.set(PEAK.get().max(HELD.get()));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get() - layout.size() as i64);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}
