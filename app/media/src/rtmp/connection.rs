//! One connection to a destination: handshake, publishing, sending and health.

use std::io;
use std::net::TcpStream;
use std::sync::atomic::Ordering;

use engine::OutputState;
use rtmp::amf0::Value;
use rtmp::chunk::WriteError;
use rtmp::{ClientEvent, ClientSession, Publication};
use show::EncodeProfile;

use super::connecting::{self, Resolving, Waiting};
use super::link::{Cause, Link, Lost, POLL_INTERVAL};
use super::outgoing::{MAX_OUTGOING, Outgoing, would_block};
use super::phase::Phase;
use super::stream::Stream;
use super::target::Target;
use crate::encode::{Headers, Unit, UnitKind};
use crate::health::{ACK_WINDOW, Backoff, Health, Peer};
use crate::queue::{Packet, Pop};
use crate::{flv, socket};

/// How long unpublishing may take, in nanoseconds.
const UNPUBLISH_NANOS: u64 = 700_000_000;
/// The smallest send buffer of the socket, in bytes.
const MIN_SEND_BUFFER: usize = 64 << 10;

pub struct Connection {
    stream: Stream,
    session: ClientSession,
    outgoing: Outgoing,
    sent: u64,
    /// How many bytes of handshake, commands and headers precede the first unit.
    preamble: u64,
    base: Option<i64>,
    /// What the server is waited for, and until when, in nanoseconds; `None` once it takes the stream.
    awaited: Option<(Phase, u64)>,
    /// How many acknowledgements the server has sent.
    acknowledgements: u64,
    /// How many bytes of those that wait answer what the server asked for.
    answers: usize,
}

impl Connection {
    /// Connects, does the handshake and publishes.
    pub fn open(
        target: &Target,
        publication: Publication,
        profile: EncodeProfile,
        (link, resolving): (&Link<'_>, &mut Resolving),
    ) -> Result<Self, Lost> {
        let is_stopped = || link.queue.is_closed();
        let waiting = Waiting { now: link.now, is_stopped: &is_stopped };
        let addresses = resolving.resolve((&target.host, target.port), waiting)?;
        let socket = connecting::connect(&addresses, waiting)?;
        socket.set_nodelay(true)?;
        // Half a second of the stream: with a larger buffer a peer that stops reading is noticed late.
        let bytes = (profile.video_kbps + profile.audio_kbps) as usize * 1_000 / 8 / 2;
        socket::set_send_buffer(&socket, bytes.max(MIN_SEND_BUFFER))?;
        let deadline = Phase::Tls.deadline((link.now)());
        let stream =
            Stream::over(socket, target, |socket| wait(socket, (Phase::Tls, deadline), link))?;
        let mut connection = Self {
            stream,
            session: ClientSession::new(publication, (link.now)()),
            outgoing: Outgoing::default(),
            sent: 0,
            preamble: 0,
            base: None,
            awaited: None,
            acknowledgements: 0,
            answers: 0,
        };
        connection.begin(Phase::Handshake, link);
        loop {
            connection.exchange(link).map_err(|lost| match (lost, connection.awaited) {
                (Lost::Because(Cause::Closed), Some((Phase::Publish, _))) => {
                    Lost::Because(Cause::ClosedOnKey)
                }
                (lost, _) => lost,
            })?;
            let Some(awaited) = connection.awaited else { return Ok(connection) };
            wait(connection.stream.socket(), awaited, link)?;
        }
    }

    fn begin(&mut self, phase: Phase, link: &Link<'_>) {
        self.awaited = Some((phase, phase.deadline((link.now)())));
    }

    /// Sends what comes from the queue until the output is stopped or the connection is lost.
    pub fn stream(
        mut self,
        link: &Link<'_>,
        backoff: &mut Backoff,
        reported: &mut Option<OutputState>,
    ) -> Result<(), Lost> {
        let mut health = Health::default();
        let began = (link.now)();
        let mut by_acknowledgements = false;
        loop {
            if self.outgoing.has_room() {
                match link.queue.pop(POLL_INTERVAL) {
                    Pop::Closed => return self.unpublish(link),
                    Pop::Empty => {}
                    Pop::Packet(Packet::Headers(headers)) => self.headers(&headers)?,
                    Pop::Packet(Packet::Unit(unit)) => self.unit(&unit)?,
                }
            } else {
                socket::wait_writable(self.stream.socket(), POLL_INTERVAL)?;
                if link.queue.is_closed() {
                    return self.unpublish(link);
                }
            }
            self.exchange(link)?;
            let now = (link.now)();
            let outgoing = self.outgoing.waiting() as u64;
            let unacknowledged = socket::unacknowledged(self.stream.socket())? + outgoing;
            let edge = socket::window_edge(self.stream.socket());
            // A server that acknowledges only now and then, whatever it was asked for, is judged by TCP.
            let expected = self.sent / ACK_WINDOW;
            by_acknowledgements |=
                self.acknowledgements >= 4 && self.acknowledgements * 2 >= expected;
            let acknowledgements = by_acknowledgements.then_some(self.acknowledgements);
            let peer = Peer { unacknowledged, edge, acknowledgements };
            let state = health.observe(now, self.sent + outgoing, peer);
            link.stats.unacknowledged.store(unacknowledged, Ordering::Relaxed);
            let age = health.age(now) / 1_000_000;
            link.stats.ack_age_millis.store(age, Ordering::Relaxed);
            let Some(state) = state else {
                return Err(Lost::Because(Cause::Stuck));
            };
            // Live is what has been acknowledged, not what has been written; and pictures, not the
            // preamble.
            let acknowledged = (self.sent + outgoing).saturating_sub(unacknowledged);
            let proven = self.base.is_some() && acknowledged > self.preamble;
            if *reported != Some(state) && (proven || state != OutputState::Live) {
                *reported = Some(state);
                (link.report)(state);
                if state == OutputState::Live {
                    (link.recovered)();
                }
            }
            if now - began > 10_000_000_000 {
                backoff.reset();
            }
        }
    }

    /// Handles what the peer sent, and sends what waits, without blocking.
    fn exchange(&mut self, link: &Link<'_>) -> Result<(), Lost> {
        let received = self.receive()?;
        let mut rest = received.as_slice();
        while let Some(event) = self.session.next(&mut rest).map_err(|error| {
            tracing::debug!("{error}");
            Lost::Because(Cause::NotRtmp)
        })? {
            self.handle(event, link)?;
        }
        // A server that asks without reading would make us hold its answers without end.
        self.answers = self.answers.min(self.outgoing.waiting()) + self.session.output().len();
        if self.answers > MAX_OUTGOING {
            return Err(Lost::Because(Cause::Stuck));
        }
        self.queue_output();
        self.flush(link)
    }

    /// Queues what the session wants to send.
    fn queue_output(&mut self) {
        let output = self.session.output();
        self.outgoing.push(output);
        output.clear();
    }

    fn handle(&mut self, event: ClientEvent, link: &Link<'_>) -> Result<(), Lost> {
        match event {
            ClientEvent::HandshakeDone => self.begin(Phase::Application, link),
            ClientEvent::Connected => self.begin(Phase::Publish, link),
            ClientEvent::Publishing => self.awaited = None,
            ClientEvent::Acknowledged(_) => self.acknowledgements += 1,
            // Its description may quote the key, so only its code is said.
            ClientEvent::Refused(refusal) => return Err(Lost::Refused(refusal)),
            ClientEvent::Ignored(ignored) => {
                link.stats.ignored.fetch_add(1, Ordering::Relaxed);
                tracing::trace!("ignored: {ignored}");
            }
        }
        Ok(())
    }

    fn headers(&mut self, headers: &Headers) -> Result<(), Lost> {
        let (width, height) = headers.format.raster.size();
        let (num, den) = headers.format.rate.fraction();
        let properties = [
            ("duration", Value::Number(0.0)),
            ("width", Value::Number(width.into())),
            ("height", Value::Number(height.into())),
            ("videocodecid", Value::Number(7.0)),
            ("videodatarate", Value::Number(headers.profile.video_kbps.into())),
            ("framerate", Value::Number(f64::from(num) / f64::from(den))),
            ("audiocodecid", Value::Number(10.0)),
            ("audiodatarate", Value::Number(headers.profile.audio_kbps.into())),
            ("audiosamplerate", Value::Number(show::Format::AUDIO_RATE.into())),
            ("audiosamplesize", Value::Number(16.0)),
            ("audiochannels", Value::Number(2.0)),
            ("stereo", Value::Boolean(true)),
            ("encoder", Value::string("Downstage")),
        ];
        let named = properties.map(|(name, value)| (name.to_owned(), value));
        self.session.metadata(Value::EcmaArray(named.into())).map_err(too_long)?;
        let (video, audio) = flv::headers(headers);
        self.session.video(0, &video).map_err(too_long)?;
        self.session.audio(0, &audio).map_err(too_long)?;
        self.queue_output();
        Ok(())
    }

    fn unit(&mut self, unit: &Unit) -> Result<(), Lost> {
        let base = match (self.base, unit.kind) {
            (Some(base), _) => base,
            (None, UnitKind::Keyframe) => {
                self.preamble = self.sent + self.outgoing.waiting() as u64;
                *self.base.insert(unit.pts)
            }
            (None, _) => return Ok(()),
        };
        // Sound from before the first picture is not part of the stream.
        let Ok(since) = u64::try_from(unit.pts - base) else { return Ok(()) };
        // RTMP timestamps are milliseconds and wrap after 49 days (RTMP 1.0, 5.1).
        let time = ((since + 500_000) / 1_000_000) as u32;
        let body = flv::body(unit);
        match unit.kind {
            UnitKind::Sound => self.session.audio(time, &body),
            UnitKind::Keyframe | UnitKind::Picture => self.session.video(time, &body),
        }
        .map_err(too_long)?;
        self.queue_output();
        Ok(())
    }

    fn receive(&mut self) -> Result<Vec<u8>, Lost> {
        let mut bytes = [0; 4_096];
        match self.stream.io().read(&mut bytes) {
            Ok(0) => Err(Lost::Because(Cause::Closed)),
            Ok(count) => Ok(bytes[..count].to_vec()),
            Err(error) if would_block(&error) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes as much as the socket takes without blocking.
    fn flush(&mut self, link: &Link<'_>) -> Result<(), Lost> {
        let written =
            self.outgoing.write_to(self.stream.io()).map_err(|error| match error.kind() {
                io::ErrorKind::WriteZero => Lost::Because(Cause::Closed),
                _ => error.into(),
            })?;
        self.sent += written;
        link.stats.sent.fetch_add(written, Ordering::Relaxed);
        Ok(())
    }

    /// Unpublishes; gives up at the deadline if the peer does not read.
    fn unpublish(mut self, link: &Link<'_>) -> Result<(), Lost> {
        self.session.unpublish();
        self.queue_output();
        let deadline = (link.now)() + UNPUBLISH_NANOS;
        while (link.now)() < deadline {
            // Its answers are read, or waiting for them would not wait.
            match self.exchange(link) {
                // Some say that it has ended by a status of its own.
                Err(Lost::Because(Cause::Closed) | Lost::Refused(_)) => return Ok(()),
                done => done?,
            }
            if self.outgoing.waiting() == 0 {
                self.stream.say_end();
            }
            let waiting = socket::unacknowledged(self.stream.socket())?;
            if self.outgoing.waiting() == 0 && waiting == 0 {
                break;
            }
            socket::wait_readable(self.stream.socket(), POLL_INTERVAL)?;
        }
        Ok(())
    }
}

/// Waits briefly for the peer; an error once the deadline is past or the output is stopped.
fn wait(socket: &TcpStream, (phase, deadline): (Phase, u64), link: &Link<'_>) -> Result<(), Lost> {
    if link.queue.is_closed() {
        return Err(Lost::Stopped);
    }
    if (link.now)() > deadline {
        return Err(Lost::Because(Cause::TimedOut(phase)));
    }
    socket::wait_readable(socket, POLL_INTERVAL)?;
    Ok(())
}

fn too_long(error: WriteError) -> Lost {
    Lost::Because(Cause::System(error.to_string()))
}
