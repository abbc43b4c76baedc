//! One connection to a destination: handshake, publishing, sending and health.

use std::io;
use std::net::TcpStream;
use std::sync::atomic::Ordering;

use engine::OutputState;
use rml_rtmp::handshake::{Handshake, HandshakeProcessResult, PeerType};
use rml_rtmp::sessions::{
    ClientSession, ClientSessionConfig, ClientSessionEvent, ClientSessionResult,
    PublishRequestType, StreamMetadata,
};
use rml_rtmp::time::RtmpTimestamp;
use show::EncodeProfile;

use super::connecting::Connecting;
use super::link::{CONNECT_MILLIS, Cause, Link, Lost, POLL_INTERVAL};
use super::outgoing::{Outgoing, would_block};
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
    key: String,
    publishing: bool,
    /// How many acknowledgements the server has sent.
    acknowledgements: u64,
}

impl Connection {
    /// Connects, does the handshake and publishes.
    pub fn open(
        target: &Target,
        profile: EncodeProfile,
        (link, connecting): (&Link<'_>, &mut Connecting),
    ) -> Result<Self, Lost> {
        let socket = connecting.connect(target, link)?;
        let deadline = (link.now)() + CONNECT_MILLIS * 1_000_000;
        socket.set_nodelay(true)?;
        // Half a second of the stream: with a larger buffer a peer that stops reading is noticed late.
        let bytes = (profile.video_kbps + profile.audio_kbps) as usize * 1_000 / 8 / 2;
        socket::set_send_buffer(&socket, bytes.max(MIN_SEND_BUFFER))?;
        socket.set_nonblocking(true)?;
        let stream = Stream::over(socket, target, |socket| wait(socket, deadline, link))?;
        let mut config = ClientSessionConfig::new();
        config.flash_version = "FMLE/3.0 (compatible; Downstage)".to_owned();
        config.tc_url = Some(target.tc_url.clone());
        config.window_ack_size = ACK_WINDOW as u32;
        let (session, first) = ClientSession::new(config).map_err(|_| not_rtmp())?;
        let mut connection = Self {
            stream,
            session,
            outgoing: Outgoing::default(),
            sent: 0,
            preamble: 0,
            base: None,
            key: target.key.clone(),
            publishing: false,
            acknowledgements: 0,
        };
        connection.handshake(deadline, link)?;
        connection.handle(first)?;
        let request = connection.session.request_connection(target.app.clone());
        connection.handle(vec![request.map_err(|_| not_rtmp())?])?;
        while !connection.publishing {
            connection.exchange(link)?;
            connection.wait(deadline, link)?;
        }
        Ok(connection)
    }

    fn handshake(&mut self, deadline: u64, link: &Link<'_>) -> Result<(), Lost> {
        let mut handshake = Handshake::new(PeerType::Client);
        self.outgoing.push(&handshake.generate_outbound_p0_and_p1().map_err(|_| not_rtmp())?);
        loop {
            self.flush(link)?;
            let bytes = self.receive()?;
            if bytes.is_empty() {
                self.wait(deadline, link)?;
                continue;
            }
            match handshake.process_bytes(&bytes).map_err(|_| not_rtmp())? {
                HandshakeProcessResult::InProgress { response_bytes } => {
                    self.outgoing.push(&response_bytes);
                }
                HandshakeProcessResult::Completed { response_bytes, remaining_bytes } => {
                    self.outgoing.push(&response_bytes);
                    let results = self.session.handle_input(&remaining_bytes);
                    return self.handle(results.map_err(|_| not_rtmp())?);
                }
            }
        }
    }

    fn wait(&self, deadline: u64, link: &Link<'_>) -> Result<(), Lost> {
        wait(self.stream.socket(), deadline, link)
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
        let bytes = self.receive()?;
        if !bytes.is_empty() {
            let results = self.session.handle_input(&bytes).map_err(|_| not_rtmp())?;
            self.handle(results)?;
        }
        self.flush(link)
    }

    /// Queues what the session wants to send, and handles the peer's answers.
    fn handle(&mut self, results: Vec<ClientSessionResult>) -> Result<(), Lost> {
        for result in results {
            match result {
                ClientSessionResult::OutboundResponse(packet) => {
                    self.outgoing.push(&packet.bytes);
                }
                ClientSessionResult::RaisedEvent(event) => self.handle_event(event)?,
                ClientSessionResult::UnhandleableMessageReceived(_) => {}
            }
        }
        Ok(())
    }

    fn handle_event(&mut self, event: ClientSessionEvent) -> Result<(), Lost> {
        match event {
            ClientSessionEvent::ConnectionRequestAccepted => {
                let kind = PublishRequestType::Live;
                let request = self.session.request_publishing(self.key.clone(), kind);
                self.handle(vec![request.map_err(|_| not_rtmp())?])
            }
            ClientSessionEvent::PublishRequestAccepted => {
                self.publishing = true;
                Ok(())
            }
            ClientSessionEvent::AcknowledgementReceived { .. } => {
                self.acknowledgements += 1;
                Ok(())
            }
            // A server's message may quote the key: only the refusal itself is reported.
            ClientSessionEvent::ConnectionRequestRejected { .. } => Err(Lost::Because(Cause::App)),
            ClientSessionEvent::UnhandleableOnStatusCode { code }
                if code.contains("BadName") || code.contains("Reject") =>
            {
                Err(Lost::Because(Cause::Key))
            }
            _ => Ok(()),
        }
    }

    fn headers(&mut self, headers: &Headers) -> Result<(), Lost> {
        let (width, height) = headers.format.raster.size();
        let (num, den) = headers.format.rate.fraction();
        let mut metadata = StreamMetadata::new();
        metadata.video_width = Some(width);
        metadata.video_height = Some(height);
        metadata.video_codec_id = Some(7);
        metadata.video_frame_rate = Some(num as f32 / den as f32);
        metadata.video_bitrate_kbps = Some(headers.profile.video_kbps);
        metadata.audio_codec_id = Some(10);
        metadata.audio_bitrate_kbps = Some(headers.profile.audio_kbps);
        metadata.audio_sample_rate = Some(show::Format::AUDIO_RATE);
        metadata.audio_channels = Some(2);
        metadata.audio_is_stereo = Some(true);
        metadata.encoder = Some("Downstage".to_owned());
        let metadata = self.session.publish_metadata(&metadata).map_err(|_| not_rtmp())?;
        let (video, audio) = flv::headers(headers);
        let zero = RtmpTimestamp::new(0);
        let video = self.session.publish_video_data(video.into(), zero, false);
        let audio = self.session.publish_audio_data(audio.into(), zero, false);
        let (video, audio) = (video.map_err(|_| not_rtmp())?, audio.map_err(|_| not_rtmp())?);
        self.handle(vec![metadata, video, audio])
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
        // RTMP timestamps are milliseconds and wrap after 49 days (RTMP 1.0, 5.3.1.1).
        let time = RtmpTimestamp::new(((since + 500_000) / 1_000_000) as u32);
        let body = flv::body(unit).into();
        let result = match unit.kind {
            UnitKind::Sound => self.session.publish_audio_data(body, time, false),
            UnitKind::Keyframe | UnitKind::Picture => {
                self.session.publish_video_data(body, time, false)
            }
        };
        self.handle(vec![result.map_err(|_| not_rtmp())?])
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
        let results = self.session.stop_publishing().map_err(|_| not_rtmp())?;
        self.handle(results)?;
        let deadline = (link.now)() + UNPUBLISH_NANOS;
        while (link.now)() < deadline {
            // Its answers are read, or waiting for them would not wait.
            match self.exchange(link) {
                Err(Lost::Because(Cause::Closed)) => return Ok(()),
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
fn wait(socket: &TcpStream, deadline: u64, link: &Link<'_>) -> Result<(), Lost> {
    if link.queue.is_closed() {
        return Err(Lost::Stopped);
    }
    if (link.now)() > deadline {
        return Err(Lost::Because(Cause::Silent));
    }
    socket::wait_readable(socket, POLL_INTERVAL)?;
    Ok(())
}

fn not_rtmp() -> Lost {
    Lost::Because(Cause::NotRtmp)
}
