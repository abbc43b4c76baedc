//! The system's keyring. It may be slow, since it may ask the operator to unlock it, and its service may
//! hang: so it has a thread of its own, and nothing waits for it longer than [`TIMEOUT`].

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use keyring::{Entry, Error};
use show::SecretName;

use crate::threads;

/// How long a keyring may take to answer; after that it counts as missing.
pub const TIMEOUT: Duration = Duration::from_secs(2);
/// How many requests may wait for it; beyond, it counts as missing.
const WAITING: usize = 64;
/// The service name of our secrets in the keyring.
const SERVICE: &str = "downstage";

/// There is no keyring, or it failed. The reason is left out: it could quote a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKeyring;

/// A store of secrets by name. Any call may block.
pub trait Vault: Send {
    /// The secret of this name, if there is one.
    ///
    /// # Errors
    /// [`NoKeyring`].
    fn get(&self, name: &SecretName) -> Result<Option<String>, NoKeyring>;
    /// Stores a secret, replacing one of the same name.
    ///
    /// # Errors
    /// [`NoKeyring`].
    fn set(&self, name: &SecretName, secret: &str) -> Result<(), NoKeyring>;
    /// Deletes a secret; it is not an error if there is none of this name.
    ///
    /// # Errors
    /// [`NoKeyring`].
    fn delete(&self, name: &SecretName) -> Result<(), NoKeyring>;
}

/// The system's keyring.
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

    fn delete(&self, name: &SecretName) -> Result<(), NoKeyring> {
        match entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(_) => Err(NoKeyring),
        }
    }
}

fn entry(name: &SecretName) -> Result<Entry, NoKeyring> {
    Entry::new(SERVICE, &name.0).map_err(|_| NoKeyring)
}

/// The keyring's answers by name, late ones included: a secret, or that it has none.
type Answers = Arc<Mutex<BTreeMap<SecretName, Option<String>>>>;

/// A keyring behind its thread. The thread ends once this is dropped and the keyring has answered.
pub struct Keyring {
    requests: Sender<Request>,
    answers: Answers,
}

/// A request with the channel for its result, whose receiver may be gone.
enum Request {
    Get(SecretName, Sender<Result<(), NoKeyring>>),
    Set(SecretName, String, Arc<AtomicU8>, Sender<Result<(), NoKeyring>>),
    Delete(SecretName, Sender<Result<(), NoKeyring>>),
}

/// The states of a request to store a secret: the caller waits, it was stored in time, or the caller has
/// timed out.
const PENDING: u8 = 0;
const STORED: u8 = 1;
const TIMED_OUT: u8 = 2;

impl Keyring {
    /// Starts the thread; `None` if that fails.
    pub fn start(vault: impl Vault + 'static) -> Option<Self> {
        let (requests, queue) = bounded(WAITING);
        let answers = Answers::default();
        let of_thread = Arc::clone(&answers);
        let thread = threads::spawn("keyring", move || serve(&vault, &queue, &of_thread));
        thread.is_ok().then_some(Self { requests, answers })
    }

    /// Looks these secrets up, and returns those it has. Waits at most [`TIMEOUT`]; a later answer is
    /// available from [`Self::answer`].
    pub fn get(&self, names: &[SecretName]) -> BTreeMap<SecretName, String> {
        let (results, done) = bounded(names.len());
        let send = |name: &&SecretName| {
            self.requests.try_send(Request::Get((*name).clone(), results.clone())).is_ok()
        };
        let sent = names.iter().filter(send).count();
        let timeout = crossbeam_channel::after(TIMEOUT);
        for _ in 0..sent {
            crossbeam_channel::select! {
                recv(done) -> _answered => {}
                recv(timeout) -> _now => break,
            }
        }
        let found = names.iter().filter_map(|name| Some((name.clone(), self.answer(name)?)));
        found.collect()
    }

    /// The secret of this name as last answered; does not wait.
    pub fn answer(&self, name: &SecretName) -> Option<String> {
        lock(&self.answers).get(name).cloned().flatten()
    }

    /// Stores a secret. Waits at most [`TIMEOUT`]; if the keyring stores it after that, it is deleted
    /// again.
    ///
    /// # Errors
    /// [`NoKeyring`]: it is not stored there.
    pub fn set(&self, name: &SecretName, secret: &str) -> Result<(), NoKeyring> {
        let (results, done) = bounded(1);
        let state = Arc::new(AtomicU8::new(PENDING));
        let request = Request::Set(name.clone(), secret.to_owned(), Arc::clone(&state), results);
        self.requests.try_send(request).map_err(|_| NoKeyring)?;
        match done.recv_timeout(TIMEOUT) {
            Ok(result) => result,
            Err(_) if settle(&state, TIMED_OUT) => Err(NoKeyring),
            // It was stored at the last moment.
            Err(_) => Ok(()),
        }
    }

    /// Deletes a secret. Waits at most [`TIMEOUT`]; it may still be deleted after that.
    ///
    /// # Errors
    /// [`NoKeyring`]: it may still be there.
    pub fn delete(&self, name: &SecretName) -> Result<(), NoKeyring> {
        let (results, done) = bounded(1);
        let request = Request::Delete(name.clone(), results);
        self.requests.try_send(request).map_err(|_| NoKeyring)?;
        done.recv_timeout(TIMEOUT).unwrap_or(Err(NoKeyring))
    }
}

/// Settles a pending request; false if it is settled already.
fn settle(state: &AtomicU8, to: u8) -> bool {
    state.compare_exchange(PENDING, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

fn lock(
    answers: &Mutex<BTreeMap<SecretName, Option<String>>>,
) -> std::sync::MutexGuard<'_, BTreeMap<SecretName, Option<String>>> {
    // Every change leaves the map consistent.
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(vault: &dyn Vault, requests: &Receiver<Request>, answers: &Answers) {
    for request in requests {
        let (results, result) = match request {
            Request::Get(name, results) => {
                let secret = vault.get(&name);
                if let Ok(secret) = &secret {
                    lock(answers).insert(name, secret.clone());
                }
                (results, secret.map(drop))
            }
            Request::Delete(name, results) => {
                let deleted = vault.delete(&name);
                if deleted.is_ok() {
                    lock(answers).remove(&name);
                }
                (results, deleted)
            }
            Request::Set(name, secret, state, results) => {
                (results, store(vault, (name, secret), &state, answers))
            }
        };
        // The caller may have timed out.
        let _sent = results.try_send(result);
    }
}

fn store(
    vault: &dyn Vault,
    (name, secret): (SecretName, String),
    state: &AtomicU8,
    answers: &Answers,
) -> Result<(), NoKeyring> {
    if state.load(Ordering::Acquire) == TIMED_OUT {
        return Err(NoKeyring);
    }
    vault.set(&name, &secret)?;
    if settle(state, STORED) {
        lock(answers).insert(name, Some(secret));
        return Ok(());
    }
    // It was stored elsewhere meanwhile, and this copy would outlive that one.
    vault.delete(&name)
}
