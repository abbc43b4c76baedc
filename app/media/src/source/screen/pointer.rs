//! The mouse pointer, drawn into captured pixels: the X server leaves it out.

use x11rb::errors::ReplyError;
use x11rb::protocol::xfixes::{ConnectionExt as _, CursorNotifyMask, GetCursorImageReply};
use x11rb::protocol::xproto::ConnectionExt as _;

use super::error::ScreenError;
use super::server::Server;

/// The mouse pointer.
#[derive(Default)]
pub struct Pointer {
    /// What it looks like, if that is known.
    shape: Option<GetCursorImageReply>,
    /// Where its hot spot was when it was last looked at, from the area's upper left corner; `None` outside.
    at: Option<(i32, i32)>,
}

impl Pointer {
    /// Asks to be told when it looks otherwise.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub fn watch(server: &Server) -> Result<Self, ScreenError> {
        let changes = CursorNotifyMask::DISPLAY_CURSOR;
        server.link.xfixes_select_cursor_input(server.root, changes)?.check()?;
        Ok(Self::default())
    }

    /// It looks otherwise now.
    pub fn forget_shape(&mut self) {
        self.shape = None;
    }

    /// Looks where it is over an area of this size, which begins there in this window. True if it is drawn
    /// otherwise than before.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub fn look(
        &mut self,
        server: &Server,
        (window, origin): (u32, (i16, i16)),
        (width, height): (u16, u16),
    ) -> Result<bool, ScreenError> {
        let at = match server.link.query_pointer(window)?.reply() {
            Ok(found) if found.same_screen => {
                let x = i32::from(found.win_x) - i32::from(origin.0);
                let y = i32::from(found.win_y) - i32::from(origin.1);
                let is_inside =
                    (0..i32::from(width)).contains(&x) && (0..i32::from(height)).contains(&y);
                is_inside.then_some((x, y))
            }
            // Its window has just been closed: that is told, too.
            Ok(_) | Err(ReplyError::X11Error(_)) => None,
            Err(ReplyError::ConnectionError(error)) => return Err(error.into()),
        };
        let has_moved = std::mem::replace(&mut self.at, at) != at;
        let looks_otherwise = at.is_some() && self.shape.is_none();
        if looks_otherwise {
            self.shape = match server.link.xfixes_get_cursor_image()?.reply() {
                Ok(shape) => Some(shape),
                Err(ReplyError::X11Error(_)) => None,
                Err(ReplyError::ConnectionError(error)) => return Err(error.into()),
            };
        }
        Ok(has_moved || looks_otherwise && self.shape.is_some())
    }

    /// Draws it into rows of pixels, each B, G, R and a byte that means nothing.
    pub fn draw(&self, pixels: &mut [u8], (width, height): (u16, u16)) {
        let (Some((x, y)), Some(shape)) = (self.at, &self.shape) else { return };
        let (left, top) = (x - i32::from(shape.xhot), y - i32::from(shape.yhot));
        let across = usize::from(shape.width).max(1);
        for (index, argb) in shape.cursor_image.iter().enumerate() {
            let (dx, dy) = (index % across, index / across);
            let place = |from: i32, by: usize, most: u16| {
                let at = usize::try_from(i64::from(from) + by as i64).ok()?;
                (at < usize::from(most)).then_some(at)
            };
            let (Some(x), Some(y)) = (place(left, dx, width), place(top, dy, height)) else {
                continue;
            };
            let at = (y * usize::from(width) + x) * 4;
            let Some(pixel) = pixels.get_mut(at..at + 3) else { continue };
            let [blue, green, red, alpha] = argb.to_le_bytes();
            // It comes multiplied by its alpha.
            for (under, over) in pixel.iter_mut().zip([blue, green, red]) {
                let left = u16::from(*under) * u16::from(255 - alpha) / 255;
                *under = u8::try_from(u16::from(over) + left).unwrap_or(u8::MAX);
            }
        }
    }
}
