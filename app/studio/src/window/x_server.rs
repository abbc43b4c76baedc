//! Keeps the programme alive when the X server dies. Xlib, which winit opens its window with, exits the
//! process when the server is gone, unless it has error handlers that return: then its calls fail, winit
//! panics on the next paint, and only the window ends.
#![expect(
    unsafe_code,
    reason = "only error handlers of its own type keep Xlib from exiting the process"
)]

use std::ffi::{c_int, c_void};

use libloading::Library;
use raw_window_handle::{HasDisplayHandle, RawDisplayHandle};

/// The name by which winit opens Xlib.
const XLIB: &str = "libX11.so.6";

type OnError = unsafe extern "C" fn(*mut c_void) -> c_int;
type OnExit = unsafe extern "C" fn(*mut c_void, *mut c_void);
type SetOnError = unsafe extern "C" fn(Option<OnError>) -> Option<OnError>;
type SetOnExit = unsafe extern "C" fn(*mut c_void, Option<OnExit>, *mut c_void);

/// Keeps the process alive when the X server of this window dies; does nothing for a window without one.
pub(crate) fn survive_exit(window: &impl HasDisplayHandle) {
    let Ok(RawDisplayHandle::Xlib(handle)) = window.display_handle().map(|it| it.as_raw()) else {
        return;
    };
    let Some(display) = handle.display else { return };
    if let Err(error) = set_handlers(display.as_ptr()) {
        tracing::warn!("{error}: if the X server dies, the programme ends. Install libX11 1.7");
    }
}

fn set_handlers(display: *mut c_void) -> Result<(), libloading::Error> {
    // SAFETY: the library is already loaded by winit, so none of its initialisers run here. Both
    // functions are Xlib's, of these types (X11/Xlib.h) since 1.7, and may be called at any time;
    // `display` is open as long as the window's handle is valid, which it is now.
    unsafe {
        let xlib = Library::new(XLIB)?;
        let set_on_exit = xlib.get::<SetOnExit>(b"XSetIOErrorExitHandler\0")?;
        let set_on_error = xlib.get::<SetOnError>(b"XSetIOErrorHandler\0")?;
        set_on_exit(display, Some(on_exit), std::ptr::null_mut());
        set_on_error(Some(on_error));
    }
    Ok(())
}

/// Xlib calls this instead of exiting the process, after it has released its lock.
unsafe extern "C" fn on_exit(_display: *mut c_void, _data: *mut c_void) {}

/// Xlib calls this first, instead of printing a message of its own.
unsafe extern "C" fn on_error(_display: *mut c_void) -> c_int {
    // Xlib may call it again for each further request.
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| tracing::error!("the X server is gone"));
    0
}
