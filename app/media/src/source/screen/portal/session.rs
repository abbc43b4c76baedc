//! A session of the portal: what the desktop shows us of its screens, for as long as this lives.

use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zbus::zvariant::{self, OwnedObjectPath, OwnedValue, Value};

use super::bus::{Bus, Options, Results, no_sense, token};
use super::error::PortalError;

/// What the portal calls kinds of source: monitors and windows.
const KINDS: u32 = 1 | 2;
/// What it calls ways to show the pointer: not at all, and as a part of the picture.
const HIDDEN: u32 = 1;
const EMBEDDED: u32 = 2;
/// What it calls a choice that is kept until it is revoked.
const UNTIL_REVOKED: u32 = 2;
/// The version of the portal that keeps choices.
const KEEPS_CHOICES: u32 = 4;
/// How long a choice that the portal knows may take to be shown. If it takes longer, the desktop has opened a dialog.
const RESTORING: Duration = Duration::from_secs(3);
/// How long an operator may take to choose.
const CHOOSING: Duration = Duration::from_secs(600);

/// What the portal can share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortalOffers {
    /// The version of its interface.
    pub version: u32,
    /// Whether monitors can be chosen.
    pub monitors: bool,
    /// Whether windows can be chosen.
    pub windows: bool,
    /// Whether the pointer can be shown.
    pub pointer_shown: bool,
    /// Whether the pointer can be hidden.
    pub pointer_hidden: bool,
}

impl PortalOffers {
    /// Whether what is chosen is shown again later without a question.
    pub fn keeps_choices(&self) -> bool {
        self.version >= KEEPS_CHOICES
    }

    fn ask(bus: &Bus) -> Result<Self, PortalError> {
        let version = bus.number("version")?;
        let kinds = bus.number("AvailableSourceTypes")?;
        // The first version has no such property, and shows none.
        let pointers = if version >= 2 { bus.number("AvailableCursorModes")? } else { HIDDEN };
        Ok(Self {
            version,
            monitors: kinds & 1 != 0,
            windows: kinds & 2 != 0,
            pointer_shown: pointers & EMBEDDED != 0,
            pointer_hidden: pointers & HIDDEN != 0,
        })
    }

    /// How the pointer is asked for; `None` to leave that to the portal.
    fn pointer(&self, is_shown: bool) -> Option<u32> {
        match (is_shown, self.pointer_shown, self.pointer_hidden) {
            _ if self.version < 2 => None,
            (true, true, _) | (false, true, false) => Some(EMBEDDED),
            (_, _, true) => Some(HIDDEN),
            (_, false, false) => None,
        }
    }
}

/// What can be chosen, on the bus of this address or on the session bus.
///
/// # Errors
/// Nothing can.
pub fn offers(bus: Option<&str>) -> Result<PortalOffers, PortalError> {
    PortalOffers::ask(&Bus::connect(bus)?)
}

/// Who chooses what is shown.
pub enum Choice<'a> {
    /// The operator, in a dialog of the desktop, for as long as this says that somebody waits for it.
    Asked(&'a dyn Fn() -> bool),
    /// Somebody did, and the portal knows by this token what.
    Known(&'a str),
}

/// An open session. The desktop shows what was chosen until this is dropped.
pub struct PortalSession {
    bus: Mutex<Bus>,
    path: OwnedObjectPath,
    /// The number of its node in PipeWire.
    pub node: u32,
}

impl PortalSession {
    /// Opens one, with the pointer or without; yields the token of what was chosen as well, if the desktop keeps that.
    ///
    /// # Errors
    /// [`PortalError`]; [`PortalError::Asks`] if a known choice is not shown without a question.
    pub fn open(
        address: Option<&str>,
        choice: &Choice<'_>,
        pointer: bool,
    ) -> Result<(Self, Option<String>), PortalError> {
        let mut bus = Bus::connect(address)?;
        let offers = PortalOffers::ask(&bus)?;
        let wait = match choice {
            Choice::Asked(is_wanted) => (CHOOSING, *is_wanted),
            Choice::Known(_) => (RESTORING, &(|| true) as &dyn Fn() -> bool),
        };
        let path = create(&mut bus)?;
        // From here on it is closed whatever happens.
        let mut session = Self { bus: Mutex::new(bus), path, node: 0 };
        let results = {
            let mut bus = session.bus();
            select(&mut bus, &session.path, (&offers, choice, pointer))?;
            let start = |token: &str| {
                let options = Options::from([("handle_token", Value::from(token.to_owned()))]);
                (session.path.clone(), "", options)
            };
            bus.request("Start", start, wait)?
        };
        session.node = node(&results)?;
        let token = results.get("restore_token").and_then(|token| <&str>::try_from(token).ok());
        Ok((session, token.map(str::to_owned)))
    }

    /// A connection to PipeWire that sees what was chosen, and nothing else.
    ///
    /// # Errors
    /// [`PortalError`].
    pub fn remote(&self) -> Result<OwnedFd, PortalError> {
        let answer = self.bus().call("OpenPipeWireRemote", &(&self.path, Options::new()))?;
        let remote: zvariant::OwnedFd = answer.body().deserialize().map_err(no_sense)?;
        Ok(remote.into())
    }

    /// Whether the desktop has ended it; does not wait.
    pub fn is_closed(&self) -> bool {
        self.bus().is_closed(&self.path)
    }

    fn bus(&self) -> MutexGuard<'_, Bus> {
        // A call that panicked has left nothing half done.
        self.bus.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PortalSession {
    fn drop(&mut self) {
        self.bus().close(&self.path);
    }
}

fn create(bus: &mut Bus) -> Result<OwnedObjectPath, PortalError> {
    let body = |name: &str| {
        (Options::from([
            ("handle_token", Value::from(name.to_owned())),
            ("session_handle_token", Value::from(token())),
        ]),)
    };
    let results = bus.request("CreateSession", body, (RESTORING, &|| true)).map_err(no_dialog)?;
    let handle = results.get("session_handle").map(|handle| &**handle);
    match handle {
        // A text, by an error that the portal has kept.
        Some(Value::Str(path)) => OwnedObjectPath::try_from(path.as_str()).map_err(no_sense),
        Some(Value::ObjectPath(path)) => Ok(path.to_owned().into()),
        _ => Err(no_sense("no session")),
    }
}

fn select(
    bus: &mut Bus,
    path: &OwnedObjectPath,
    (offers, choice, pointer): (&PortalOffers, &Choice<'_>, bool),
) -> Result<(), PortalError> {
    let body = |name: &str| {
        let kinds = u32::from(offers.monitors) | u32::from(offers.windows) << 1;
        let mut options = Options::from([
            ("handle_token", Value::from(name.to_owned())),
            ("types", Value::from(kinds & KINDS)),
            ("multiple", Value::from(false)),
        ]);
        if let Some(pointer) = offers.pointer(pointer) {
            options.insert("cursor_mode", Value::from(pointer));
        }
        if offers.keeps_choices() {
            options.insert("persist_mode", Value::from(UNTIL_REVOKED));
            if let Choice::Known(token) = choice {
                options.insert("restore_token", Value::from((*token).to_owned()));
            }
        }
        (path.clone(), options)
    };
    bus.request("SelectSources", body, (RESTORING, &|| true)).map(drop).map_err(no_dialog)
}

/// Neither creating nor selecting asks anybody.
fn no_dialog(error: PortalError) -> PortalError {
    match error {
        PortalError::Asks => PortalError::Silent,
        error => error,
    }
}

/// The node of the first stream, which is the only one.
fn node(results: &Results) -> Result<u32, PortalError> {
    let streams = results.get("streams").ok_or_else(|| no_sense("no stream"))?;
    let streams: Vec<(u32, std::collections::HashMap<String, OwnedValue>)> =
        streams.try_clone().map_err(no_sense)?.try_into().map_err(no_sense)?;
    streams.first().map(|(node, _)| *node).ok_or(PortalError::Cancelled)
}
