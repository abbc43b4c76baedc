//! A server of RTMP on the loopback that stands on our own session: it passes on what is published to whoever plays
//! it, from a keyframe on. Real clients publish to it and play from it.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rtmp::amf0::{self, Value};
use rtmp::{Message, Requested, ServerEvent, ServerSession, kind};

use crate::time;

/// A server. Dropping it closes its connections.
pub struct Ingest {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    stream: Mutex<Published>,
    is_over: AtomicBool,
}

/// What was published.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// The application and the key of each stream.
    pub keys: Vec<(String, String)>,
    /// The last metadata.
    pub metadata: Option<Value>,
    /// The sound and the pictures of all streams.
    pub messages: Vec<Message>,
    /// How many streams have ended.
    pub ended: usize,
    /// What ended a connection otherwise than by its end.
    pub errors: Vec<String>,
    /// Whether somebody plays.
    pub plays: usize,
}

impl Ingest {
    /// Starts one.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let accept = move || {
            for socket in listener.incoming().flatten() {
                if of_thread.is_over.load(Ordering::Acquire) {
                    return;
                }
                let shared = Arc::clone(&of_thread);
                spawn("ingest client", move || serve(socket, &shared));
            }
        };
        spawn("ingest", accept);
        Self { address, shared }
    }

    /// The URL of its application.
    pub fn url(&self) -> String {
        format!("rtmp://{}/live", self.address)
    }

    /// What was published so far.
    pub fn published(&self) -> Published {
        self.shared.lock().clone()
    }
}

impl Drop for Ingest {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Release);
        // So that it stops listening.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Published> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) {
    thread::Builder::new().name(name.to_owned()).spawn(run).expect("a thread");
}

/// A client's side that plays: what it is sent next, and whether it has had a keyframe.
struct Player {
    stream: u32,
    next: usize,
    begun: bool,
}

fn serve(mut socket: TcpStream, shared: &Shared) {
    socket.set_read_timeout(Some(Duration::from_millis(10))).expect("a socket");
    let mut session = ServerSession::new(time::nanos(), time::nanos());
    let (mut app, mut player) = (String::new(), None);
    let mut bytes = [0; 16 << 10];
    while !shared.is_over.load(Ordering::Acquire) {
        let count = match socket.read(&mut bytes) {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => 0,
            Err(_) => return,
        };
        let mut rest = &bytes[..count];
        loop {
            match session.next(&mut rest, time::nanos()) {
                Ok(Some(event)) => answer(event, (&mut session, &mut app, &mut player), shared),
                Ok(None) => break,
                Err(error) => {
                    shared.lock().errors.push(error.to_string());
                    return;
                }
            }
        }
        if let Some(overdue) = session.overdue(time::nanos()) {
            shared.lock().errors.push(overdue.to_string());
            return;
        }
        if let Some(player) = &mut player {
            play(player, &mut session, &shared.lock());
        }
        let out = session.output().split_off(0);
        if socket.write_all(&out).is_err() {
            return;
        }
    }
}

type Client<'a> = (&'a mut ServerSession, &'a mut String, &'a mut Option<Player>);

fn answer(event: ServerEvent, (session, app, player): Client<'_>, shared: &Shared) {
    let mut published = shared.lock();
    match event {
        ServerEvent::Connect { app: asked, .. } => {
            *app = asked;
            session.accept();
        }
        ServerEvent::Requested(Requested { stream, key, publishes }) => {
            session.begin(stream, time::nanos());
            if publishes {
                published.keys.push((app.clone(), key));
            } else {
                published.plays += 1;
                *player = Some(Player { stream, next: 0, begun: false });
            }
        }
        ServerEvent::Metadata { metadata, .. } => published.metadata = Some(metadata),
        ServerEvent::Media(message) => published.messages.push(message),
        ServerEvent::Ended { .. } if player.take().is_none() => published.ended += 1,
        ServerEvent::Ended { .. }
        | ServerEvent::HandshakeDone
        | ServerEvent::Acknowledged(_)
        | ServerEvent::Ignored(_) => {}
    }
}

/// Sends a player what it has not had: what describes the stream, and from the last keyframe on all of it.
fn play(player: &mut Player, session: &mut ServerSession, published: &Published) {
    let is_header = |message: &&Message| {
        matches!((message.kind, &message.payload[..]), (kind::AUDIO | kind::VIDEO, [_, 0, ..]))
    };
    let is_keyframe =
        |message: &Message| message.kind == kind::VIDEO && message.payload.starts_with(&[0x17, 1]);
    let mut send = |message: Message<&[u8]>| {
        session.send(Message { stream: player.stream, ..message }).expect("it came as a message");
    };
    if !player.begun {
        let Some(key) = published.messages.iter().rposition(is_keyframe) else { return };
        if let Some(metadata) = &published.metadata {
            let mut payload = Vec::new();
            amf0::write(&Value::string("onMetaData"), &mut payload);
            amf0::write(metadata, &mut payload);
            send(Message { kind: kind::DATA, stream: 0, timestamp: 0, payload: &payload });
        }
        for header in published.messages[..key].iter().filter(is_header) {
            send(header.borrowed());
        }
        (player.begun, player.next) = (true, key);
    }
    for message in &published.messages[player.next..] {
        send(message.borrowed());
    }
    player.next = published.messages.len();
}
