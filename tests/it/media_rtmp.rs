//! Destinations, against a server that is not ours: what arrives there, and what is said of it when
//! it refuses, dies, freezes or comes back.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use engine::{FrameIndex, OutputState};
use media::encode::{Sink, Unit};
use media::hub::Hub;
use media::queue::{Queue, QueueBounds};
use media::rtmp::{self, Cause, Link, RtmpStats, Target};
use show::{EncodeProfile, Format, FrameRate, Raster, SeiPolicy};
use tests::canary::{Fault, real_time, within};
use tests::nginx::{self, Nginx, Options};
use tests::numbers::{self, Area};
use tests::time::{self, PATIENCE};
use tests::{decode, sei};

use crate::media_encode::{Collect, feed, start_media};

const FORMAT: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const PROFILE: EncodeProfile = EncodeProfile {
    video_kbps: 800,
    keyframe_millis: 1_000,
    preset: show::Preset::Ultrafast,
    audio_kbps: 128,
};

/// A stream that goes on at its own pace into a hub, whatever its outputs do: the same encode again
/// and again, its numbers starting over.
pub struct Stream {
    hub: Arc<Hub>,
    ended: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Frames of the encode that is played; three seconds.
const LAP: u64 = 75;

impl Stream {
    pub fn start() -> Self {
        start_media();
        let sink = Arc::new(Collect::default());
        let encoder = media::encode::Encoder::start(FORMAT, PROFILE, sink.clone()).unwrap();
        feed(&encoder, FORMAT, 0..LAP, &[]);
        let (units, hub, ended) = (sink.units(), Arc::new(Hub::default()), Arc::default());
        hub.headers(sink.headers());
        let (of_thread, stop) = (Arc::clone(&hub), Arc::clone(&ended));
        let play = move || play(units, &of_thread, &stop);
        let thread = thread::Builder::new().name("stream".to_owned()).spawn(play).unwrap();
        Self { hub, ended, thread: Some(thread) }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        drop(self.thread.take().map(thread::JoinHandle::join));
    }
}

fn play(mut units: Vec<Unit>, hub: &Hub, ended: &AtomicBool) {
    units.sort_by_key(|unit| unit.pts);
    let (start, lap) = (time::now(), FrameIndex(LAP).nanos(FORMAT.rate) as i64);
    for round in 0.. {
        for unit in &units {
            let pts = unit.pts + round * lap;
            time::sleep_until(start + Duration::from_nanos(pts.max(0) as u64));
            if ended.load(Ordering::Acquire) {
                return;
            }
            hub.unit(Unit { pts, ..unit.clone() });
        }
    }
}

/// A destination on its thread, and what it said.
pub struct Destination {
    hub: Arc<Hub>,
    queue: Arc<Queue>,
    pub stats: Arc<RtmpStats>,
    said: Arc<Mutex<Said>>,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Clone, Debug, Default)]
pub struct Said {
    pub states: Vec<(u64, OutputState)>,
    pub troubles: Vec<String>,
    pub causes: Vec<Cause>,
    recovered: u32,
}

impl Destination {
    pub fn start(stream: &Stream, url: &str, key: &str) -> Self {
        Self::start_at_pace(stream, url, key, 1)
    }

    /// With a clock that goes so many times as fast as the real one: what is waited for passes sooner.
    pub fn start_at_pace(stream: &Stream, url: &str, key: &str, pace: u64) -> Self {
        let (hub, queue) =
            (Arc::clone(&stream.hub), Arc::new(Queue::new(QueueBounds::DESTINATION)));
        let (stats, said) = (Arc::new(RtmpStats::default()), Arc::new(Mutex::new(Said::default())));
        let target = Target::parse(url, key).unwrap();
        hub.join(SeiPolicy::default(), Arc::clone(&queue));
        let (h, q, s, t) =
            (Arc::clone(&hub), Arc::clone(&queue), Arc::clone(&stats), Arc::clone(&said));
        let run = move || {
            let link = Link {
                queue: &q,
                stats: &s,
                report: &|state| t.lock().unwrap().states.push((time::nanos(), state)),
                lost: &|lost| {
                    let mut said = t.lock().unwrap();
                    said.troubles.push(lost.to_string());
                    said.causes.push(lost.cause);
                },
                recovered: &|| t.lock().unwrap().recovered += 1,
                rejoin: &|| h.rejoin(SeiPolicy::default(), &q),
                now: &|| time::nanos() * pace,
            };
            rtmp::run(&target, PROFILE, &link);
        };
        let thread = thread::Builder::new().name("destination".to_owned()).spawn(run).unwrap();
        Self { hub, queue, stats, said, thread: Some(thread) }
    }

    pub fn said(&self) -> Said {
        self.said.lock().unwrap().clone()
    }

    /// Waits until this state is reported, from report `from` on; when it was.
    pub fn wait_for(&self, state: OutputState, from: usize) -> u64 {
        let found = || {
            let said = self.said();
            said.states.get(from..)?.iter().find(|(_, other)| *other == state).map(|(at, _)| *at)
        };
        let at = time::wait_for(PATIENCE, found);
        at.unwrap_or_else(|| panic!("never {state:?}: {:?}", self.said()))
    }

    fn reports(&self) -> usize {
        self.said().states.len()
    }

    /// Stops it; how long that took.
    pub fn stop(&mut self) -> Duration {
        let start = time::now();
        self.hub.leave(&self.queue);
        self.thread.take().unwrap().join().unwrap();
        time::now() - start
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        self.queue.close();
        drop(self.thread.take().map(thread::JoinHandle::join));
    }
}

/// The numbers of a recording, which must follow each other, lap after lap, from a keyframe on.
fn assert_gapless(path: &std::path::Path, least: usize) {
    let seen = decode::pictures(path, |luma| numbers::read(&luma, Area::whole(&luma)).both());
    assert!(seen.len() >= least, "{} pictures", seen.len());
    let first = seen[0].what.unwrap().1;
    for (n, seen) in (0..).zip(&seen) {
        assert_eq!(seen.what, Some((5, (first + n) % LAP)), "picture {n}");
        let off = seen.pts - n as i64 * 40_000_000;
        assert!(off.abs() <= 1_000_000, "picture {n} is {off} ns off");
    }
}

#[test]
fn what_is_sent_arrives_whole_and_in_step_with_its_messages() {
    real_time("sent and pulled", FrameRate::R25, |_| {
        let mut server = Nginx::start(Options { record: true, key: None });
        let stream = Stream::start();
        let mut destination = Destination::start(&stream, &server.url(), "cam");
        destination.wait_for(OutputState::Live, 0);
        assert!(server.wait_for_stream("cam"), "{}", server.stat());
        // Another client sees it, too.
        let folder = tempfile::tempdir().unwrap();
        let pulled = folder.path().join("pulled.flv");
        assert!(nginx::pull(&format!("{}/cam", server.url()), 2, &pulled));
        assert!(decode::pictures(&pulled, |_| ()).len() >= 25);
        time::sleep(Duration::from_secs(3));
        let took = destination.stop();
        server.stop();
        let records = server.records();
        assert_eq!(records.len(), 1, "{records:?}");
        assert_gapless(&records[0], 100);
        let offset = decode::click_against_flash(&records[0]);
        println!("through RTMP: {offset:.2?}");
        assert!(offset.worst_millis.abs() <= 3.0, "{offset:?}");
        assert_eq!(destination.said().troubles, Vec::<String>::new());
        assert_eq!(destination.said().recovered, 1);
        // No moments were given to the hub, so nothing but the encoder's own message is there.
        assert!(sei::messages(&records[0]).iter().all(|message| message.layout_volume().is_none()));
        within("stopping", took, Duration::from_secs(1))
    });
}

#[test]
fn a_server_that_dies_is_told_and_found_again_with_a_keyframe() {
    real_time("a server dead for 0.7 s", FrameRate::R25, |_| {
        let mut server = Nginx::start(Options { record: true, key: None });
        let stream = Stream::start();
        let mut destination = Destination::start(&stream, &server.url(), "cam");
        destination.wait_for(OutputState::Live, 0);
        time::sleep(Duration::from_secs(1));
        let reports = destination.reports();
        let killed = time::nanos();
        server.kill9();
        let told = destination.wait_for(OutputState::Reconnecting, reports) - killed;
        time::sleep(Duration::from_millis(700));
        let reports = destination.reports();
        let restarted = time::nanos();
        server.restart();
        let back = destination.wait_for(OutputState::Live, reports) - restarted;
        println!(
            "dead for 0.7 s: told after {} ms, back {} ms after the server",
            told / 1_000_000,
            back / 1_000_000
        );
        time::sleep(Duration::from_millis(2_500));
        destination.stop();
        server.stop();
        let records = server.records();
        assert_gapless(records.last().unwrap(), 30);
        let said = destination.said();
        assert!(said.troubles.iter().all(|words| words.starts_with("127.0.0.1: ")), "{said:?}");
        assert!(destination.stats.connections.load(Ordering::Relaxed) >= 3);
        within("told", Duration::from_nanos(told), Duration::from_millis(500))?;
        within("back", Duration::from_nanos(back), Duration::from_secs(3))
    });
}

#[test]
fn a_server_that_freezes_is_no_longer_live_and_is_given_up_after_four_seconds() {
    real_time("a server that freezes", FrameRate::R25, |_| {
        let server = Nginx::start(Options::default());
        let stream = Stream::start();
        let mut destination = Destination::start(&stream, &server.url(), "cam");
        destination.wait_for(OutputState::Live, 0);
        time::sleep(Duration::from_secs(1));
        let reports = destination.reports();
        let frozen = time::nanos();
        server.freeze();
        let after = |state| (destination.wait_for(state, reports) - frozen) as f64 / 1e9;
        let (slow, stalled, lost) = (
            after(OutputState::Slow),
            after(OutputState::Stalled),
            after(OutputState::Reconnecting),
        );
        println!("frozen: slow after {slow:.2} s, stalled {stalled:.2} s, given up {lost:.2} s");
        // A frozen process's system still acknowledges until its own buffer is full.
        assert!(slow < stalled && stalled < lost, "one after the other");
        if (lost - slow - 3.0).abs() >= 0.5 {
            return Err(Fault::Late(format!("slow after {slow:.2} s, given up after {lost:.2} s")));
        }
        let reports = destination.reports();
        server.thaw();
        destination.wait_for(OutputState::Live, reports);
        within("stopping", destination.stop(), Duration::from_secs(1))
    });
}

#[test]
fn a_wrong_key_is_told_without_being_quoted_and_a_right_one_is_taken() {
    let server = Nginx::start(Options { record: false, key: Some("right") });
    let stream = Stream::start();
    let wrong = Destination::start(&stream, &server.url(), "cam?key=wr0ng-secret");
    wrong.wait_for(OutputState::Reconnecting, 0);
    let said = wrong.said();
    assert!(said.states.iter().all(|(_, state)| *state != OutputState::Live), "{said:?}");
    assert!(!said.troubles[0].contains("wr0ng"), "{said:?}");
    assert_eq!(said.causes[0], Cause::ClosedOnKey);
    println!("{}", said.troubles[0]);
    drop(wrong);
    let right = Destination::start(&stream, &server.url(), "cam?key=right");
    right.wait_for(OutputState::Live, 0);
}

#[test]
fn nobody_there_is_told_at_once_and_a_silent_peer_after_five_seconds() {
    real_time("nobody there", FrameRate::R25, |_| {
        let stream = Stream::start();
        let closed = {
            let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
            listener.local_addr().unwrap()
        };
        let start = time::nanos();
        let mut refused = Destination::start(&stream, &format!("rtmp://{closed}/live"), "cam");
        let told = Duration::from_nanos(refused.wait_for(OutputState::Reconnecting, 0) - start);
        within("refused", told, Duration::from_millis(500))?;
        within("stopping", refused.stop(), Duration::from_millis(200))?;
        let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("rtmp://{}/live", silent.local_addr().unwrap());
        let start = time::nanos();
        let mut destination = Destination::start(&stream, &url, "cam");
        let told = destination.wait_for(OutputState::Reconnecting, 0) - start;
        assert!(told >= 4_500_000_000, "told after {told} ns");
        assert!(destination.said().troubles[0].contains("does not answer"));
        within("silent", Duration::from_nanos(told), Duration::from_millis(6_500))?;
        within("stopping", destination.stop(), Duration::from_millis(200))
    });
}

#[test]
fn what_is_no_rtmp_url_is_refused() {
    for url in [
        "",
        "http://host/app",
        "rtmp://host",
        "rtmp:///app",
        "rtmp://host:port/app",
        "rtmp://:p@host/app",
    ] {
        assert!(Target::parse(url, "key").is_err(), "{url}");
    }
    for url in ["rtmp://host/app", "rtmps://host:444/app/instance/", "rtmp://[::1]:1935/live"] {
        assert!(Target::parse(url, "key").is_ok(), "{url}");
    }
}

#[test]
fn a_destination_that_waits_is_tried_at_once_if_it_is_asked_for() {
    real_time("asked to try again", FrameRate::R25, |_| {
        let stream = Stream::start();
        // Nobody listens on a port that was just given back.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let destination =
            Destination::start(&stream, &format!("rtmp://127.0.0.1:{port}/live"), "key");
        let stats = &destination.stats;
        let connections = || stats.connections.load(Ordering::Relaxed);
        // By then it waits two seconds each time, a tenth more or less.
        let waits = || {
            let next = stats.next_try.load(Ordering::Relaxed);
            (connections() >= 3 && next > time::nanos() + 1_400_000_000).then_some(connections())
        };
        let before = time::wait_for(PATIENCE, waits).expect("it waits");
        stats.retries.fetch_add(1, Ordering::Release);
        let tried = || (connections() > before).then_some(());
        let asked = time::now();
        time::wait_for(PATIENCE, tried).expect("it tries again");
        within("another try", asked.elapsed(), Duration::from_millis(900))?;
        // Asked once, tried once.
        time::sleep(Duration::from_millis(600));
        let tries = connections() - before;
        if tries > 1 {
            return Err(Fault::Late(format!("{tries} tries within 1.5 s")));
        }
        Ok(())
    });
}

/// Runs a destination that gets nowhere, and yields how long it takes to end once it is stopped.
fn time_to_end(url: &str) -> Duration {
    let queue = Queue::new(QueueBounds::DESTINATION);
    let (stats, target) = (RtmpStats::default(), Target::parse(url, "key").unwrap());
    thread::scope(|scope| {
        scope.spawn(|| {
            let link = Link {
                queue: &queue,
                stats: &stats,
                report: &|_| {},
                lost: &|_| {},
                recovered: &|| {},
                rejoin: &|| {},
                now: &time::nanos,
            };
            rtmp::run(&target, PROFILE, &link);
        });
        time::sleep(Duration::from_millis(700));
        let stopped = time::now();
        queue.close();
        stopped
    })
    .elapsed()
}

#[test]
fn a_destination_that_is_still_connecting_ends_at_once() {
    // A server that takes the connection and says nothing, with TLS or without.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    for url in [format!("rtmp://127.0.0.1:{port}/live"), format!("rtmps://127.0.0.1:{port}/live")] {
        let took = time_to_end(&url);
        assert!(took < Duration::from_millis(800), "{url}: {took:?}");
    }
}
