//! The system's keyring, which may take its time: it may ask the operator to unlock it, and its service
//! may hang. So it has a thread of its own, and nobody waits for it longer than [`PATIENCE`].

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use keyring::{Entry, Error};
use show::SecretName;

use crate::threads;

/// How long a keyring may take to answer; then it counts as none.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How many requests may wait for it; beyond, it counts as none.
const WAITING: usize = 64;
/// What the keyring lists our secrets under.
const SERVICE: &str = "downstage";

/// There is no keyring, or it does not do it. The reason is left out: it could quote a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKeyring;

/// Where secrets can be kept by name. Any call may take as long as it likes.
pub trait Vault: Send {
    /// The secret of this name, if there is one.
    ///
    /// # Errors
    /// [`NoKeyring`].
    fn get(&self, name: &SecretName) -> Result<Option<String>, NoKeyring>;
    /// Keeps a secret, in the place of one of the same name.
    ///
    /// # Errors
    /// [`NoKeyring`].
    fn set(&self, name: &SecretName, secret: &str) -> Result<(), NoKeyring>;
    /// Forgets a secret; none of this name is no error.
    ///
    /// # Errors
    /// [`NoKeyring`].
    fn forget(&self, name: &SecretName) -> Result<(), NoKeyring>;
}

/// The system's own.
#[derive(Debug, Default)]
pub struct System;

impl Vault for System {
    fn get(&self, name: &SecretName) -> Result<Option<String>, NoKeyring> {
        match entry(name)?.get_password() {
            Ok(secret) => Ok(Some(secret)),
            Err(Error::NoEntry) => Ok(None),
            Err(_) => Err(NoKeyring),
        }
    }

    fn set(&self, name: &SecretName, secret: &str) -> Result<(), NoKeyring> {
        entry(name)?.set_password(secret).map_err(|_| NoKeyring)
    }

    fn forget(&self, name: &SecretName) -> Result<(), NoKeyring> {
        match entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(_) => Err(NoKeyring),
        }
    }
}

fn entry(name: &SecretName) -> Result<Entry, NoKeyring> {
    Entry::new(SERVICE, &name.0).map_err(|_| NoKeyring)
}

/// What the keyring said of a name, whenever it said it: a secret, or that it has none.
type Said = Arc<Mutex<BTreeMap<SecretName, Option<String>>>>;

/// A keyring behind its thread. The thread ends once this is dropped and the keyring has answered.
pub struct Keyring {
    wishes: Sender<Request>,
    said: Said,
}

/// An answer goes through a channel, whose other end may be gone.
enum Request {
    Get(SecretName, Sender<Result<(), NoKeyring>>),
    Set(SecretName, String, Arc<AtomicU8>, Sender<Result<(), NoKeyring>>),
}

/// Whether the caller still waits for a secret to be kept, took it for kept, or took it for not kept.
const ASKED: u8 = 0;
const KEPT: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Keyring {
    /// Starts the thread; nothing if the system has none left.
    pub fn start(vault: impl Vault + 'static) -> Option<Self> {
        let (wishes, asked) = bounded(WAITING);
        let said = Said::default();
        let of_thread = Arc::clone(&said);
        let thread = threads::spawn("keyring", move || serve(&vault, &asked, &of_thread));
        thread.is_ok().then_some(Self { wishes, said })
    }

    /// Asks for these secrets, and yields those it has. Waits for it at most [`PATIENCE`]; what it says
    /// later is there for [`Self::said`].
    pub fn get(&self, names: &[SecretName]) -> BTreeMap<SecretName, String> {
        let (tell, told) = bounded(names.len());
        let wish = |name: &&SecretName| {
            self.wishes.try_send(Request::Get((*name).clone(), tell.clone())).is_ok()
        };
        let asked = names.iter().filter(wish).count();
        let until = crossbeam_channel::after(PATIENCE);
        for _ in 0..asked {
            crossbeam_channel::select! {
                recv(told) -> _answered => {}
                recv(until) -> _now => break,
            }
        }
        let found = names.iter().filter_map(|name| Some((name.clone(), self.said(name)?)));
        found.collect()
    }

    /// What it said of this name, without waiting.
    pub fn said(&self, name: &SecretName) -> Option<String> {
        lock(&self.said).get(name).cloned().flatten()
    }

    /// Keeps a secret. Waits for it at most [`PATIENCE`]; if it comes to it later, it forgets it again.
    ///
    /// # Errors
    /// [`NoKeyring`]: it is not kept there.
    pub fn set(&self, name: &SecretName, secret: &str) -> Result<(), NoKeyring> {
        let (tell, told) = bounded(1);
        let state = Arc::new(AtomicU8::new(ASKED));
        let wish = Request::Set(name.clone(), secret.to_owned(), Arc::clone(&state), tell);
        self.wishes.try_send(wish).map_err(|_| NoKeyring)?;
        match told.recv_timeout(PATIENCE) {
            Ok(answer) => answer,
            // It may have been kept in the very moment.
            Err(_) if settle(&state, GIVEN_UP) => Err(NoKeyring),
            Err(_) => Ok(()),
        }
    }
}

/// Settles a request that is still open; false if it is settled already.
fn settle(state: &AtomicU8, to: u8) -> bool {
    state.compare_exchange(ASKED, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

fn lock(
    said: &Mutex<BTreeMap<SecretName, Option<String>>>,
) -> std::sync::MutexGuard<'_, BTreeMap<SecretName, Option<String>>> {
    // Every change leaves the map whole.
    said.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(vault: &dyn Vault, wishes: &Receiver<Request>, said: &Said) {
    for wish in wishes {
        let (tell, answer) = match wish {
            Request::Get(name, tell) => {
                let answer = vault.get(&name);
                if let Ok(secret) = &answer {
                    lock(said).insert(name, secret.clone());
                }
                (tell, answer.map(drop))
            }
            Request::Set(name, secret, state, tell) => {
                (tell, keep(vault, (name, secret), &state, said))
            }
        };
        // The caller may not have waited.
        let _unheard = tell.try_send(answer);
    }
}

fn keep(
    vault: &dyn Vault,
    (name, secret): (SecretName, String),
    state: &AtomicU8,
    said: &Said,
) -> Result<(), NoKeyring> {
    if state.load(Ordering::Acquire) == GIVEN_UP {
        return Err(NoKeyring);
    }
    vault.set(&name, &secret)?;
    if settle(state, KEPT) {
        lock(said).insert(name, Some(secret));
        return Ok(());
    }
    // It was kept elsewhere meanwhile, and a second copy would outlive that one.
    vault.forget(&name)
}
