//! The monitors of an X server, and where they lie on its screen.

use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::ConnectionExt as _;

use super::error::ScreenError;
use super::server::Server;

/// A part of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Its left edge.
    pub x: i16,
    /// Its upper edge.
    pub y: i16,
    /// Its width.
    pub width: u16,
    /// Its height.
    pub height: u16,
}

/// All monitors by their names, each with its place on the screen.
///
/// # Errors
/// The server cannot be asked.
pub fn all(server: &Server) -> Result<Vec<(String, Part)>, ScreenError> {
    let monitors = server.link.randr_get_monitors(server.root, true)?.reply()?.monitors;
    let mut all = Vec::new();
    for monitor in monitors {
        let name = server.link.get_atom_name(monitor.name)?.reply()?.name;
        let name = String::from_utf8_lossy(&name).into_owned();
        let (x, y, width, height) = (monitor.x, monitor.y, monitor.width, monitor.height);
        all.push((name, Part { x, y, width, height }));
    }
    Ok(all)
}
