//! The socket of a connection, with TLS if the target wants it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use super::link::{Cause, Lost};
use super::outgoing::would_block;
use super::target::Target;

/// A byte stream to and from a server, with or without TLS.
pub enum Stream {
    Plain(TcpStream),
    Tls(Box<rustls::StreamOwned<rustls::ClientConnection, TcpStream>>),
}

impl Stream {
    /// Wraps a connected socket that does not block; with TLS, `wait` is called while the handshake waits for
    /// the peer, and ends it by its error.
    pub fn over(
        socket: TcpStream,
        target: &Target,
        wait: impl Fn(&TcpStream) -> Result<(), Lost>,
    ) -> Result<Self, Lost> {
        if !target.tls {
            return Ok(Self::Plain(socket));
        }
        let mut stream = secure(target, socket)?;
        while stream.conn.is_handshaking() {
            match stream.conn.complete_io(&mut stream.sock) {
                Ok(_) => {}
                Err(error) if would_block(&error) => wait(&stream.sock)?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self::Tls(Box::new(stream)))
    }

    /// Says to the peer that nothing more comes, if the stream has words for it.
    pub fn say_end(&mut self) {
        if let Self::Tls(stream) = self {
            stream.conn.send_close_notify();
        }
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
    Ok(rustls::StreamOwned::new(connection, socket))
}
