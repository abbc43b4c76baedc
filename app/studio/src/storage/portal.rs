//! Checks whether the desktop has a file chooser before one is requested: a failed request looks like a
//! cancelled dialog.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::blocking::fdo::{DBusProxy, PropertiesProxy};
use zbus::names::{BusName, InterfaceName};

use crate::threads;

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PLACE: &str = "/org/freedesktop/portal/desktop";
const CHOOSER: &str = "org.freedesktop.portal.FileChooser";

/// How long the bus may take to report whether there is a portal.
const BUS_TIMEOUT: Duration = Duration::from_millis(800);
/// How long a portal may take to answer, which may have to be started first.
const PORTAL_TIMEOUT: Duration = Duration::from_secs(10);

/// Why the desktop cannot show a file chooser.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPortal {
    /// There is no session bus.
    #[error("there is no session bus here, so the desktop has no file chooser: {0}. {TYPE}")]
    NoBus(String),
    /// No portal is on the bus or can be started.
    #[error(
        "this desktop has no file chooser. Install xdg-desktop-portal with its part for this desktop, for example xdg-desktop-portal-gtk. {TYPE}"
    )]
    NoPortal,
    /// The portal has no file chooser.
    #[error(
        "the desktop's portal has no file chooser: {0}. Install its part for this desktop, for example xdg-desktop-portal-gtk. {TYPE}"
    )]
    NoChooser(String),
    /// The bus or the portal does not answer.
    #[error("the desktop's portal does not answer. {TYPE}")]
    Silent,
    /// The file chooser failed.
    #[error("the desktop's file chooser failed: {0}. {TYPE}")]
    Failed(String),
}

const TYPE: &str = "Type or paste the path instead";

impl NoPortal {
    /// A code for programs and translations: never changes once shipped.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoBus(_) => "no_bus",
            Self::NoPortal => "no_portal",
            Self::NoChooser(_) => "no_chooser",
            Self::Silent => "portal_silent",
            Self::Failed(_) => "chooser_failed",
        }
    }
}

/// Checks whether there is a file chooser, on the bus of this address or on the session bus. Waits up to
/// a second if there is no portal, and longer only for one that must be started.
///
/// # Errors
/// [`NoPortal`].
pub fn check(bus: Option<&str>) -> Result<(), NoPortal> {
    let (results, done) = bounded(2);
    let bus = bus.map(str::to_owned);
    // The thread is left behind if it hangs: connecting to a bus that does not answer has no timeout.
    threads::spawn("portal", move || {
        let _sent = query(bus.as_deref(), &results);
    })
    .map_err(|error| NoPortal::Failed(error.to_string()))?;
    receive(&done, BUS_TIMEOUT)?;
    receive(&done, PORTAL_TIMEOUT)
}

fn receive(done: &Receiver<Result<(), NoPortal>>, timeout: Duration) -> Result<(), NoPortal> {
    match done.recv_timeout(timeout) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(NoPortal::Silent),
    }
}

type Results = Sender<Result<(), NoPortal>>;

/// Sends whether there is a portal, then whether it has a file chooser.
fn query(
    bus: Option<&str>,
    results: &Results,
) -> Result<(), crossbeam_channel::SendError<Result<(), NoPortal>>> {
    let connection = match connect(bus) {
        Ok(connection) => connection,
        Err(error) => return results.send(Err(NoPortal::NoBus(error.to_string()))),
    };
    match has_portal(&connection) {
        Ok(true) => results.send(Ok(()))?,
        Ok(false) => return results.send(Err(NoPortal::NoPortal)),
        Err(error) => return results.send(Err(NoPortal::NoBus(error.to_string()))),
    }
    // This call starts the portal if it does not run.
    results.send(check_chooser(&connection).map_err(|error| NoPortal::NoChooser(error.to_string())))
}

fn connect(bus: Option<&str>) -> zbus::Result<Connection> {
    let builder = match bus {
        Some(address) => Builder::address(address)?,
        None => Builder::session()?,
    };
    builder.method_timeout(PORTAL_TIMEOUT).build()
}

fn has_portal(connection: &Connection) -> zbus::Result<bool> {
    let bus = DBusProxy::new(connection)?;
    let name = BusName::try_from(PORTAL)?;
    if bus.name_has_owner(name)? {
        return Ok(true);
    }
    Ok(bus.list_activatable_names()?.iter().any(|name| name.as_str() == PORTAL))
}

fn check_chooser(connection: &Connection) -> zbus::Result<()> {
    let portal = PropertiesProxy::builder(connection).destination(PORTAL)?.path(PLACE)?.build()?;
    portal.get(InterfaceName::try_from(CHOOSER)?, "version")?;
    Ok(())
}
