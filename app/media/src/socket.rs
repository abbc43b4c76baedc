//! System calls on TCP sockets that the standard library does not have.
#![expect(unsafe_code, reason = "plain system calls on a socket that outlives them")]

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::net::{AddressFamily, SocketFlags, SocketType};

/// Begins to connect, and does not wait for it: the socket does not block.
pub fn begin_to_connect(address: SocketAddr) -> io::Result<TcpStream> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
    match rustix::net::connect(&socket, &address) {
        Ok(()) | Err(rustix::io::Errno::INPROGRESS) => Ok(socket.into()),
        Err(error) => Err(error.into()),
    }
}

/// Waits until one of several sockets has connected or failed to, at most `wait`; yields how it went for each, and
/// nothing for those that are not there yet.
pub fn wait_connected(
    sockets: &[TcpStream],
    wait: Duration,
) -> io::Result<Vec<Option<io::Result<()>>>> {
    let mut entries: Vec<_> =
        sockets.iter().map(|socket| PollFd::new(socket, PollFlags::OUT)).collect();
    let wait = Timespec { tv_sec: 0, tv_nsec: wait.subsec_nanos().into() };
    match rustix::event::poll(&mut entries, Some(&wait)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let how = |(entry, socket): (&PollFd<'_>, &TcpStream)| {
        (!entry.revents().is_empty()).then(|| match socket.take_error() {
            Ok(None) => Ok(()),
            Ok(Some(error)) | Err(error) => Err(error),
        })
    };
    Ok(entries.iter().zip(sockets).map(how).collect())
}

/// Sets the size of the socket's send buffer. The system doubles the value (socket(7)), so half is
/// passed.
pub fn set_send_buffer(stream: &TcpStream, bytes: usize) -> io::Result<()> {
    let value = libc::c_int::try_from(bytes / 2).unwrap_or(libc::c_int::MAX);
    // SAFETY: the descriptor is open for as long as `stream` lives, and the option's value is an int
    // whose address and size are passed.
    let done = unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_SNDBUF,
            std::ptr::from_ref(&value).cast(),
            size_of_val(&value) as libc::socklen_t,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// How many bytes the peer has not acknowledged yet (tcp(7), SIOCOUTQ = TIOCOUTQ).
#[cfg(target_os = "linux")]
pub fn unacknowledged(stream: &TcpStream) -> io::Result<u64> {
    let mut bytes: libc::c_int = 0;
    // SAFETY: the descriptor is open, and TIOCOUTQ writes one int to the address passed.
    let done = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) };
    if done == 0 { Ok(bytes.unsigned_abs().into()) } else { Err(io::Error::last_os_error()) }
}

/// The edge of the peer's window, as a position in the stream: what it has acknowledged plus its window
/// (tcp(7), TCP_INFO). `None` where the system does not report it: Linux does since 5.4.
pub fn window_edge(stream: &TcpStream) -> Option<u64> {
    /// `tcpi_bytes_acked` and `tcpi_snd_wnd` of struct tcp_info (linux/tcp.h, which only ever grows at
    /// its end).
    const ACKNOWLEDGED: usize = 120;
    const WINDOW: usize = 228;
    let mut info = [0_u8; 232];
    let mut length = info.len() as libc::socklen_t;
    // SAFETY: the descriptor is open, and the buffer's address and length are passed; the system writes
    // no more than that, and says how much.
    let done = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    let is_reported = done == 0 && length as usize >= WINDOW + 4;
    let acknowledged = info[ACKNOWLEDGED..].first_chunk().map(|bytes| u64::from_ne_bytes(*bytes));
    let window = info[WINDOW..].first_chunk().map(|bytes| u32::from_ne_bytes(*bytes));
    Some(acknowledged? + u64::from(window?)).filter(|_| is_reported)
}

/// Waits until the socket is readable, at most `wait`.
pub fn wait_readable(stream: &TcpStream, wait: Duration) -> io::Result<()> {
    poll(stream, libc::POLLIN, wait)
}

/// Waits until the socket is writable, at most `wait`.
pub fn wait_writable(stream: &TcpStream, wait: Duration) -> io::Result<()> {
    poll(stream, libc::POLLOUT, wait)
}

fn poll(stream: &TcpStream, events: libc::c_short, wait: Duration) -> io::Result<()> {
    let mut entry = libc::pollfd { fd: stream.as_raw_fd(), events, revents: 0 };
    let millis = libc::c_int::try_from(wait.as_millis()).unwrap_or(libc::c_int::MAX);
    // SAFETY: the descriptor is open, and one pollfd of ours is passed with its count.
    let done = unsafe { libc::poll(&raw mut entry, 1, millis) };
    match done {
        0.. => Ok(()),
        _ => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            error => Err(error),
        },
    }
}
