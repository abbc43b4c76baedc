//! Addresses of live sources: what is written in them, and what is wrong with it. RFC 3986 for the parts; the
//! parameters of SRT are those of GStreamer's `srtsrc`, which libsrt's own tools and most encoders use, too.

use std::fmt::Write as _;

/// How what comes from an address is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveProtocol {
    /// RTMP, with TLS or without.
    Rtmp,
    /// FLV, MPEG-TS or another container over HTTP, or HLS.
    Http,
    /// SRT, which calls or is called.
    Srt,
    /// RTSP; its packets come over TCP, or over UDP for `rtspu`.
    Rtsp,
    /// MPEG-TS in packets of UDP, sent to this computer or to a group of multicast.
    Udp,
    /// MPEG-TS in packets of RTP, likewise.
    Rtp,
    /// Whatever else GStreamer opens.
    Other,
}

/// The parts of the address of a live source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveUrl<'a> {
    /// How it is carried.
    pub protocol: LiveProtocol,
    /// The host that is called, or the address of this computer or of a group that is listened on; may be empty.
    pub host: &'a str,
    /// The port, if there is one.
    pub port: Option<u16>,
    /// To its end: stream ids of SRT begin with # as often as with %23.
    query: &'a str,
}

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UrlFault {
    /// A code for programs.
    pub code: &'static str,
    /// What is wrong.
    pub message: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

impl UrlFault {
    const fn new(code: &'static str, message: &'static str, remedy: &'static str) -> Self {
        Self { code, message, remedy }
    }
}

const NO_URL: UrlFault = UrlFault::new(
    "bad_url",
    "this is not a URL",
    "Write it like rtmp://host/app/stream, at most 2,048 characters",
);
const NO_PORT: UrlFault = UrlFault::new(
    "no_port",
    "there is no port",
    "Write it behind the host, like srt://host:9000 or udp://@:5000",
);
const NO_HOST: UrlFault =
    UrlFault::new("no_host", "there is no host", "Write whom it calls, like rtsp://host/stream");
const BAD_MODE: UrlFault = UrlFault::new(
    "srt_mode",
    "SRT has no such mode",
    "Write mode=caller, mode=listener or mode=rendezvous",
);
const BAD_PASSPHRASE: UrlFault = UrlFault::new(
    "srt_passphrase",
    "SRT takes no such passphrase",
    "Use one of 10 to 79 characters, the same on both sides",
);
const BAD_KEY_LENGTH: UrlFault =
    UrlFault::new("srt_pbkeylen", "SRT has no keys of this length", "Write 16, 24 or 32, or 0");
const BAD_LATENCY: UrlFault = UrlFault::new(
    "srt_latency",
    "the latency of SRT is out of range",
    "Write it in milliseconds, 20 to 8000; OBS and FFmpeg count microseconds",
);

impl<'a> LiveUrl<'a> {
    /// The lowest and highest latency of SRT in milliseconds.
    pub const SRT_LATENCY: (u32, u32) = (20, 8_000);
    /// What SRT's latency is if the address does not say it, in milliseconds: that of `srtsrc`.
    pub const SRT_DEFAULT_LATENCY: u32 = 125;
    /// The longest address, in bytes.
    pub const MAX: usize = 2_048;

    /// Takes an address apart.
    ///
    /// # Errors
    /// [`UrlFault`], for what can be seen to be wrong with it.
    pub fn parse(url: &'a str) -> Result<Self, UrlFault> {
        let url = url.trim();
        let (scheme, rest) = url.split_once("://").ok_or(NO_URL)?;
        if scheme.is_empty() || url.len() > Self::MAX {
            return Err(NO_URL);
        }
        let is_scheme = |of: &str| scheme.eq_ignore_ascii_case(of);
        let any = |of: &[&str]| of.iter().any(|of| is_scheme(of));
        let protocol = match () {
            () if any(&["rtmp", "rtmps"]) => LiveProtocol::Rtmp,
            () if any(&["http", "https"]) => LiveProtocol::Http,
            () if is_scheme("srt") => LiveProtocol::Srt,
            () if any(&["rtsp", "rtspt", "rtspu", "rtsps"]) => LiveProtocol::Rtsp,
            () if is_scheme("udp") => LiveProtocol::Udp,
            () if is_scheme("rtp") => LiveProtocol::Rtp,
            () => LiveProtocol::Other,
        };
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let authority = before.split(['/', '#']).next().unwrap_or_default();
        let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
        // An address of IPv6 is in brackets, and has colons of its own.
        let end = place.find(']').map_or(0, |at| at + 1);
        let (host, port) = match place[end..].rsplit_once(':') {
            Some((_, port)) => (&place[..place.len() - port.len() - 1], Some(port)),
            None => (place, None),
        };
        let port = match port {
            Some(port) if protocol != LiveProtocol::Other => {
                Some(port.parse().ok().filter(|port| *port > 0).ok_or(NO_PORT)?)
            }
            port => port.and_then(|port| port.parse().ok()),
        };
        let this = Self { protocol, host, port, query };
        this.check().map(|()| this)
    }

    fn check(&self) -> Result<(), UrlFault> {
        match self.protocol {
            LiveProtocol::Udp | LiveProtocol::Rtp if self.port.is_none() => Err(NO_PORT),
            LiveProtocol::Rtmp | LiveProtocol::Http | LiveProtocol::Rtsp
                if self.host.is_empty() =>
            {
                Err(NO_HOST)
            }
            LiveProtocol::Srt => self.check_srt(),
            _ => Ok(()),
        }
    }

    fn check_srt(&self) -> Result<(), UrlFault> {
        if self.port.is_none() {
            return Err(NO_PORT);
        }
        let mode = self.value("mode");
        if mode.as_ref().is_some_and(|mode| !MODES.contains(&mode.as_str())) {
            return Err(BAD_MODE);
        }
        if self.host.is_empty() && mode.is_some_and(|mode| mode != "listener") {
            return Err(NO_HOST);
        }
        let length = self.value("passphrase").map_or(0, |phrase| phrase.len());
        if length > 0 && !(10..=79).contains(&length) {
            return Err(BAD_PASSPHRASE);
        }
        let number = |key| self.value(key).map(|value| value.parse::<u32>().unwrap_or(u32::MAX));
        if number("pbkeylen").is_some_and(|length| ![0, 16, 24, 32].contains(&length)) {
            return Err(BAD_KEY_LENGTH);
        }
        let (least, most) = Self::SRT_LATENCY;
        match number("latency") {
            Some(latency) if !(least..=most).contains(&latency) => Err(BAD_LATENCY),
            _ => Ok(()),
        }
    }

    /// The value of a parameter, decoded.
    pub fn value(&self, key: &str) -> Option<String> {
        parameters(self.query).find(|(name, _)| *name == key).map(|(_, value)| decoded(value))
    }

    /// The value of a parameter of an address in which anything else may be wrong.
    pub fn value_in(url: &str, key: &str) -> Option<String> {
        let (_, query) = url.split_once('?')?;
        parameters(query).find(|(name, _)| *name == key).map(|(_, value)| decoded(value))
    }

    /// Whether it waits for somebody who sends to this computer, instead of calling somebody.
    pub fn waits_for_sender(&self) -> bool {
        match self.protocol {
            LiveProtocol::Udp | LiveProtocol::Rtp => true,
            LiveProtocol::Srt => match self.value("mode") {
                Some(mode) => mode == "listener",
                None => self.host.is_empty(),
            },
            _ => false,
        }
    }

    /// The address with another value of a parameter; without it for `None`.
    pub fn with(url: &str, key: &str, value: Option<&str>) -> String {
        let (before, query) = url.split_once('?').unwrap_or((url, ""));
        let mut changed = before.to_owned();
        let written = value.map(encoded);
        let others = parameters(query).filter(|(name, _)| *name != key && !name.is_empty());
        let one = written.as_deref().map(|value| (key, value));
        for (at, (name, value)) in others.chain(one).enumerate() {
            let mark = if at == 0 { '?' } else { '&' };
            // To write to a string never fails.
            let _written = write!(changed, "{mark}{name}={value}");
        }
        changed
    }
}

/// What SRT's mode can be.
const MODES: [&str; 3] = ["caller", "listener", "rendezvous"];

/// The parameters of a query, as they are written.
fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Decodes %41 as A.
fn decoded(value: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), value.as_bytes());
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%').then(|| tail.get(..2)).flatten();
        let code = code.and_then(|two| std::str::from_utf8(two).ok());
        match code.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Writes what has a meaning in an address as %41.
fn encoded(value: &str) -> String {
    let mut written = String::new();
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' => {
                written.push(char::from(byte));
            }
            _ => {
                // To write to a string never fails.
                let _written = write!(written, "%{byte:02X}");
            }
        }
    }
    written
}
