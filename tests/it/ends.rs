//! An output ends within two seconds, and so does a run, whatever they wait for.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use compositor::Backend;
use engine::{CommandKind, Deliver, FrameIndex, OutputState, Switch};
use rustix::process::Signal;
use show::{
    EncodeProfile, Feed, Format, FrameRate, LayoutId, Output, OutputId, OutputKind, Preset, Raster,
    SecretName, Show, SourceId, SourceKind, Template,
};
use studio::program::session::{Options, Session, Studio};
use tests::canary::{Fault, real_time, within};
use tests::downstage::{self, Downstage};
use tests::nginx::{self, Nginx};
use tests::shows;
use tests::silent::{Silence, SilentServer};
use tests::time::{self, PATIENCE};

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const MOST: Duration = Duration::from_secs(2);

/// The servers and pipes that outputs wait for.
struct Peers {
    servers: Vec<SilentServer>,
    live: Nginx,
    frozen: Nginx,
    folder: tempfile::TempDir,
    /// Open, and never read from.
    _unread: fs::File,
}

/// An output that gets into a state and stays there.
struct Case {
    name: &'static str,
    kind: OutputKind,
    state: OutputState,
}

impl Peers {
    fn start() -> Self {
        let silences = [Silence::Unaccepted, Silence::Accepted, Silence::Handshaken];
        let servers = silences.map(SilentServer::start).into();
        let nginx = || Nginx::start(nginx::Options { record: false, key: None });
        let folder = tempfile::tempdir().unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        for name in ["unopened.mkv", "unread.mkv"] {
            rustix::fs::mkfifoat(rustix::fs::CWD, folder.path().join(name), mode).unwrap();
        }
        let path = folder.path().join("unread.mkv");
        let unread = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
        Self { servers, live: nginx(), frozen: nginx(), folder, _unread: unread }
    }

    fn cases(&self) -> Vec<Case> {
        let [unaccepted, accepted, handshaken] = &self.servers[..] else { unreachable!() };
        let push = |name, url: String, key: &str, state| {
            let kind = OutputKind::Rtmp { url, key: SecretName(key.to_owned()) };
            Case { name, kind, state }
        };
        let to = |scheme: &str, port: u16| format!("{scheme}://127.0.0.1:{port}/live");
        let record = |name, file: &str, state| {
            let path = self.folder.path().join(file).display().to_string();
            Case { name, kind: OutputKind::Record { path }, state }
        };
        use OutputState::{Connecting, Failed, Live, Reconnecting, Stalled};
        vec![
            push("TCP", to("rtmp", unaccepted.port()), "key", Connecting),
            push("TLS", to("rtmps", accepted.port()), "key", Connecting),
            push("handshake", to("rtmp", accepted.port()), "key", Connecting),
            push("publish", to("rtmp", handshaken.port()), "key", Connecting),
            push("live", self.live.url(), "key", Live),
            push("retrying", to("rtmp", 9), "key", Reconnecting),
            push("failed", to("rtmp", 9), "unknown", Failed),
            record("a disk that does not open", "unopened.mkv", Connecting),
            record("a disk that does not write", "unread.mkv", Live),
            push("stalled", self.frozen.url(), "key", Stalled),
        ]
    }

    /// Lets go of the pipes.
    fn release(&self) {
        for name in ["unopened.mkv", "unread.mkv"] {
            let path = self.folder.path().join(name);
            let read = move || drop(fs::read(path));
            drop(std::thread::Builder::new().name("reads".to_owned()).spawn(read));
        }
    }
}

/// A pattern, with these outputs numbered from 10 on.
fn show(cases: &[Case]) -> Show {
    let mut show = Show::new("Ends", LD25);
    show.sources.push(shows::source(1, SourceKind::TestPattern { tag: 5 }));
    show.layouts.push(Template::Single.layout(LayoutId(2), "Full", &[Feed::Source(SourceId(1))]));
    let (preset, video_kbps) = (Preset::Ultrafast, 2_000);
    let profile = EncodeProfile { preset, video_kbps, ..EncodeProfile::default() };
    for (number, case) in (10..).zip(cases) {
        let (name, kind) = (case.name.to_owned(), case.kind.clone());
        let (id, bus, sei) = (OutputId(number), Default::default(), Default::default());
        show.outputs.push(Output { id, name, kind, profile, bus, sei });
    }
    show
}

/// How long it took until an output that was stopped was gone.
fn stop(session: &Session, id: OutputId) -> Duration {
    let told = time::now();
    ask(session, Deliver::Stop(id));
    let gone = time::wait_for(PATIENCE, || {
        let state = session.shared.snapshot.load().outputs.get(&id).copied();
        let runs = session.outputs.load().iter().any(|view| view.output.id == id);
        (state == Some(OutputState::Stopped) && !runs).then_some(())
    });
    gone.expect("it is stopped");
    told.elapsed()
}

fn ask(session: &Session, deliver: Deliver) {
    let kind = CommandKind::Deliver(deliver);
    let command = engine::Command { program: session.program, ..shows::command(kind) };
    session.commands.send(command).unwrap();
}

#[test]
fn an_output_ends_within_two_seconds_in_every_state() {
    real_time("outputs that end in every state", LD25.rate, |_| {
        media::init().unwrap();
        let peers = Peers::start();
        let cases = peers.cases();
        let studio = Studio::default();
        studio.secrets.set(SecretName("key".to_owned()), "cam".to_owned());
        let take = CommandKind::Switch(Switch::TakeLayout(LayoutId(2)));
        let script = vec![(FrameIndex(0), shows::command(take))];
        let options = Options { script, backend: Some(Backend::Cpu), ..Options::default() };
        let session = Session::start(&studio, show(&cases), options).unwrap();
        for (id, Case { name, state, .. }) in (10..).map(OutputId).zip(&cases) {
            ask(&session, Deliver::Start(id));
            let now = || session.shared.snapshot.load().outputs.get(&id).copied();
            if *state == OutputState::Stalled {
                let live = || (now() == Some(OutputState::Live)).then_some(());
                time::wait_for(PATIENCE, live).expect("it is live");
                peers.frozen.freeze();
            }
            let is_there = || (now() == Some(*state)).then_some(());
            time::wait_for(PATIENCE, is_there).expect(name);
            // Into what it waits for: a connection is there, a pipe is full.
            let into = if *state == OutputState::Stalled { 0 } else { 700 };
            time::sleep(Duration::from_millis(into));
            assert!(now() == Some(*state) || *state == OutputState::Reconnecting, "{name}");
            let took = stop(&session, id);
            println!("{name}, {state:?}: {took:.1?}");
            within(name, took, MOST)?;
        }
        peers.frozen.thaw();
        peers.release();
        drop(session.finish());
        Ok(())
    });
}

/// All of them at once, and a name that is never resolved; told by the signal that a closed terminal sends.
fn run_to_its_end() -> Result<(), Fault> {
    let peers = Peers::start();
    let mut cases = peers.cases();
    let (url, key) = ("rtmp://ingest.test/live".to_owned(), SecretName("key".to_owned()));
    let (kind, state) = (OutputKind::Rtmp { url, key }, OutputState::Connecting);
    cases.push(Case { name: "DNS", kind, state });
    let folder = peers.folder.path();
    fs::write(folder.join("show.json"), show::file::encode(&show(&cases))).unwrap();
    // A multicast address: the system sends its question, and nobody says that nobody is there.
    fs::write(folder.join("resolv.conf"), "nameserver 224.0.0.251\noptions timeout:30\n").unwrap();
    let keys = folder.join("keys.json");
    fs::write(&keys, r#"{"key": "cam"}"#).unwrap();
    allow_owner_only(&keys);
    let mut command = Command::new("unshare");
    let script = r#"mount --bind resolv.conf /etc/resolv.conf && exec "$@""#;
    command.args(["-rm", "sh", "-c", script, "sh"]).arg(downstage::program());
    command.args(["run", "show.json", "--secrets", "keys.json"]).current_dir(folder);
    for (number, _) in (10..).zip(&cases) {
        command.args(["--at", "0s", &format!("start output-{number}")]);
    }
    let mut downstage = Downstage::run(command);
    assert!(peers.frozen.wait_for_stream("cam") && peers.live.wait_for_stream("cam"));
    peers.frozen.freeze();
    time::sleep(Duration::from_millis(1_500));
    let told = time::now();
    downstage.signal(Signal::INT);
    let ended = downstage.wait(PATIENCE).expect("it ends");
    let took = told.elapsed();
    println!("a run: {took:.1?}");
    assert_eq!(ended.code(), Some(2), "{}", downstage.stderr());
    peers.frozen.thaw();
    within("its end", took, MOST)
}

fn allow_owner_only(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_run_ends_within_two_seconds_whatever_its_outputs_wait_for() {
    real_time("a run that ends", LD25.rate, |_| run_to_its_end());
}
