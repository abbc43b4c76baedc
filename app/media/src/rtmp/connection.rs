//! One connection to a destination: greeting, publishing, sending and its health.

use std::io;
use std::sync::atomic::Ordering;

use engine::OutputState;
use rml_rtmp::handshake::{Handshake, HandshakeProcessResult, PeerType};
use rml_rtmp::sessions::{
    ClientSession, ClientSessionConfig, ClientSessionEvent, ClientSessionResult,
    PublishRequestType, StreamMetadata,
};
use rml_rtmp::time::RtmpTimestamp;
use show::EncodeProfile;

use super::link::{CONNECT_MILLIS, Cause, Link, Lost, TURN};
use super::stream::{Stream, connect};
use super::target::Target;
use crate::encode::{Headers, Unit, UnitKind};
use crate::health::{ACKNOWLEDGED_EACH, Backoff, Health, Peer};
use crate::queue::{Packet, Popped};
use crate::{flv, socket};

/// How long the end of a stream may take.
const GOODBYE_NANOS: u64 = 700_000_000;
/// The least the system takes in for us, in bytes.
const LEAST_BUFFER: usize = 64 << 10;
/// What waits here, beside the system's buffer, before the queue is left to fill, in bytes.
const MOST_OUTGOING: usize = 64 << 10;

pub struct Connection {
    stream: Stream,
    session: ClientSession,
    outgoing: Vec<u8>,
    /// How much of `outgoing` has been taken.
    taken: usize,
    sent: u64,
    /// How many bytes of greeting and headers go before the first unit.
    greeting: u64,
    base: Option<i64>,
    key: String,
    publishing: bool,
    /// How often the server has said how much it took.
    acknowledgements: u64,
}

impl Connection {
    /// Connects, shakes hands and publishes.
    pub fn open(target: &Target, profile: EncodeProfile, link: &Link<'_>) -> Result<Self, Lost> {
        let deadline = (link.now)() + CONNECT_MILLIS * 1_000_000;
        let socket = connect(target)?;
        socket.set_nodelay(true)?;
        // Half a second of the stream: a peer that stops reading is seen before much is lost in here.
        let bytes = (profile.video_kbps + profile.audio_kbps) as usize * 1_000 / 8 / 2;
        socket::set_send_buffer(&socket, bytes.max(LEAST_BUFFER))?;
        let stream = Stream::over(socket, target)?;
        stream.socket().set_nonblocking(true)?;
        let mut config = ClientSessionConfig::new();
        config.flash_version = "FMLE/3.0 (compatible; Downstage)".to_owned();
        config.tc_url = Some(target.tc_url.clone());
        config.window_ack_size = ACKNOWLEDGED_EACH as u32;
        let (session, first) = ClientSession::new(config).map_err(|_| broken())?;
        let mut connection = Self {
            stream,
            session,
            outgoing: Vec::new(),
            taken: 0,
            sent: 0,
            greeting: 0,
            base: None,
            key: target.key.clone(),
            publishing: false,
            acknowledgements: 0,
        };
        connection.shake_hands(deadline, link)?;
        connection.take(first)?;
        let wish = connection.session.request_connection(target.app.clone());
        connection.take(vec![wish.map_err(|_| broken())?])?;
        while !connection.publishing {
            connection.turn(link)?;
            connection.wait(deadline, link)?;
        }
        Ok(connection)
    }

    fn shake_hands(&mut self, deadline: u64, link: &Link<'_>) -> Result<(), Lost> {
        let mut hands = Handshake::new(PeerType::Client);
        self.outgoing = hands.generate_outbound_p0_and_p1().map_err(|_| broken())?;
        loop {
            self.flush(link)?;
            let bytes = self.receive()?;
            if bytes.is_empty() {
                self.wait(deadline, link)?;
                continue;
            }
            match hands.process_bytes(&bytes).map_err(|_| broken())? {
                HandshakeProcessResult::InProgress { response_bytes } => {
                    self.outgoing.extend(response_bytes);
                }
                HandshakeProcessResult::Completed { response_bytes, remaining_bytes } => {
                    self.outgoing.extend(response_bytes);
                    let results = self.session.handle_input(&remaining_bytes);
                    return self.take(results.map_err(|_| broken())?);
                }
            }
        }
    }

    /// Waits a turn for the peer; an error once the deadline is past or the output is stopped.
    fn wait(&self, deadline: u64, link: &Link<'_>) -> Result<(), Lost> {
        if link.queue.is_closed() {
            return Err(Lost::Stopped);
        }
        if (link.now)() > deadline {
            return Err(Lost::Because(Cause::Silent));
        }
        socket::wait_readable(self.stream.socket(), TURN)?;
        Ok(())
    }

    /// Sends what comes until the output is stopped or the connection lost.
    pub fn stream(
        mut self,
        link: &Link<'_>,
        backoff: &mut Backoff,
        told: &mut Option<OutputState>,
    ) -> Result<(), Lost> {
        let mut health = Health::default();
        let began = (link.now)();
        let mut spoke = false;
        loop {
            if self.outgoing.len() - self.taken < MOST_OUTGOING {
                match link.queue.pop(TURN) {
                    Popped::Closed => return self.goodbye(link),
                    Popped::Empty => {}
                    Popped::Packet(Packet::Headers(headers)) => self.headers(&headers)?,
                    Popped::Packet(Packet::Unit(unit)) => self.unit(&unit)?,
                }
            } else {
                socket::wait_writable(self.stream.socket(), TURN)?;
                if link.queue.is_closed() {
                    return self.goodbye(link);
                }
            }
            self.turn(link)?;
            let now = (link.now)();
            let inside = (self.outgoing.len() - self.taken) as u64;
            let unacknowledged = socket::unacknowledged(self.stream.socket())? + inside;
            let edge = socket::window_edge(self.stream.socket());
            // One that says so only now and then, whatever it is asked, is judged by its system.
            let each = self.sent / ACKNOWLEDGED_EACH;
            let keeps = self.acknowledgements >= 4 && self.acknowledgements * 2 >= each;
            let acknowledgements = (keeps || spoke).then_some(self.acknowledgements);
            spoke |= keeps;
            let peer = Peer { unacknowledged, edge, acknowledgements };
            let state = health.observe(now, self.sent + inside, peer);
            link.stats.unacknowledged.store(unacknowledged, Ordering::Relaxed);
            let age = health.age(now) / 1_000_000;
            link.stats.ack_age_millis.store(age, Ordering::Relaxed);
            let Some(state) = state else {
                return Err(Lost::Because(Cause::Stuck));
            };
            // On air is what has been acknowledged, not what has been written; and pictures, not
            // the greeting.
            let acknowledged = (self.sent + inside).saturating_sub(unacknowledged);
            let proven = self.base.is_some() && acknowledged > self.greeting;
            if *told != Some(state) && (proven || state != OutputState::Live) {
                *told = Some(state);
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

    /// Takes what the peer said, and gives it what waits.
    fn turn(&mut self, link: &Link<'_>) -> Result<(), Lost> {
        let bytes = self.receive()?;
        if !bytes.is_empty() {
            let results = self.session.handle_input(&bytes).map_err(|_| broken())?;
            self.take(results)?;
        }
        self.flush(link)
    }

    /// Queues what the session wants to send, and acts on what the peer decided.
    fn take(&mut self, results: Vec<ClientSessionResult>) -> Result<(), Lost> {
        for result in results {
            match result {
                ClientSessionResult::OutboundResponse(packet) => {
                    self.outgoing.extend_from_slice(&packet.bytes);
                }
                ClientSessionResult::RaisedEvent(event) => self.heard(event)?,
                ClientSessionResult::UnhandleableMessageReceived(_) => {}
            }
        }
        Ok(())
    }

    fn heard(&mut self, event: ClientSessionEvent) -> Result<(), Lost> {
        match event {
            ClientSessionEvent::ConnectionRequestAccepted => {
                let kind = PublishRequestType::Live;
                let wish = self.session.request_publishing(self.key.clone(), kind);
                self.take(vec![wish.map_err(|_| broken())?])
            }
            ClientSessionEvent::PublishRequestAccepted => {
                self.publishing = true;
                Ok(())
            }
            ClientSessionEvent::AcknowledgementReceived { .. } => {
                self.acknowledgements += 1;
                Ok(())
            }
            // What a server says may quote the key: only that it refused is told.
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
        let said = self.session.publish_metadata(&metadata).map_err(|_| broken())?;
        let (video, audio) = flv::headers(headers);
        let zero = RtmpTimestamp::new(0);
        let video = self.session.publish_video_data(video.into(), zero, false);
        let audio = self.session.publish_audio_data(audio.into(), zero, false);
        let (video, audio) = (video.map_err(|_| broken())?, audio.map_err(|_| broken())?);
        self.take(vec![said, video, audio])
    }

    fn unit(&mut self, unit: &Unit) -> Result<(), Lost> {
        let base = match (self.base, unit.kind) {
            (Some(base), _) => base,
            (None, UnitKind::Keyframe) => {
                self.greeting = self.sent + (self.outgoing.len() - self.taken) as u64;
                *self.base.insert(unit.pts)
            }
            (None, _) => return Ok(()),
        };
        // Sound from before the first picture belongs to what came before the stream.
        let Ok(since) = u64::try_from(unit.pts - base) else { return Ok(()) };
        // RTMP's milliseconds wrap after 49 days, as its specification has it (5.3.1.1).
        let time = RtmpTimestamp::new(((since + 500_000) / 1_000_000) as u32);
        let body = flv::body(unit).into();
        let result = match unit.kind {
            UnitKind::Sound => self.session.publish_audio_data(body, time, false),
            UnitKind::Keyframe | UnitKind::Picture => {
                self.session.publish_video_data(body, time, false)
            }
        };
        self.take(vec![result.map_err(|_| broken())?])
    }

    fn receive(&mut self) -> Result<Vec<u8>, Lost> {
        let mut bytes = [0; 4_096];
        match self.stream.both().read(&mut bytes) {
            Ok(0) => Err(Lost::Because(Cause::Closed)),
            Ok(count) => Ok(bytes[..count].to_vec()),
            Err(error) if would_wait(&error) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the system as much as it takes without waiting.
    fn flush(&mut self, link: &Link<'_>) -> Result<(), Lost> {
        while self.taken < self.outgoing.len() {
            match self.stream.both().write(&self.outgoing[self.taken..]) {
                Ok(0) => return Err(Lost::Because(Cause::Closed)),
                Ok(count) => {
                    self.taken += count;
                    self.sent += count as u64;
                    link.stats.sent.fetch_add(count as u64, Ordering::Relaxed);
                }
                Err(error) if would_wait(&error) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        self.outgoing.clear();
        self.taken = 0;
        Ok(())
    }

    /// Unpublishes; a peer that does not listen is left after a moment.
    fn goodbye(mut self, link: &Link<'_>) -> Result<(), Lost> {
        let results = self.session.stop_publishing().map_err(|_| broken())?;
        self.take(results)?;
        let deadline = (link.now)() + GOODBYE_NANOS;
        while (link.now)() < deadline {
            self.flush(link)?;
            let waiting = socket::unacknowledged(self.stream.socket())?;
            if self.outgoing.is_empty() && waiting == 0 {
                break;
            }
            socket::wait_readable(self.stream.socket(), TURN)?;
        }
        Ok(())
    }
}

fn would_wait(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn broken() -> Lost {
    Lost::Because(Cause::Strange)
}
