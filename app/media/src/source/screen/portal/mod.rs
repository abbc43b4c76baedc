//! Screens and windows of a Wayland desktop, which alone says which of them may be captured: an operator chooses in a
//! dialog of its own, by its portal, and PipeWire brings the pictures. A choice is kept by a token, which the portal
//! replaces at each use, so that the same is shown again without a question.

mod bus;
pub(super) mod capture;
pub(super) mod error;
mod session;
mod stream;

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

pub use self::error::PortalError;
use self::session::{Choice, PortalSession};
pub use self::session::{PortalOffers, offers};

/// Whether this program runs on a Wayland desktop, which alone says what of it may be captured.
pub fn is_wayland() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let session = std::env::var_os("XDG_SESSION_TYPE");
    is_set("WAYLAND_DISPLAY") || session.is_some_and(|session| session == "wayland")
}

/// Keeps the tokens by which the portal knows what was chosen: on this computer, for this user, and in no show.
pub trait RestoreTokens: Send + Sync {
    /// The token of this key. May wait for a disk.
    fn get(&self, key: &str) -> Option<String>;

    /// Keeps a token in the place of the one before; without one, that is forgotten. May wait for a disk.
    fn set(&self, key: &str, token: Option<&str>);
}

/// What of the desktop's screens is shared with this program.
pub struct PortalScreens {
    /// The bus that the portal is on; `None` for the session bus.
    bus: Option<String>,
    tokens: Arc<dyn RestoreTokens>,
    state: Mutex<State>,
    /// That what was chosen last was opened.
    taken: Condvar,
}

#[derive(Default)]
struct State {
    /// What is open: by key, and by whether the pointer is shown.
    open: BTreeMap<(String, bool), Weak<PortalSession>>,
    /// What was chosen last and not opened yet, by its key. A desktop that keeps no choices shows it only by this.
    chosen: Option<Chosen>,
}

/// What was chosen, by its key, and with the pointer or without.
struct Chosen {
    key: String,
    pointer: bool,
    session: Arc<PortalSession>,
}

impl PortalScreens {
    /// On the bus of this address or on the session bus, with these tokens.
    pub fn new(bus: Option<String>, tokens: Arc<dyn RestoreTokens>) -> Self {
        Self { bus, tokens, state: Mutex::default(), taken: Condvar::new() }
    }

    /// Has the operator choose in a dialog of the desktop what this key means, with the pointer or without. Waits for
    /// that, up to ten minutes, and no longer than it is wanted. What was chosen stays shared until it is opened, or
    /// until [`Self::keep_chosen`] returns; yields whether the desktop keeps it for later as well.
    ///
    /// # Errors
    /// Nothing was chosen.
    pub fn choose(
        &self,
        key: &str,
        pointer: bool,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<bool, PortalError> {
        let chosen = PortalSession::open(self.bus.as_deref(), &Choice::Asked(is_wanted), pointer);
        let (session, token) = chosen.map_err(|error| match error {
            PortalError::Asks => PortalError::Cancelled,
            error => error,
        })?;
        self.tokens.set(key, token.as_deref());
        let mut state = self.lock();
        state.open.retain(|(other, _), _| other != key);
        let (key, session) = (key.to_owned(), Arc::new(session));
        let before = state.chosen.replace(Chosen { key, pointer, session });
        drop(state);
        // It may wait for the portal.
        drop(before);
        Ok(token.is_some())
    }

    /// Waits until what was chosen by this key is opened, for so long at the most, and stops sharing it if it was not.
    pub fn keep_chosen(&self, key: &str, length: Duration) {
        let is_kept =
            |state: &mut State| state.chosen.as_ref().is_some_and(|chosen| chosen.key == key);
        let waited = self.taken.wait_timeout_while(self.lock(), length, is_kept);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let left = state.chosen.take_if(|chosen| chosen.key == key);
        drop(state);
        drop(left);
    }

    /// The session of what this key means. It is opened without a question, or not at all.
    fn session(&self, key: &str, pointer: bool) -> Result<Arc<PortalSession>, PortalError> {
        // A token is good for one use, so that nobody else may open the same meanwhile. Only sources' threads wait here,
        // and the portal answers in some seconds or not at all.
        let mut state = self.lock();
        state.open.retain(|_, session| session.strong_count() > 0);
        let place = (key.to_owned(), pointer);
        if let Some(open) = state.open.get(&place).and_then(Weak::upgrade)
            && !open.is_closed()
        {
            return Ok(open);
        }
        let chosen = state.chosen.take_if(|chosen| chosen.key == key);
        self.taken.notify_all();
        // With another pointer it is another session, if the desktop shows it again.
        let fits = |chosen: &Chosen| {
            let is_so = chosen.pointer == pointer || self.tokens.get(key).is_none();
            is_so && !chosen.session.is_closed()
        };
        let session = match chosen.filter(fits) {
            Some(chosen) => chosen.session,
            None => Arc::new(self.restore(key, pointer)?),
        };
        state.open.insert(place, Arc::downgrade(&session));
        Ok(session)
    }

    fn restore(&self, key: &str, pointer: bool) -> Result<PortalSession, PortalError> {
        let token = self.tokens.get(key).ok_or(PortalError::NotChosen)?;
        let choice = Choice::Known(&token);
        let (session, next) = PortalSession::open(self.bus.as_deref(), &choice, pointer)?;
        self.tokens.set(key, next.as_deref());
        Ok(session)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change leaves the value consistent, so a poisoned lock is still good.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for PortalScreens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PortalScreens(…)")
    }
}
