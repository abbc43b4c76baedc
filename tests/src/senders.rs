//! Senders of live streams that are not ours: ffmpeg over SRT, UDP, RTP and HTTP, and GStreamer's server of RTSP.

use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::downstage::{Signal, send};
use crate::listed;

/// A program that sends a film over and over. Dropping it kills it.
pub struct SenderProcess(Child);

/// How a film is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// By SRT, to who calls; with a passphrase.
    SrtCalled,
    /// By SRT, calling who listens; without one.
    SrtCalls,
    /// As MPEG-TS in packets of UDP.
    Udp,
    /// As MPEG-TS in packets of RTP.
    Rtp,
    /// As MPEG-TS over HTTP, to one client.
    Http,
    /// By a server of RTSP, which lets in who knows the password, over TCP.
    Rtsp,
    /// The same, over UDP alone.
    RtspUdp,
}

/// What SRT is encrypted with, and RTSP asks for.
pub const SECRET: &str = "open+the door";

/// A port at which a film is sent, or received.
#[derive(Clone, Copy, Debug)]
pub struct Sending {
    /// How.
    pub carrier: Carrier,
    port: u16,
}

impl Sending {
    /// On a port that nobody has.
    pub fn new(carrier: Carrier) -> Self {
        let port = match carrier {
            Carrier::Http | Carrier::Rtsp | Carrier::RtspUdp => TcpListener::bind("127.0.0.1:0")
                .and_then(|listener| listener.local_addr())
                .expect("a free port"),
            _ => UdpSocket::bind("127.0.0.1:0")
                .and_then(|socket| socket.local_addr())
                .expect("a free port"),
        };
        Self { carrier, port: port.port() }
    }

    /// The URL of a source that receives it.
    pub fn url(&self) -> String {
        let port = self.port;
        // As the desk writes it.
        let secret = "open%2Bthe%20door";
        match self.carrier {
            Carrier::SrtCalled => format!("srt://127.0.0.1:{port}?passphrase={secret}&latency=200"),
            Carrier::SrtCalls => format!("srt://:{port}"),
            Carrier::Udp => format!("udp://@:{port}"),
            Carrier::Rtp => format!("rtp://@127.0.0.1:{port}"),
            Carrier::Http => format!("http://127.0.0.1:{port}/live.ts"),
            Carrier::Rtsp => format!("rtsp://user:{secret}@127.0.0.1:{port}/live"),
            Carrier::RtspUdp => format!("rtspu://user:{secret}@127.0.0.1:{port}/live"),
        }
    }

    /// Begins to send a film, whose timestamps begin with so many seconds.
    pub fn send(&self, film: &Path, begins: u32) -> SenderProcess {
        listed::assert_listed();
        if matches!(self.carrier, Carrier::Rtsp | Carrier::RtspUdp) {
            return self.serve(film);
        }
        let port = self.port;
        let (format, to) = match self.carrier {
            Carrier::SrtCalled => ("mpegts", format!("srt://127.0.0.1:{port}?mode=listener")),
            Carrier::SrtCalls => ("mpegts", format!("srt://127.0.0.1:{port}?mode=caller")),
            Carrier::Udp => ("mpegts", format!("udp://127.0.0.1:{port}?pkt_size=1316")),
            Carrier::Rtp => ("rtp_mpegts", format!("rtp://127.0.0.1:{port}?pkt_size=1316")),
            _ => ("mpegts", format!("http://127.0.0.1:{port}/live.ts")),
        };
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-re", "-stream_loop", "-1", "-i"]).arg(film);
        command.args(["-c", "copy", "-output_ts_offset", &begins.to_string()]);
        match self.carrier {
            Carrier::Http => _ = command.args(["-listen", "1"]),
            // In its URL it would have to be as it is.
            Carrier::SrtCalled => _ = command.args(["-passphrase", SECRET]),
            _ => {}
        }
        SenderProcess::start(command.args(["-f", format]).arg(to))
    }

    fn serve(&self, film: &Path) -> SenderProcess {
        let mut command = Command::new("/usr/bin/python3");
        let over = if self.carrier == Carrier::RtspUdp { "UDP" } else { "TCP" };
        command.args(["-c", RTSP]).arg(film).args([&self.port.to_string(), "user", SECRET, over]);
        SenderProcess::start(&mut command)
    }
}

impl SenderProcess {
    fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().expect("packaging/install-deps tests installs it"))
    }

    /// Freezes it.
    pub fn freeze(&self) {
        send(self.0.id(), Signal::STOP);
    }

    /// Goes on after [`Self::freeze`].
    pub fn thaw(&self) {
        send(self.0.id(), Signal::CONT);
    }
}

impl Drop for SenderProcess {
    fn drop(&mut self) {
        // It has no state to lose.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A server of RTSP: the film from its beginning for whoever comes first, and for others from where it is.
const RTSP: &str = r#"
import sys, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
gi.require_version("GstRtsp", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer as rtsp
Gst.init(None)
film, port, user, password, over = sys.argv[1:6]
factory = rtsp.RTSPMediaFactory()
factory.set_launch(
    f"( filesrc location={film} ! qtdemux name=d"
    " d. ! queue ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1"
    " d. ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97 )")
factory.set_shared(True)
factory.set_protocols(getattr(GstRtsp.RTSPLowerTrans, over))
allowed = rtsp.RTSPPermissions()
for what in ("access", "construct"):
    allowed.add_permission_for_role("user", "media.factory." + what, True)
factory.set_permissions(allowed)
token = rtsp.RTSPToken()
token.set_string("media.factory.role", "user")
auth = rtsp.RTSPAuth()
auth.add_basic(rtsp.RTSPAuth.make_basic(user, password), token)
server = rtsp.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
server.set_auth(auth)
server.get_mount_points().add_factory("/live", factory)
server.attach(None)
GLib.MainLoop().run()
"#;

/// The same pictures in another size, with sound of 44.1 kHz and one channel.
pub fn other_film(tag: u8) -> PathBuf {
    let whole = film(tag);
    crate::media::kept(&format!("sent-other-{tag}.mp4"), |path| {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-i"]).arg(whole);
        command.args(["-vf", "scale=854:480", "-c:v", "libx264", "-preset", "veryfast"]);
        command.args(["-b:v", "1500k", "-g", "50", "-c:a", "aac", "-ar", "44100", "-ac", "1"]);
        assert!(command.arg(path).status().expect("ffmpeg runs").success());
    })
}

/// A film of these pictures for senders, kept from one run to the next: a minute of the pattern `tag`.
pub fn film(tag: u8) -> PathBuf {
    let format = show::Format { raster: show::Raster::Ld, rate: show::FrameRate::R25 };
    crate::media::kept(&format!("sent-{tag}.mp4"), |path| {
        let coding = crate::media::Coding { kbps: 1_000, ..crate::media::Coding::default() };
        crate::media::film(path, format, 60, tag, coding);
    })
}
