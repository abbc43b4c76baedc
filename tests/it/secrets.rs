//! Where stream keys are kept, and that nobody waits long for it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use show::{KeyChange, Login, LoginChange, Output, OutputId, OutputKind, SecretName, Show};
use studio::storage::disk::{Disk, DiskPlaces, Done, Job};
use studio::storage::keyring::{NoKeyring, Vault};
use studio::storage::secrets::{KeyStorage, Secrets, SecretsError};
use tests::downstage::Downstage;
use tests::shows;
use tests::time::{self, PATIENCE};

/// No keyring at all.
pub struct Nothing;

impl Vault for Nothing {
    fn get(&self, _: &SecretName) -> Result<Option<String>, NoKeyring> {
        Err(NoKeyring)
    }
    fn set(&self, _: &SecretName, _: &str) -> Result<(), NoKeyring> {
        Err(NoKeyring)
    }
    fn delete(&self, _: &SecretName) -> Result<(), NoKeyring> {
        Err(NoKeyring)
    }
}

/// A keyring that answers nobody while it is `silent`.
#[derive(Clone, Default)]
struct Keyring {
    silent: Arc<AtomicBool>,
    /// Deletes nothing.
    deaf: Arc<AtomicBool>,
    kept: Arc<Mutex<BTreeMap<SecretName, String>>>,
    /// How many were kept so far, those that were forgotten among them.
    sets: Arc<AtomicU64>,
}

impl Keyring {
    fn has(&self, name: &SecretName) -> Option<String> {
        self.kept.lock().unwrap().get(name).cloned()
    }

    fn wait(&self) {
        let answers = || (!self.silent.load(Ordering::Acquire)).then_some(());
        time::wait_for(PATIENCE, answers).expect("it is told to answer");
    }
}

impl Vault for Keyring {
    fn get(&self, name: &SecretName) -> Result<Option<String>, NoKeyring> {
        self.wait();
        Ok(self.has(name))
    }
    fn set(&self, name: &SecretName, secret: &str) -> Result<(), NoKeyring> {
        self.wait();
        self.kept.lock().unwrap().insert(name.clone(), secret.to_owned());
        self.sets.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }
    fn delete(&self, name: &SecretName) -> Result<(), NoKeyring> {
        if self.deaf.load(Ordering::Acquire) {
            return Err(NoKeyring);
        }
        self.kept.lock().unwrap().remove(name);
        Ok(())
    }
}

fn name(text: &str) -> SecretName {
    SecretName(text.to_owned())
}

/// A show with a destination for each of these keys.
fn show_of(names: &[&str]) -> Show {
    let mut show = Show::new("Keys", shows::HD25);
    for (id, key) in (51..).zip(names) {
        let url = "rtmp://127.0.0.1:1/live".to_owned();
        let kind = OutputKind::Rtmp { url, key: name(key) };
        let (profile, bus, sei) = Default::default();
        let (id, name) = (OutputId(id), "Push".to_owned());
        show.outputs.push(Output { id, name, kind, profile, bus, sei });
    }
    show
}

fn new_key(key: &str) -> KeyChange {
    KeyChange { key: Some(key.to_owned()), login: LoginChange::Keep }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn without_a_keyring_keys_are_in_a_file_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data/secrets.json");
    let secrets = Secrets::with_vault(file.clone(), Nothing);
    assert_eq!(secrets.keep(&name("a"), "key-a").unwrap(), KeyStorage::File(file.clone()));
    assert_eq!(secrets.keep(&name("b"), "key-b").unwrap(), KeyStorage::File(file.clone()));
    assert_eq!(mode(&file), 0o600);
    // The next start knows them, and a show's only.
    let again = Secrets::with_vault(file.clone(), Nothing);
    assert_eq!(again.get(&name("a")), None);
    again.load(&show_of(&["a", "none"])).unwrap();
    assert_eq!(again.get(&name("a")).as_deref(), Some("key-a"));
    assert_eq!(again.kept(&name("a")), Some(KeyStorage::File(file.clone())));
    assert_eq!((again.get(&name("none")), again.kept(&name("none"))), (None, None));
    // A file that others can read is said, not read; the key is known all the same.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let error = again.keep(&name("c"), "key-c").unwrap_err();
    assert!(matches!(error, SecretsError::Open { .. }), "{error}");
    assert_eq!((again.get(&name("c")).as_deref(), again.kept(&name("c"))), (Some("key-c"), None));
    for said in [error.to_string(), format!("{again:?}"), format!("{:?}", new_key("key-c"))] {
        assert!(!said.contains("key-c"), "{said}");
    }
}

#[test]
fn a_key_moves_to_the_keyring_and_is_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secrets.json");
    Secrets::with_vault(file.clone(), Nothing).keep(&name("a"), "old").unwrap();
    let vault = Keyring::default();
    let secrets = Arc::new(Secrets::with_vault(file.clone(), vault.clone()));
    let disk =
        Disk::start(DiskPlaces { secrets: Arc::clone(&secrets), ..DiskPlaces::default() }).unwrap();
    assert!(disk.submit(Job::KeepKey(name("a"), new_key("new"))));
    let done = time::wait_for(PATIENCE, || disk.done().next());
    assert!(matches!(&done, Some(Done::KeyKept(_, Ok(KeyStorage::Keyring)))), "{done:?}");
    assert_eq!(vault.has(&name("a")).as_deref(), Some("new"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "{}");
    // A show that is opened brings its keys.
    let path = folder.path().join("show.json");
    fs::write(&path, show::file::encode(&show_of(&["a"]))).unwrap();
    let again = Arc::new(Secrets::with_vault(file, vault.clone()));
    let disk =
        Disk::start(DiskPlaces { secrets: Arc::clone(&again), ..DiskPlaces::default() }).unwrap();
    assert!(disk.submit(Job::Open(path)));
    let done = time::wait_for(PATIENCE, || disk.done().next());
    assert!(matches!(&done, Some(Done::Opened(_, Ok(opened))) if opened.keys.is_ok()), "{done:?}");
    assert_eq!(again.get(&name("a")).as_deref(), Some("new"));
    assert_eq!(again.kept(&name("a")), Some(KeyStorage::Keyring));
}

#[test]
fn a_user_and_a_password_are_stored_with_the_key_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secrets.json");
    let secrets = Arc::new(Secrets::with_vault(file.clone(), Nothing));
    let places = DiskPlaces { secrets: Arc::clone(&secrets), ..DiskPlaces::default() };
    let disk = Disk::start(places).unwrap();
    let change = |key: Option<&str>, login: LoginChange| {
        let change = KeyChange { key: key.map(str::to_owned), login };
        assert!(disk.submit(Job::KeepKey(name("a"), change)));
        match time::wait_for(PATIENCE, || disk.done().next()) {
            Some(Done::KeyKept(_, kept)) => kept.map(|_| secrets.get(&name("a")).unwrap()),
            done => panic!("{done:?}"),
        }
    };
    let login = LoginChange::Set(Login { user: "a b".to_owned(), password: "p:w".to_owned() });
    assert!(matches!(change(None, login.clone()), Err(SecretsError::NoKey)));
    assert_eq!(change(Some("key-a"), LoginChange::Keep).unwrap(), "key-a");
    assert_eq!(change(None, login).unwrap(), "key-a a%20b:p%3Aw");
    assert_eq!(change(Some("key-b"), LoginChange::Keep).unwrap(), "key-b a%20b:p%3Aw");
    assert_eq!(mode(&file), 0o600);
    assert_eq!(fs::read_to_string(&file).unwrap().matches("p%3Aw").count(), 1);
    assert_eq!(change(None, LoginChange::Forget).unwrap(), "key-b");
    assert!(!fs::read_to_string(&file).unwrap().contains("p%3Aw"));
}

#[test]
fn a_key_that_is_forgotten_is_stored_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secrets.json");
    let in_file = Arc::new(Secrets::with_vault(file.clone(), Nothing));
    in_file.keep(&name("a"), "key-a").unwrap();
    let vault = Keyring::default();
    let in_keyring = Arc::new(Secrets::with_vault(folder.path().join("other.json"), vault.clone()));
    in_keyring.keep(&name("a"), "key-a").unwrap();
    for secrets in [in_file, Arc::clone(&in_keyring)] {
        assert!(secrets.storage(&name("a")).is_some_and(|kept| kept.is_some()));
        let places = DiskPlaces { secrets: Arc::clone(&secrets), ..DiskPlaces::default() };
        let disk = Disk::start(places).unwrap();
        assert!(disk.submit(Job::ForgetKey(name("a"))));
        let done = time::wait_for(PATIENCE, || disk.done().next());
        assert!(matches!(&done, Some(Done::KeyForgotten(_, Ok(())))), "{done:?}");
        assert_eq!((secrets.get(&name("a")), secrets.storage(&name("a"))), (None, None));
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "{}");
    assert_eq!(vault.has(&name("a")), None);
    // Of a key that may still be there it is said, and it is not forgotten.
    in_keyring.keep(&name("a"), "key-a").unwrap();
    vault.deaf.store(true, Ordering::Release);
    assert!(matches!(in_keyring.forget(&name("a")), Err(SecretsError::NotForgotten)));
    assert_eq!(in_keyring.get(&name("a")).as_deref(), Some("key-a"));
}

#[test]
fn a_keyring_that_does_not_answer_counts_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secrets.json");
    let vault = Keyring::default();
    vault.kept.lock().unwrap().insert(name("a"), "key-a".to_owned());
    vault.silent.store(true, Ordering::Release);
    let secrets = Secrets::with_vault(file.clone(), vault.clone());
    let began = time::now();
    secrets.load(&show_of(&["a"])).unwrap();
    let took = began.elapsed();
    assert!(took >= studio::storage::keyring::TIMEOUT && took < PATIENCE / 2, "{took:?}");
    assert_eq!(secrets.get(&name("a")), None);
    // What it says late is known late.
    vault.silent.store(false, Ordering::Release);
    let late = time::wait_for(PATIENCE, || secrets.get(&name("a")));
    assert_eq!(late.as_deref(), Some("key-a"));
    assert_eq!(secrets.kept(&name("a")), Some(KeyStorage::Keyring));
    // What it would keep too late is in the file, and not in two places.
    vault.silent.store(true, Ordering::Release);
    assert_eq!(secrets.keep(&name("b"), "key-b").unwrap(), KeyStorage::File(file));
    vault.silent.store(false, Ordering::Release);
    let forgotten = || {
        let is_kept = vault.sets.load(Ordering::Acquire) > 0;
        (is_kept && vault.has(&name("b")).is_none()).then_some(())
    };
    time::wait_for(PATIENCE, forgotten).expect("it is kept there, and forgotten");
    assert_eq!(secrets.get(&name("b")).as_deref(), Some("key-b"));
}

#[test]
fn a_silent_bus_holds_up_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let _listens_and_says_nothing = UnixListener::bind(folder.path().join("bus")).unwrap();
    fs::write(folder.path().join("show.json"), show::file::encode(&show_of(&["a"]))).unwrap();
    let mut command = std::process::Command::new(tests::downstage::program());
    command.args(["run", "show.json", "--for", "1s"]).current_dir(folder.path());
    command.env("XDG_DATA_HOME", folder.path());
    let bus = format!("unix:path={}", folder.path().join("bus").display());
    command.env("DBUS_SESSION_BUS_ADDRESS", bus);
    let mut run = Downstage::run(command);
    let ended = run.wait(PATIENCE).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", run.stderr());
}
