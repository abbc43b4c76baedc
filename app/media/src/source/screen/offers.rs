//! What there is to be captured, for somebody to choose from.

use x11rb::protocol::xproto::ConnectionExt as _;

use super::error::ScreenError;
use super::monitors;
use super::server::Server;
use super::windows;

/// What there is to be captured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScreenOffers {
    /// Width and height of the whole desktop.
    pub desktop: (u32, u32),
    /// Its monitors.
    pub monitors: Vec<MonitorOffer>,
    /// The windows of other programs, those that are minimised among them.
    pub windows: Vec<WindowOffer>,
}

/// A monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorOffer {
    /// Its name.
    pub name: String,
    /// Its width and height.
    pub size: (u32, u32),
}

/// A window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowOffer {
    /// Its program, as that names it.
    pub class: String,
    /// Its title; may be empty.
    pub title: String,
}

/// Looks what there is on this display, or on that of `DISPLAY`. May take some seconds if the server does not answer.
///
/// # Errors
/// Nothing can be captured there.
pub fn offers(display: Option<&str>) -> Result<ScreenOffers, ScreenError> {
    let server = Server::connect(display)?;
    server.require_extensions()?;
    let whole = server.link.get_geometry(server.root)?.reply()?;
    let desktop = (whole.width.into(), whole.height.into());
    let monitors = monitors::all(&server)?.into_iter();
    let monitors = monitors.map(|(name, part)| {
        let size = (part.width.into(), part.height.into());
        MonitorOffer { name, size }
    });
    let mut windows: Vec<WindowOffer> = Vec::new();
    for window in windows::all(&server)? {
        let is_ours = windows::process_of(&server, window.id) == Some(std::process::id());
        let offer = WindowOffer { class: window.class, title: window.title };
        // A program's helpers have its class, and no title.
        if !is_ours && (window.is_shown || !offer.title.is_empty()) && !windows.contains(&offer) {
            windows.push(offer);
        }
    }
    Ok(ScreenOffers { desktop, monitors: monitors.collect(), windows })
}
