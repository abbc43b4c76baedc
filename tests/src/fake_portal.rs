//! A portal that is none: the part of a Wayland desktop that asks its user what may be shared, on a bus of the test's
//! own. What its user does is set beforehand.

use std::collections::{BTreeSet, HashMap};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::message::Header;
use zbus::object_server::ObjectServer;
use zbus::zvariant::{OwnedFd, OwnedObjectPath, OwnedValue, Value};

const PLACE: &str = "/org/freedesktop/portal/desktop";

/// What the desktop's user does when a dialog opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum User {
    /// Chooses.
    #[default]
    Chooses,
    /// Refuses.
    Refuses,
    /// Leaves the dialog open.
    Waits,
    /// The dialog fails.
    Fails,
}

/// How the portal behaves, and what it has seen.
#[derive(Clone, Debug)]
pub struct Desktop {
    /// The version of its interface.
    pub version: u32,
    /// The node in PipeWire of what is shared.
    pub node: u32,
    /// What its user does.
    pub user: User,
    /// Whether it gives tokens.
    pub keeps: bool,
    /// Whether what was chosen is there; else no token and no dialog brings it.
    pub is_there: bool,
    /// Whether it answers no call any more.
    pub hangs: bool,
    /// The token that it would show something by without a dialog.
    pub token: Option<String>,
    /// How often a dialog was opened.
    pub dialogs: u32,
    /// How often one was closed by who had asked.
    pub withdrawn: u32,
    /// Each start: the token that it came with, and how the pointer was asked for.
    pub starts: Vec<(Option<String>, u32)>,
    /// Sessions that are open, and what was asked for each.
    pub sessions: BTreeSet<String>,
    selected: HashMap<String, (Option<String>, u32)>,
    /// The names of the peers of sessions.
    peers: HashMap<String, String>,
    given: u32,
}

type Shared = Arc<Mutex<Desktop>>;

/// The portal. Dropping it takes it from the bus.
pub struct FakePortal {
    connection: Connection,
    desktop: Shared,
}

impl FakePortal {
    /// On the bus of this address, sharing what the PipeWire of this folder has.
    ///
    /// # Panics
    /// The bus does not take it.
    pub fn start(bus: &str, pipewire: PathBuf) -> Self {
        let desktop: Shared = Arc::new(Mutex::new(Desktop {
            version: 4,
            node: 0,
            user: User::default(),
            keeps: true,
            is_there: true,
            hangs: false,
            token: None,
            dialogs: 0,
            withdrawn: 0,
            starts: Vec::new(),
            sessions: BTreeSet::new(),
            selected: HashMap::new(),
            peers: HashMap::new(),
            given: 0,
        }));
        let screens = Screens { desktop: Arc::clone(&desktop), pipewire };
        let connection = Builder::address(bus)
            .and_then(|builder| builder.serve_at(PLACE, screens))
            .and_then(|builder| builder.name("org.freedesktop.portal.Desktop"))
            .and_then(Builder::build)
            .expect("the bus is there");
        Self { connection, desktop }
    }

    /// How it behaves, and what it has seen.
    ///
    /// # Panics
    /// The portal has panicked.
    pub fn desktop(&self) -> MutexGuard<'_, Desktop> {
        self.desktop.lock().expect("no panic while it is held")
    }

    /// The desktop's user stops the sharing of all that is shared.
    ///
    /// # Panics
    /// The bus is gone.
    pub fn stop_sharing(&self) {
        let mut desktop = self.desktop();
        for session in std::mem::take(&mut desktop.sessions) {
            let peer = desktop.peers.get(&session).expect("a session has a peer").clone();
            let told = self.connection.emit_signal(
                Some(peer),
                session,
                "org.freedesktop.portal.Session",
                "Closed",
                &(HashMap::<String, Value<'_>>::new(),),
            );
            told.expect("the bus is there");
        }
    }
}

struct Screens {
    desktop: Shared,
    pipewire: PathBuf,
}

type Given = HashMap<String, OwnedValue>;

fn text(options: &Given, name: &str) -> Option<String> {
    options.get(name).and_then(|value| value.downcast_ref::<String>().ok())
}

/// The place of an object of a peer.
fn place(kind: &str, header: &Header<'_>, token: &str) -> OwnedObjectPath {
    let peer = header.sender().expect("the bus says who").trim_start_matches(':').replace('.', "_");
    let path = format!("{PLACE}/{kind}/{peer}/{token}");
    OwnedObjectPath::try_from(path).expect("a path")
}

impl Screens {
    fn lock(&self) -> MutexGuard<'_, Desktop> {
        self.desktop.lock().expect("no panic while it is held")
    }

    /// Waits for ever if it is to.
    async fn may_hang(&self) {
        let hangs = self.lock().hangs;
        if hangs {
            std::future::pending::<()>().await;
        }
    }

    /// Makes a request, and answers it unless that is to wait.
    async fn answer(
        &self,
        header: &Header<'_>,
        options: &Given,
        server: &ObjectServer,
        connection: &zbus::Connection,
        answer: Option<(u32, HashMap<&str, Value<'_>>)>,
    ) -> zbus::fdo::Result<OwnedObjectPath> {
        let request = place("request", header, &text(options, "handle_token").unwrap_or_default());
        match answer {
            // Before the call is answered: who asks must have listened already.
            Some(answer) => {
                let to = header.sender().map(ToOwned::to_owned);
                let interface = "org.freedesktop.portal.Request";
                connection.emit_signal(to, &request, interface, "Response", &answer).await?;
            }
            None => {
                let request_object = Request(Arc::clone(&self.desktop));
                server.at(&request, request_object).await?;
            }
        }
        Ok(request)
    }
}

#[zbus::interface(name = "org.freedesktop.portal.ScreenCast")]
impl Screens {
    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        self.lock().version
    }

    #[zbus(property)]
    fn available_source_types(&self) -> u32 {
        7
    }

    #[zbus(property)]
    fn available_cursor_modes(&self) -> u32 {
        7
    }

    async fn create_session(
        &self,
        options: Given,
        #[zbus(header)] header: Header<'_>,
        #[zbus(object_server)] server: &ObjectServer,
        #[zbus(connection)] connection: &zbus::Connection,
    ) -> zbus::fdo::Result<OwnedObjectPath> {
        self.may_hang().await;
        let token = text(&options, "session_handle_token").unwrap_or_default();
        let session = place("session", &header, &token);
        server.at(&session, Session(Arc::clone(&self.desktop), session.to_string())).await?;
        let peer = header.sender().expect("the bus says who").to_string();
        {
            let mut desktop = self.lock();
            desktop.sessions.insert(session.to_string());
            desktop.peers.insert(session.to_string(), peer);
        }
        let results = HashMap::from([("session_handle", Value::from(session.to_string()))]);
        self.answer(&header, &options, server, connection, Some((0, results))).await
    }

    async fn select_sources(
        &self,
        session: OwnedObjectPath,
        options: Given,
        #[zbus(header)] header: Header<'_>,
        #[zbus(object_server)] server: &ObjectServer,
        #[zbus(connection)] connection: &zbus::Connection,
    ) -> zbus::fdo::Result<OwnedObjectPath> {
        let number = |name: &str| options.get(name).and_then(|value| u32::try_from(value).ok());
        assert_eq!(number("types"), Some(3), "monitors and windows");
        let pointer = number("cursor_mode").unwrap_or(0);
        let token = text(&options, "restore_token");
        self.lock().selected.insert(session.to_string(), (token, pointer));
        self.answer(&header, &options, server, connection, Some((0, HashMap::new()))).await
    }

    async fn start(
        &self,
        session: OwnedObjectPath,
        _window: String,
        options: Given,
        #[zbus(header)] header: Header<'_>,
        #[zbus(object_server)] server: &ObjectServer,
        #[zbus(connection)] connection: &zbus::Connection,
    ) -> zbus::fdo::Result<OwnedObjectPath> {
        let answer = {
            let mut desktop = self.lock();
            let started = desktop.selected.remove(session.as_str()).unwrap_or_default();
            let is_there = desktop.is_there;
            let is_known = started.0.is_some() && started.0 == desktop.token;
            desktop.starts.push(started);
            desktop.dialogs += u32::from(!is_known);
            match (is_known, desktop.user) {
                _ if !is_there => Some((2, HashMap::new())),
                (true, _) | (false, User::Chooses) => {
                    let size = HashMap::from([("source_type", Value::from(1_u32))]);
                    let streams = vec![(desktop.node, size)];
                    let mut results = HashMap::from([("streams", Value::from(streams))]);
                    if desktop.keeps {
                        desktop.given += 1;
                        let token = format!("token-{}", desktop.given);
                        results.insert("restore_token", Value::from(token.clone()));
                        desktop.token = Some(token);
                    }
                    Some((0, results))
                }
                (false, User::Refuses) => Some((1, HashMap::new())),
                (false, User::Fails) => Some((2, HashMap::new())),
                (false, User::Waits) => None,
            }
        };
        self.answer(&header, &options, server, connection, answer).await
    }

    fn open_pipe_wire_remote(
        &self,
        _session: OwnedObjectPath,
        _options: Given,
    ) -> zbus::fdo::Result<OwnedFd> {
        let socket = UnixStream::connect(self.pipewire.join("pipewire-0"));
        let socket = socket.map_err(|error| zbus::fdo::Error::Failed(error.to_string()))?;
        Ok(OwnedFd::from(std::os::fd::OwnedFd::from(socket)))
    }
}

/// A request that nobody has answered.
struct Request(Shared);

#[zbus::interface(name = "org.freedesktop.portal.Request")]
impl Request {
    fn close(&self) {
        self.0.lock().expect("no panic while it is held").withdrawn += 1;
    }
}

struct Session(Shared, String);

#[zbus::interface(name = "org.freedesktop.portal.Session")]
impl Session {
    fn close(&self) {
        self.0.lock().expect("no panic while it is held").sessions.remove(&self.1);
    }
}
