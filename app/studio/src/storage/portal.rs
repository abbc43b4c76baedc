//! Whether the desktop can show a file chooser, found out before it is asked for one: a chooser that is
//! asked in vain only says that nothing was chosen.

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

/// How long the bus may take to say whether there is a portal; then there is none.
const BUS: Duration = Duration::from_millis(800);
/// How long a portal may take that has to be started first.
const PORTAL_START: Duration = Duration::from_secs(10);

/// Why the desktop cannot show a file chooser.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPortal {
    /// There is no session bus.
    #[error("there is no session bus here, so the desktop has no file chooser: {0}. {TYPE}")]
    NoBus(String),
    /// Nobody on the bus is a portal, or could be started as one.
    #[error(
        "this desktop has no file chooser. Install xdg-desktop-portal with its part for this desktop, for example xdg-desktop-portal-gtk. {TYPE}"
    )]
    NoPortal,
    /// The portal has no file chooser.
    #[error(
        "the desktop's portal has no file chooser: {0}. Install its part for this desktop, for example xdg-desktop-portal-gtk. {TYPE}"
    )]
    NoChooser(String),
    /// Bus or portal do not answer.
    #[error("the desktop's portal does not answer. {TYPE}")]
    Silent,
    /// It was there, and failed all the same.
    #[error("the desktop's file chooser failed: {0}. {TYPE}")]
    Failed(String),
}

const TYPE: &str = "Type or paste the path instead";

impl NoPortal {
    /// A code for programs and for words in other languages: never changes once shipped.
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

/// Finds out whether there is a file chooser, on the bus of this address or on the session's. Waits up
/// to a second to learn that there is no portal, and longer only for one that must be started.
///
/// # Errors
/// [`NoPortal`].
pub fn find(bus: Option<&str>) -> Result<(), NoPortal> {
    let (tell, told) = bounded(2);
    let bus = bus.map(str::to_owned);
    // It is left behind if it hangs: a bus that takes a connection and says nothing has no time-out.
    threads::spawn("portal", move || {
        let _nobody_waits = ask(bus.as_deref(), &tell);
    })
    .map_err(|error| NoPortal::Failed(error.to_string()))?;
    answer(&told, BUS)?;
    answer(&told, PORTAL_START)
}

fn answer(told: &Receiver<Result<(), NoPortal>>, most: Duration) -> Result<(), NoPortal> {
    match told.recv_timeout(most) {
        Ok(answer) => answer,
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(NoPortal::Silent),
    }
}

type Tell = Sender<Result<(), NoPortal>>;

/// Tells whether there is a portal, then whether it has a file chooser.
fn ask(
    bus: Option<&str>,
    tell: &Tell,
) -> Result<(), crossbeam_channel::SendError<Result<(), NoPortal>>> {
    let connection = match connect(bus) {
        Ok(connection) => connection,
        Err(error) => return tell.send(Err(NoPortal::NoBus(error.to_string()))),
    };
    match has_portal(&connection) {
        Ok(true) => tell.send(Ok(()))?,
        Ok(false) => return tell.send(Err(NoPortal::NoPortal)),
        Err(error) => return tell.send(Err(NoPortal::NoBus(error.to_string()))),
    }
    // A call starts it.
    tell.send(has_chooser(&connection).map_err(|error| NoPortal::NoChooser(error.to_string())))
}

fn connect(bus: Option<&str>) -> zbus::Result<Connection> {
    let builder = match bus {
        Some(address) => Builder::address(address)?,
        None => Builder::session()?,
    };
    builder.method_timeout(PORTAL_START).build()
}

fn has_portal(connection: &Connection) -> zbus::Result<bool> {
    let bus = DBusProxy::new(connection)?;
    let name = BusName::try_from(PORTAL)?;
    if bus.name_has_owner(name)? {
        return Ok(true);
    }
    Ok(bus.list_activatable_names()?.iter().any(|name| name.as_str() == PORTAL))
}

fn has_chooser(connection: &Connection) -> zbus::Result<()> {
    let portal = PropertiesProxy::builder(connection).destination(PORTAL)?.path(PLACE)?.build()?;
    portal.get(InterfaceName::try_from(CHOOSER)?, "version")?;
    Ok(())
}
