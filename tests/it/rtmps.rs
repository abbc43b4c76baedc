//! RTMPS, through a server of TLS that is not ours and a certificate authority of the test's own.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use show::{FrameRate, Rect};
use studio::threads;
use tests::canary::{Fault, real_time};
use tests::downstage::{self, Downstage};
use tests::nginx::{Nginx, Options};
use tests::order::every_number;
use tests::time::{self, PATIENCE};

use crate::end_to_end::{numbers_of, pattern_show};

/// A certificate for `localhost`, and the authority that vouches for it as a PEM file.
fn certificate(authority: &Path) -> ServerConfig {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(authority, issuer.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}

/// Takes TLS on a port of its own, which it yields, and hands on what is in it; for as long as the
/// process lives.
fn serve(config: ServerConfig, to: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::new(config);
    let listen = move || {
        for client in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            // A client that does not trust us, or goes, ends its own thread alone.
            drop(threads::spawn("tls client", move || pass(client, config, to)));
        }
    };
    threads::spawn("tls server", listen).unwrap();
    port
}

fn pass(client: TcpStream, config: Arc<ServerConfig>, to: u16) -> io::Result<()> {
    let session = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut client = StreamOwned::new(session, client);
    client.conn.complete_io(&mut client.sock)?;
    let mut server = TcpStream::connect(("127.0.0.1", to))?;
    client.sock.set_nonblocking(true)?;
    server.set_nonblocking(true)?;
    loop {
        let moved = hand_on(&mut client, &mut server)? | hand_on(&mut server, &mut client)?;
        client.flush().or_else(none_yet)?;
        if !moved {
            time::sleep(Duration::from_millis(1));
        }
    }
}

fn hand_on(from: &mut impl Read, to: &mut impl Write) -> io::Result<bool> {
    let mut bytes = [0; 16 << 10];
    let count = match from.read(&mut bytes) {
        Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
        Ok(count) => count,
        Err(error) => return none_yet(error).map(|()| false),
    };
    let mut rest = &bytes[..count];
    while !rest.is_empty() {
        match to.write(rest) {
            Ok(taken) => rest = &rest[taken..],
            Err(error) => none_yet(error)?,
        }
    }
    Ok(true)
}

fn none_yet(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::WouldBlock { Ok(()) } else { Err(error) }
}

#[test]
fn a_stream_goes_by_tls_to_whom_is_vouched_for_and_to_nobody_else() {
    real_time("RTMPS", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let server = Nginx::start(Options { record: true, key: None });
        let authority = folder.path().join("authority.pem");
        let port = serve(certificate(&authority), server.port());
        let stranger = serve(certificate(&folder.path().join("stranger.pem")), server.port());
        let show = pattern_show(folder.path(), FrameRate::R25);
        let urls = [port, stranger].map(|port| format!("rtmps://localhost:{port}/live"));
        let mut command = Command::new(downstage::program());
        command.arg("run").arg(show).args(["--for", "6s", "--push", &format!("{}/known", urls[0])]);
        command.args(["--push", &format!("{}/unknown", urls[1])]);
        command.env("SSL_CERT_FILE", &authority).current_dir(folder.path());
        let mut downstage = Downstage::run(command);
        let ended = downstage.wait(PATIENCE).ok_or("it does not end")?;
        let err = downstage.stderr();
        // The second never had anything: that is data lost, and said with its reason.
        assert_eq!(ended.code(), Some(2), "{err}");
        assert!(err.contains("certificate"), "{err}");
        assert!(!err.contains("/known") && !err.contains("unknown\""), "{err}");
        let records = server.records();
        assert_eq!(records.len(), 1, "{records:?}");
        let frames = numbers_of(&records[0], &[Rect::FULL], &[5]);
        let count = every_number(&frames, &[None], downstage.repeated())?;
        println!("{count} pictures by TLS");
        if count < 4 * 25 {
            return Err(Fault::Late(format!("{count} pictures of 6 s")));
        }
        Ok(())
    });
}
