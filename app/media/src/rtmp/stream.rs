//! The socket of a connection, with TLS if the target wants it.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use super::link::{CONNECT_MILLIS, Cause, Lost};
use super::target::Target;

/// A byte stream to and from a server, with or without TLS.
pub enum Stream {
    Plain(TcpStream),
    Tls(Box<rustls::StreamOwned<rustls::ClientConnection, TcpStream>>),
}

impl Stream {
    /// Wraps a connected socket; does the TLS handshake if the target wants TLS.
    pub fn over(socket: TcpStream, target: &Target) -> Result<Self, Lost> {
        Ok(match target.tls {
            false => Self::Plain(socket),
            true => Self::Tls(Box::new(secure(target, socket)?)),
        })
    }

    /// The TCP socket.
    pub fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref(),
        }
    }

    /// The stream to read from and write to.
    pub fn io(&mut self) -> &mut dyn ReadWrite {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream,
        }
    }
}

/// A stream that can be read and written.
pub trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

/// Connects to the first of a host's addresses that answers.
pub fn connect(target: &Target) -> Result<TcpStream, Lost> {
    let addresses = (target.host.as_str(), target.port).to_socket_addrs();
    let mut last = Lost::Because(Cause::NoAddress);
    for address in addresses? {
        match TcpStream::connect_timeout(&address, Duration::from_millis(CONNECT_MILLIS)) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}

fn secure(
    target: &Target,
    socket: TcpStream,
) -> Result<rustls::StreamOwned<rustls::ClientConnection, TcpStream>, Lost> {
    let because = |reason: String| Lost::Because(Cause::System(reason));
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| because(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from(target.host.clone())
        .map_err(|error| because(error.to_string()))?;
    let connection = rustls::ClientConnection::new(Arc::new(config), name)
        .map_err(|error| because(error.to_string()))?;
    let mut stream = rustls::StreamOwned::new(connection, socket);
    let limit = Some(Duration::from_millis(CONNECT_MILLIS));
    stream.sock.set_read_timeout(limit)?;
    stream.sock.set_write_timeout(limit)?;
    stream.conn.complete_io(&mut stream.sock)?;
    Ok(stream)
}
