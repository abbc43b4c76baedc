//! What is captured, as the X server has it: the root window, a part of it, or another window.

use show::ScreenArea;
use x11rb::connection::{Connection, RequestConnection as _};
use x11rb::errors::ReplyError;
use x11rb::protocol::ErrorKind;
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::randr::{ConnectionExt as _, NotifyMask};
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, ImageFormat,
};

use super::error::{ScreenError, kind_of};
use super::monitors::{self, Part};
use super::server::Server;
use super::shared_pixels::SharedPixels;
use super::windows;

/// What is captured.
pub enum Area {
    /// The root window.
    Root {
        /// The monitor whose part of it is captured; `None` for all of it.
        monitor: Option<String>,
        /// Where that is, if it is known.
        part: Option<Part>,
    },
    /// Another window.
    Window {
        /// Its number.
        id: u32,
        /// What it is called in errors.
        name: String,
        /// The number by which its pixels are named, whenever they are read.
        pixels: u32,
    },
}

impl Area {
    /// Finds it, and asks to be told when it is changed.
    ///
    /// # Errors
    /// It is not there, or cannot be captured.
    pub fn find(server: &Server, wanted: &ScreenArea) -> Result<Self, ScreenError> {
        let area = match wanted {
            ScreenArea::Desktop => Self::Root { monitor: None, part: None },
            ScreenArea::Monitor { name } => Self::Root { monitor: Some(name.clone()), part: None },
            ScreenArea::Window { class, title } => {
                let id = windows::find(server, class, title.as_deref())?.id;
                let name = title.as_ref().unwrap_or(class).clone();
                Self::Window { id, name, pixels: server.link.generate_id()? }
            }
        };
        let mut area = area;
        area.watch(server)?;
        area.locate(server)?;
        Ok(area)
    }

    fn watch(&self, server: &Server) -> Result<(), ScreenError> {
        let link = &server.link;
        let events = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        let is_watched = link.change_window_attributes(self.window(server), &events)?.check();
        is_watched.map_err(|error| self.error(error))?;
        match self {
            Self::Root { .. } => {
                require_desktop(server)?;
                let changes =
                    NotifyMask::SCREEN_CHANGE | NotifyMask::CRTC_CHANGE | NotifyMask::OUTPUT_CHANGE;
                link.randr_select_input(server.root, changes)?.check()?;
            }
            Self::Window { id, .. } => {
                // Then all of it is drawn, also what is covered or outside the screen.
                let redirected = link.composite_redirect_window(*id, Redirect::AUTOMATIC)?;
                redirected.check().map_err(|error| self.error(error))?;
            }
        }
        Ok(())
    }

    /// The window whose changes change it.
    pub fn window(&self, server: &Server) -> u32 {
        match self {
            Self::Root { .. } => server.root,
            Self::Window { id, .. } => *id,
        }
    }

    /// Where it begins in that window.
    pub fn origin(&self) -> (i16, i16) {
        match self {
            Self::Root { part: Some(part), .. } => (part.x, part.y),
            Self::Root { part: None, .. } | Self::Window { .. } => (0, 0),
        }
    }

    /// The error of a window that has no picture yet.
    pub fn minimised(&self) -> Option<ScreenError> {
        match self {
            Self::Root { .. } => None,
            Self::Window { name, .. } => Some(ScreenError::Minimised(name.clone())),
        }
    }

    /// The error of a window that was closed.
    pub fn closed(&self) -> Option<ScreenError> {
        match self {
            Self::Root { .. } => None,
            Self::Window { name, .. } => Some(ScreenError::NoWindow(name.clone())),
        }
    }

    /// Forgets where it is: the screen or its monitors have changed.
    pub fn forget_place(&mut self) {
        if let Self::Root { part, .. } = self {
            *part = None;
        }
    }

    /// Lets the server write its pixels, and yields its width and height; `None` if it has none at the moment.
    ///
    /// # Errors
    /// It is gone, or cannot be captured.
    pub fn read(
        &mut self,
        server: &Server,
        shared: &mut SharedPixels,
    ) -> Result<Option<(u16, u16)>, ScreenError> {
        let (drawable, part) = match self {
            Self::Root { .. } => (server.root, self.locate(server)?),
            Self::Window { pixels, .. } => {
                let pixels = *pixels;
                match self.name_pixels(server)? {
                    Some(part) => (pixels, part),
                    None => return Ok(None),
                }
            }
        };
        let segment = shared.with_room(server, (part.width, part.height));
        let read = segment.and_then(|segment| read_part(server, drawable, part, segment));
        if let Self::Window { pixels, .. } = self {
            server.link.free_pixmap(*pixels)?.ignore_error();
        }
        let is_read = read?;
        if !is_read {
            self.forget_place();
        }
        Ok(is_read.then_some((part.width, part.height)))
    }

    /// Where it is on the root window.
    fn locate(&mut self, server: &Server) -> Result<Part, ScreenError> {
        let Self::Root { monitor, part } = self else { return Ok(Part::default()) };
        if let Some(part) = part {
            return Ok(*part);
        }
        let found = match monitor {
            None => {
                let whole = server.link.get_geometry(server.root)?.reply()?;
                Part { x: 0, y: 0, width: whole.width, height: whole.height }
            }
            Some(name) => {
                let mut all = monitors::all(server)?.into_iter();
                let found = all.find_map(|(found, part)| (found == *name).then_some(part));
                found.ok_or_else(|| ScreenError::NoMonitor(name.clone()))?
            }
        };
        *part = Some(found);
        Ok(found)
    }

    /// Gives the present pixels of a window their name, and yields what of them is within its border; `None` if it has
    /// none: it is minimised. They are others each time that it was resized or shown again.
    fn name_pixels(&self, server: &Server) -> Result<Option<Part>, ScreenError> {
        let Self::Window { id, pixels, .. } = self else { return Ok(None) };
        let link = &server.link;
        let named = link.composite_name_window_pixmap(*id, *pixels)?;
        let (of_pixels, of_window) = (link.get_geometry(*pixels)?, link.get_geometry(*id)?);
        let (of_pixels, of_window) = (of_pixels.reply(), of_window.reply());
        match named.check() {
            Ok(()) => {}
            Err(error) if kind_of(&error) == Some(ErrorKind::Match) => return Ok(None),
            Err(error) => return Err(self.error(error)),
        }
        let border = of_window.map_err(|error| self.error(error))?.border_width;
        let of_pixels = of_pixels?;
        let inner = |size: u16| size.saturating_sub(2 * border);
        let (width, height) = (inner(of_pixels.width), inner(of_pixels.height));
        let begins = i16::try_from(border).unwrap_or(0);
        Ok(Some(Part { x: begins, y: begins, width, height }))
    }

    /// What an error means: that a window is not there, is its own.
    fn error(&self, error: ReplyError) -> ScreenError {
        match (self.closed(), kind_of(&error)) {
            (Some(closed), Some(ErrorKind::Window | ErrorKind::Drawable)) => closed,
            _ => error.into(),
        }
    }
}

/// Checks that the root window shows the desktop: on Xwayland nothing is drawn on it, and it would be captured black.
/// (An Xwayland that runs in a window of its own is refused as well: it looks the same.)
fn require_desktop(server: &Server) -> Result<(), ScreenError> {
    // The extension came with Xwayland 23; before that its outputs had its name.
    let is_guest = server.link.extension_information("XWAYLAND")?.is_some()
        || monitors::all(server)?.iter().any(|(name, _)| name.starts_with("XWAYLAND"));
    if is_guest { Err(ScreenError::Wayland) } else { Ok(()) }
}

/// Lets the server write a part of a window or a pixmap; false if it is not there any more.
fn read_part(
    server: &Server,
    drawable: u32,
    part: Part,
    segment: u32,
) -> Result<bool, ScreenError> {
    let Part { x, y, width, height } = part;
    let (planes, format) = (u32::MAX, u8::from(ImageFormat::Z_PIXMAP));
    let asked =
        server.link.shm_get_image(drawable, x, y, width, height, planes, format, segment, 0)?;
    match asked.reply() {
        Ok(read) => server.check_depth(read.depth).map(|()| true),
        // The screen has become smaller meanwhile.
        Err(error) if kind_of(&error) == Some(ErrorKind::Match) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
