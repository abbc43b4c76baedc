//! The X server may die, and the programme must not die with it. Xlib, by which winit opens its window,
//! ends the whole process when its server is gone, unless it is given functions that return: then its
//! calls fail, winit panics on the next paint, and the window alone ends.
#![expect(
    unsafe_code,
    reason = "only functions that Xlib is given keep it from ending the process"
)]

use std::ffi::{c_int, c_void};

use libloading::Library;
use raw_window_handle::{HasDisplayHandle, RawDisplayHandle};

/// Xlib's library, under the name that winit opens it by.
const XLIB: &str = "libX11.so.6";

type OnError = unsafe extern "C" fn(*mut c_void) -> c_int;
type OnExit = unsafe extern "C" fn(*mut c_void, *mut c_void);
type SetOnError = unsafe extern "C" fn(Option<OnError>) -> Option<OnError>;
type SetOnExit = unsafe extern "C" fn(*mut c_void, Option<OnExit>, *mut c_void);

/// Keeps the process alive when the X server of this window dies; nothing to do for a window that has
/// none.
pub(crate) fn outlive(window: &impl HasDisplayHandle) {
    let Ok(RawDisplayHandle::Xlib(handle)) = window.display_handle().map(|it| it.as_raw()) else {
        return;
    };
    let Some(display) = handle.display else { return };
    if let Err(error) = give(display.as_ptr()) {
        tracing::warn!("{error}: if the X server dies, the programme ends. Install libX11 1.7");
    }
}

fn give(display: *mut c_void) -> Result<(), libloading::Error> {
    // SAFETY: the library is loaded already, by winit, so nothing of it is run or undone here. Both
    // functions are Xlib's, of these types (X11/Xlib.h) since 1.7, and may be called at any time;
    // `display` is open for as long as the window's handle was, which is now.
    unsafe {
        let xlib = Library::new(XLIB)?;
        let on_exit = xlib.get::<SetOnExit>(b"XSetIOErrorExitHandler\0")?;
        let on_error = xlib.get::<SetOnError>(b"XSetIOErrorHandler\0")?;
        on_exit(display, Some(stay), std::ptr::null_mut());
        on_error(Some(say));
    }
    Ok(())
}

/// Xlib calls this instead of ending the process; it has let go of its lock.
unsafe extern "C" fn stay(_display: *mut c_void, _nothing: *mut c_void) {}

/// Xlib calls this first, instead of writing a line of its own.
unsafe extern "C" fn say(_display: *mut c_void) -> c_int {
    // It may be called again for each thing that is still tried.
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| tracing::error!("the X server is gone"));
    0
}
