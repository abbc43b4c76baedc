//! A connection to an X server on which nothing waits for ever.

use std::io::{self, IoSlice};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fd::AsFd;
use rustix::io::Errno;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::ConnectError;
use x11rb::protocol::composite::{self, ConnectionExt as _};
use x11rb::protocol::damage::{self, ConnectionExt as _};
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::shm::{self, ConnectionExt as _};
use x11rb::protocol::xfixes::{self, ConnectionExt as _};
use x11rb::protocol::xproto::ImageOrder;
use x11rb::reexports::x11rb_protocol::parse_display::parse_display;
use x11rb::reexports::x11rb_protocol::xauth::get_auth;
use x11rb::rust_connection::{DefaultStream, PollMode, RustConnection, Stream};
use x11rb::utils::RawFdContainer;

use super::error::ScreenError;

/// How long the X server may take to answer. One that was stopped is given up then, and tried again.
const ANSWER: Duration = Duration::from_secs(2);

/// A connection to an X server.
pub struct Server {
    /// The connection.
    pub link: RustConnection<BoundedStream>,
    /// The root window of its screen.
    pub root: u32,
}

impl Server {
    /// Connects to this display, or to that of `DISPLAY`.
    ///
    /// # Errors
    /// The server cannot be reached, or does not answer.
    pub fn connect(display: Option<&str>) -> Result<Self, ScreenError> {
        let parsed = parse_display(display).map_err(ConnectError::from)?;
        let screen = usize::from(parsed.screen);
        let mut failed = None;
        for address in parsed.connect_instruction() {
            let (stream, (family, peer)) = match DefaultStream::connect(&address) {
                Ok(connected) => connected,
                Err(error) => {
                    failed = Some(error);
                    continue;
                }
            };
            // Without a key it may still let us in.
            let key = get_auth(family, &peer, parsed.display).ok().flatten().unwrap_or_default();
            let stream = BoundedStream(stream);
            let link =
                RustConnection::connect_to_stream_with_auth_info(stream, screen, key.0, key.1)?;
            let root = link.setup().roots.get(screen).map(|screen| screen.root);
            let root = root.ok_or(ConnectError::InvalidScreen)?;
            return Ok(Self { link, root });
        }
        let reason = failed.map_or_else(|| "no such display".to_owned(), |it| it.to_string());
        Err(ScreenError::Server(reason))
    }

    /// Asks for the extensions that a capture needs; most of them must be asked for before they are used.
    ///
    /// # Errors
    /// One is missing or too old.
    pub fn require_extensions(&self) -> Result<(), ScreenError> {
        let link = &self.link;
        let all = [
            (composite::X11_EXTENSION_NAME, "Composite"),
            (damage::X11_EXTENSION_NAME, "DAMAGE"),
            (randr::X11_EXTENSION_NAME, "RANDR"),
            (shm::X11_EXTENSION_NAME, "MIT-SHM"),
            (xfixes::X11_EXTENSION_NAME, "XFIXES"),
        ];
        for (name, shown) in all {
            link.extension_information(name)?.ok_or(ScreenError::Lacks(shown))?;
        }
        let composite = link.composite_query_version(0, 4)?;
        let damage = link.damage_query_version(1, 1)?;
        let fixes = link.xfixes_query_version(4, 0)?;
        let randr = link.randr_query_version(1, 5)?;
        let shm = link.shm_query_version()?;
        let composite = composite.reply()?;
        damage.reply()?;
        fixes.reply()?;
        let randr = randr.reply()?;
        let shm = shm.reply()?;
        // The first with names of windows' pixels, with monitors, and with memory passed by file descriptor.
        let versions = [
            ((composite.major_version, composite.minor_version) >= (0, 2), "Composite 0.2"),
            ((randr.major_version, randr.minor_version) >= (1, 5), "RANDR 1.5"),
            ((shm.major_version, shm.minor_version) >= (1, 2), "MIT-SHM 1.2"),
        ];
        match versions.into_iter().find(|(is_new, _)| !is_new) {
            Some((_, lacking)) => Err(ScreenError::Lacks(lacking)),
            None => Ok(()),
        }
    }

    /// Checks that pixels of this depth are B, G, R and a byte that means nothing, in this order.
    ///
    /// # Errors
    /// They are something else.
    pub fn check_depth(&self, depth: u8) -> Result<(), ScreenError> {
        let setup = self.link.setup();
        let format = setup.pixmap_formats.iter().find(|format| format.depth == depth);
        let is_known = setup.image_byte_order == ImageOrder::LSB_FIRST
            && matches!(depth, 24 | 32)
            && format.is_some_and(|format| format.bits_per_pixel == 32);
        if is_known { Ok(()) } else { Err(ScreenError::Depth(depth)) }
    }

    /// Waits until the server has sent something, up to `wait`.
    ///
    /// # Errors
    /// What was asked for cannot be sent.
    pub fn wait(&self, wait: Duration) -> Result<(), ScreenError> {
        self.link.flush()?;
        // An error is found by who reads next.
        let _ready = poll(self.link.stream(), PollFlags::IN, wait);
        Ok(())
    }
}

/// A stream whose reader and writer give up after [`ANSWER`].
#[derive(Debug)]
pub struct BoundedStream(DefaultStream);

impl AsFd for BoundedStream {
    fn as_fd(&self) -> rustix::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Stream for BoundedStream {
    fn poll(&self, mode: PollMode) -> io::Result<()> {
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, mode.readable());
        flags.set(PollFlags::OUT, mode.writable());
        match poll(self, flags, ANSWER)? {
            true => Ok(()),
            false => Err(io::Error::new(io::ErrorKind::TimedOut, "it does not answer")),
        }
    }

    fn read(&self, buf: &mut [u8], fds: &mut Vec<RawFdContainer>) -> io::Result<usize> {
        self.0.read(buf, fds)
    }

    fn write(&self, buf: &[u8], fds: &mut Vec<RawFdContainer>) -> io::Result<usize> {
        self.0.write(buf, fds)
    }

    fn write_vectored(
        &self,
        bufs: &[IoSlice<'_>],
        fds: &mut Vec<RawFdContainer>,
    ) -> io::Result<usize> {
        self.0.write_vectored(bufs, fds)
    }
}

/// Whether the stream is ready within `wait`.
fn poll(stream: &impl AsFd, flags: PollFlags, wait: Duration) -> io::Result<bool> {
    let mut polled = [PollFd::new(stream, flags)];
    let wait = Timespec::try_from(wait).map_err(|_| io::ErrorKind::InvalidInput)?;
    loop {
        match rustix::event::poll(&mut polled, Some(&wait)) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
