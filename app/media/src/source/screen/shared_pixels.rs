//! Memory into which the X server writes pixels.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

use rustix::fs::MemfdFlags;
use x11rb::connection::Connection;
use x11rb::protocol::shm::ConnectionExt as _;

use super::error::ScreenError;
use super::server::Server;

/// The most pixels of a picture, as for those of files.
const MAX_PIXELS: u32 = 1 << 26;

/// Memory into which the X server writes the pixels of a picture. It is read like a file, never mapped: whatever the
/// server does with it can end nothing here.
#[derive(Default)]
pub struct SharedPixels(Option<Segment>);

struct Segment {
    file: File,
    /// Its number on the server.
    id: u32,
    bytes: u64,
}

impl SharedPixels {
    /// The number of memory with room for pixels of four bytes.
    ///
    /// # Errors
    /// They are too many, or the server cannot have the memory.
    pub fn with_room(
        &mut self,
        server: &Server,
        (width, height): (u16, u16),
    ) -> Result<u32, ScreenError> {
        let (width, height) = (u32::from(width), u32::from(height));
        if width * height > MAX_PIXELS {
            return Err(ScreenError::TooLarge { width, height });
        }
        let bytes = u64::from(width) * u64::from(height) * 4;
        if let Some(segment) = self.0.as_ref().filter(|segment| segment.bytes >= bytes) {
            return Ok(segment.id);
        }
        let link = &server.link;
        if let Some(old) = self.0.take() {
            link.shm_detach(old.id)?.ignore_error();
        }
        let refused = |error: io::Error| ScreenError::Refused(error.to_string());
        let file = memory(bytes).map_err(refused)?;
        let id = link.generate_id()?;
        let passed = OwnedFd::from(file.try_clone().map_err(refused)?);
        link.shm_attach_fd(id, passed, false)?.check()?;
        self.0 = Some(Segment { file, id, bytes });
        Ok(id)
    }

    /// Copies what the server has written.
    ///
    /// # Errors
    /// There is less than that.
    pub fn read(&self, pixels: &mut [u8]) -> Result<(), ScreenError> {
        let refused = |error: io::Error| ScreenError::Refused(error.to_string());
        match &self.0 {
            Some(segment) => segment.file.read_exact_at(pixels, 0).map_err(refused),
            None => Ok(()),
        }
    }
}

/// Memory of so many bytes, in the form of a file.
fn memory(bytes: u64) -> io::Result<File> {
    let file = File::from(rustix::fs::memfd_create("downstage-screen", MemfdFlags::CLOEXEC)?);
    file.set_len(bytes)?;
    Ok(file)
}
