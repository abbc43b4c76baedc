//! Servers of live streams that misbehave on purpose: FLV over HTTP whose packets and timestamps go as a test says,
//! and HLS that makes a segment of a film known as soon as it would have been filmed.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::time;

/// How a sender sends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sending {
    /// What is sent at once to who comes, in milliseconds of the film.
    pub backlog: i64,
    /// When it pauses, and for how long, in milliseconds; afterwards it goes on so much later.
    pub pause: Option<(i64, i64)>,
    /// The timestamp that its film begins with, in milliseconds of 32 bits.
    pub begins: u32,
}

/// A server of live streams; dropping it ends it.
pub struct LiveServer {
    port: u16,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl LiveServer {
    /// Serves FLV made of this film at `/0.flv`, `/1.flv` and so on, each sent as it is said.
    pub fn flv(film: &Path, sendings: Vec<Sending>) -> Self {
        let flv = film.with_extension("flv");
        convert(film, &["-f", "flv"], &flv);
        let tags = Arc::new(tags(&fs::read(&flv).expect("it was made")));
        Self::start(move |path, stream, is_over| {
            let number = path.trim_matches('/').trim_end_matches(".flv").parse::<usize>();
            let sending = number.ok().and_then(|number| sendings.get(number).copied());
            sending.map_or(Ok(()), |sending| send_flv(stream, &tags, sending, is_over))
        })
    }

    /// Serves HLS made of this film at `/live.m3u8`, with segments of so many seconds.
    pub fn hls(film: &Path, folder: &Path, seconds: u32) -> Self {
        let length = seconds.to_string();
        let made = ["-f", "hls", "-hls_time", &length, "-hls_list_size", "0"];
        convert(film, &made, &folder.join("all.m3u8"));
        let (folder, began) = (PathBuf::from(folder), time::now());
        Self::start(move |path, stream, _| {
            // Three segments were filmed before.
            let whole = began.elapsed().as_secs() / u64::from(seconds) + 3;
            match path.trim_matches('/') {
                "live.m3u8" => answer(stream, playlist(seconds, whole).as_bytes()),
                name => fs::read(folder.join(name)).map_or(Ok(()), |data| answer(stream, &data)),
            }
        })
    }

    fn start(
        serve: impl Fn(&str, &mut TcpStream, &dyn Fn() -> bool) -> io::Result<()>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        listener.set_nonblocking(true).expect("it can be asked");
        let (ended, serve) = (Arc::<AtomicBool>::default(), Arc::new(serve));
        let over = Arc::clone(&ended);
        let accept = move || {
            let mut all = Vec::new();
            while !over.load(Ordering::Acquire) {
                let Ok((mut stream, _)) = listener.accept() else {
                    time::sleep(Duration::from_millis(10));
                    continue;
                };
                let (serve, over) = (Arc::clone(&serve), Arc::clone(&over));
                let talk = move || {
                    // Who leaves early leaves an error.
                    let is_over = || over.load(Ordering::Acquire);
                    let path = request(&mut stream).unwrap_or_default();
                    drop(serve(&path, &mut stream, &is_over));
                };
                all.push(thread::Builder::new().spawn(talk).expect("a thread"));
            }
            all.into_iter().for_each(|thread| drop(thread.join()));
        };
        let thread = Some(thread::Builder::new().spawn(accept).expect("a thread"));
        Self { port, ended, thread }
    }

    /// The URL of what is served under this name.
    pub fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for LiveServer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn convert(film: &Path, arguments: &[&str], to: &Path) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-i"]).arg(film).args(["-c", "copy"]);
    let status = command.args(arguments).arg(to).status().expect("ffmpeg runs");
    assert!(status.success(), "{command:?}");
}

/// The path that is asked for.
fn request(stream: &mut TcpStream) -> io::Result<String> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = first.split(' ').nth(1).unwrap_or_default();
    Ok(path.split('?').next().unwrap_or_default().to_owned())
}

fn answer(stream: &mut TcpStream, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")?;
    stream.write_all(body)
}

/// The list of the last six of so many segments.
fn playlist(seconds: u32, whole: u64) -> String {
    let first = whole.saturating_sub(6);
    let mut list = format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{seconds}\n#EXT-X-MEDIA-SEQUENCE:{first}\n"
    );
    for number in first..whole {
        list += &format!("#EXTINF:{seconds}.000,\nall{number}.ts\n");
    }
    list
}

/// A tag of a file: its kind, its time in milliseconds, its body.
type Tag = (u8, u32, Vec<u8>);

/// The tags of a whole file.
fn tags(file: &[u8]) -> Vec<Tag> {
    let (mut rest, mut tags) = (&file[13..], Vec::new());
    while let Some((header, body)) = rest.split_first_chunk::<11>() {
        let size = u32::from_be_bytes([0, header[1], header[2], header[3]]) as usize;
        let time = u32::from_be_bytes([header[7], header[4], header[5], header[6]]);
        let Some(data) = body.get(..size) else { break };
        tags.push((header[0], time, data.to_vec()));
        rest = body.get(size + 4..).unwrap_or_default();
    }
    tags
}

/// Sends a film as it is said; what describes its streams has no time.
fn send_flv(
    stream: &mut TcpStream,
    tags: &[Tag],
    sending: Sending,
    is_over: &dyn Fn() -> bool,
) -> io::Result<()> {
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\nConnection: close\r\n\r\n")?;
    stream.write_all(b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00")?;
    let began = time::now();
    for (kind, millis, body) in tags {
        let film = i64::from(*millis);
        let held = sending.pause.map_or(0, |(at, length)| if film >= at { length } else { 0 });
        let due = (film - sending.backlog).max(0) + held;
        while began.elapsed() < Duration::from_millis(due.unsigned_abs()) {
            if is_over() {
                return Ok(());
            }
            let left = Duration::from_millis(due.unsigned_abs()).saturating_sub(began.elapsed());
            time::sleep(left.min(Duration::from_millis(50)));
        }
        let stamp = sending.begins.wrapping_add(*millis).to_be_bytes();
        let size = u32::try_from(body.len()).expect("24 bits").to_be_bytes();
        let mut tag = vec![*kind, size[1], size[2], size[3]];
        tag.extend_from_slice(&[stamp[1], stamp[2], stamp[3], stamp[0], 0, 0, 0]);
        tag.extend_from_slice(body);
        tag.extend_from_slice(&(11 + size.len() as u32).to_be_bytes());
        stream.write_all(&tag)?;
    }
    Ok(())
}
