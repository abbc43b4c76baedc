//! An RTMP server that is not ours, on the loopback: nginx with its RTMP module, which takes,
//! records and passes on what is published; and ffmpeg as a client that is not ours either.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::downstage::{Signal, send};
use crate::listed;
use crate::time::{self, PATIENCE};

const MODULE: &str = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

/// What a server does beside passing on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Records all that is published, each as a file of its own.
    pub record: bool,
    /// Takes only what is published with `?key=` this.
    pub key: Option<&'static str>,
}

/// A server. Dropping it kills it.
pub struct Nginx {
    folder: tempfile::TempDir,
    rtmp: u16,
    http: u16,
    child: Option<Child>,
}

impl Nginx {
    /// Starts one, on ports that nobody has.
    ///
    /// # Panics
    /// It does not start, or the test is not listed as one that has the machine to itself.
    pub fn start(options: Options) -> Self {
        listed::assert_listed();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (rtmp, http) = free_ports();
        let server = Self { folder, rtmp, http, child: None };
        for name in ["records", "temp"] {
            fs::create_dir(server.path(name)).expect("a folder of our own");
        }
        fs::write(server.path("nginx.conf"), server.config(options)).expect("room for it");
        let mut server = server;
        server.restart();
        server
    }

    /// The URL that is published to, without a stream's name.
    pub fn url(&self) -> String {
        format!("rtmp://127.0.0.1:{}/live", self.rtmp)
    }

    /// Its RTMP port.
    pub fn port(&self) -> u16 {
        self.rtmp
    }

    /// Starts it again on the same ports, after it was stopped or killed.
    pub fn restart(&mut self) {
        self.kill9();
        let mut command = Command::new("nginx");
        command.arg("-c").arg(self.path("nginx.conf")).arg("-e").arg(self.path("error.log"));
        command.arg("-p").arg(self.folder.path()).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().expect("nginx is installed"));
        let answers = || TcpStream::connect(("127.0.0.1", self.rtmp)).ok();
        let up = time::wait_for(PATIENCE, answers).is_some();
        assert!(up, "nginx with libnginx-mod-rtmp does not start:\n{}", self.log());
    }

    /// Asks it to end, and waits for it: recordings are closed.
    pub fn stop(&mut self) {
        self.signal(Signal::TERM);
        if let Some(mut child) = self.child.take() {
            let ended = time::wait_for(PATIENCE, || child.try_wait().expect("a child of ours"));
            if ended.is_none() {
                drop(child.kill());
                drop(child.wait());
                panic!("nginx does not end:\n{}", self.log());
            }
        }
    }

    /// Kills it as it stands: its connections are reset.
    pub fn kill9(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// Freezes it: connections stay, but nothing is read any more, as behind a dead link.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Goes on after [`Self::freeze`].
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// What was recorded of all streams, the oldest first.
    pub fn records(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path("records")).expect("a folder of our own");
        let mut files: Vec<_> = entries
            .filter_map(|entry| entry.ok())
            .filter_map(|entry| Some((entry.metadata().ok()?.created().ok()?, entry.path())))
            .collect();
        files.sort();
        files.into_iter().map(|(_, path)| path).collect()
    }

    /// The server's own account of its streams, as XML; empty if it does not answer.
    pub fn stat(&self) -> String {
        use std::io::{Read, Write};
        let mut answer = String::new();
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.http)) {
            let asked = stream.write_all(b"GET /stat HTTP/1.0\r\n\r\n");
            // An answer that breaks off is told by what it lacks.
            let _read = asked.and_then(|()| stream.read_to_string(&mut answer));
        }
        answer
    }

    /// Waits until a stream of this name is being published.
    pub fn wait_for_stream(&self, name: &str) -> bool {
        let wanted = format!("<name>{name}</name>");
        let published = |stat: &str| stat.contains(&wanted) && stat.contains("<publishing/>");
        time::wait_for(PATIENCE, || published(&self.stat()).then_some(())).is_some()
    }

    /// Its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("error.log")).unwrap_or_default()
    }

    fn signal(&self, signal: Signal) {
        if let Some(child) = &self.child {
            send(child.id(), signal);
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self, options: Options) -> String {
        let Self { folder, rtmp, http, child: _ } = self;
        let folder = folder.path().display();
        let record = match options.record {
            true => format!("record all; record_path {folder}/records; record_unique on;"),
            false => String::new(),
        };
        let (auth, check) = match options.key {
            Some(key) => (
                format!("notify_method get; on_publish http://127.0.0.1:{http}/auth;"),
                format!("if ($arg_key != \"{key}\") {{ return 403; }}"),
            ),
            None => Default::default(),
        };
        let temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {folder}/temp/{name};"))
            .concat();
        format!(
            "load_module {MODULE}; daemon off; master_process off; worker_processes 1;
            pid {folder}/nginx.pid; error_log {folder}/error.log info;
            events {{ worker_connections 64; }}
            rtmp {{ server {{
                listen 127.0.0.1:{rtmp}; chunk_size 4096; ping 10s; ping_timeout 5s; timeout 15s;
                application live {{ live on; wait_key on; idle_streams off; {record} {auth} }}
            }} }}
            http {{ access_log off; {temps} server {{
                listen 127.0.0.1:{http};
                location /stat {{ rtmp_stat all; }}
                location = /auth {{ {check} return 204; }}
            }} }}"
        )
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.kill9();
    }
}

/// Pulls a stream for so many seconds of it into an FLV file, as it comes: sound at once, pictures from
/// the next keyframe on. False if nothing came.
pub fn pull(url: &str, seconds: u32, out: &Path) -> bool {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"]);
    command.args(["-rw_timeout", "10000000", "-i", url, "-t", &seconds.to_string()]);
    command.args(["-c", "copy", "-f", "flv"]).arg(out);
    command.status().expect("ffmpeg is installed").success()
}

/// A client that publishes a file again and again, in real time. Dropping it ends it.
pub struct Publisher(Child);

impl Publisher {
    /// Ends it at once, as a cable that is pulled does not: its connection is closed.
    pub fn stop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Publishes a file to a URL with its stream's name.
pub fn publish(file: &Path, url: &str) -> Publisher {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-nostdin"]);
    command.args(["-re", "-stream_loop", "-1", "-i"]).arg(file);
    command.args(["-c", "copy", "-f", "flv", url]).stdin(Stdio::null());
    Publisher(command.spawn().expect("ffmpeg is installed"))
}

/// Two ports that nobody listens on now.
fn free_ports() -> (u16, u16) {
    let listen = || TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = |listener: &TcpListener| listener.local_addr().expect("a bound socket").port();
    let (one, other) = (listen(), listen());
    (port(&one), port(&other))
}
