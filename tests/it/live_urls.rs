//! Addresses of live sources, as operators write and paste them.

use show::{FrameRate, LiveProtocol, LiveUrl, Raster, Show, SourceKind};
use tests::shows;

/// What is made of an address: how it is carried, host, port, and whether it waits for its sender.
type Parts = (LiveProtocol, &'static str, Option<u16>, bool);

#[test]
fn addresses_are_taken_apart_as_they_are_written() {
    use LiveProtocol::{Http, Other, Rtmp, Rtp, Rtsp, Srt, Udp};
    let cases: [(&str, Parts); 19] = [
        ("rtmp://live.example/app/stream", (Rtmp, "live.example", None, false)),
        ("rtmps://u:p@live.example:443/app", (Rtmp, "live.example", Some(443), false)),
        ("http://[2001:db8::1]:8080/a.flv?x=1:2", (Http, "[2001:db8::1]", Some(8080), false)),
        ("https://cdn.example/a/b.m3u8?token=a/b@c:d", (Http, "cdn.example", None, false)),
        ("SRT://10.0.0.1:9000", (Srt, "10.0.0.1", Some(9000), false)),
        ("srt://10.0.0.1:9000?mode=caller", (Srt, "10.0.0.1", Some(9000), false)),
        ("srt://:9000", (Srt, "", Some(9000), true)),
        ("srt://0.0.0.0:9000?mode=listener&latency=120", (Srt, "0.0.0.0", Some(9000), true)),
        ("srt://a.example:9000/?streamid=read:x/y", (Srt, "a.example", Some(9000), false)),
        ("srt://a.example:9000?mode=rendezvous", (Srt, "a.example", Some(9000), false)),
        ("rtsp://admin:a@b@10.0.0.2/ch1", (Rtsp, "10.0.0.2", None, false)),
        ("rtspu://10.0.0.2:8554/ch1", (Rtsp, "10.0.0.2", Some(8554), false)),
        ("udp://@:5000", (Udp, "", Some(5000), true)),
        ("udp://@239.1.1.1:5000", (Udp, "239.1.1.1", Some(5000), true)),
        ("udp://[ff02::1]:5000", (Udp, "[ff02::1]", Some(5000), true)),
        ("rtp://@:5004", (Rtp, "", Some(5004), true)),
        (" rtmp://host/app\n", (Rtmp, "host", None, false)),
        ("rist://10.0.0.1:port", (Other, "10.0.0.1", None, false)),
        ("ndi://Camera 1", (Other, "Camera 1", None, false)),
    ];
    for (url, expected) in cases {
        let of = LiveUrl::parse(url).unwrap_or_else(|fault| panic!("{url}: {fault:?}"));
        let parts = (of.protocol, of.host, of.port, of.waits_for_sender());
        assert_eq!(parts, expected, "{url}");
    }
}

#[test]
fn what_is_wrong_with_an_address_is_said_at_its_place() {
    let cases = [
        ("", "bad_url", "url"),
        ("camera", "bad_url", "url"),
        ("://host", "bad_url", "url"),
        ("rtmp://", "no_host", "url"),
        ("rtsp:///stream", "no_host", "url"),
        ("http://:80/x.flv", "no_host", "url"),
        ("rtmp://host:port/app", "no_port", "url"),
        ("rtmp://host:0/app", "no_port", "url"),
        ("rtmp://host:70000/app", "no_port", "url"),
        ("udp://239.1.1.1", "no_port", "url"),
        ("srt://host", "no_port", "url"),
        ("srt://:9000?mode=caller", "no_host", "url"),
        ("srt://host:9000?mode=push", "srt_mode", "url"),
        ("srt://host:9000?pbkeylen=20", "srt_pbkeylen", "url"),
        ("srt://host:9000?passphrase=short", "srt_passphrase", "passphrase"),
        // What OBS and FFmpeg write: microseconds.
        ("srt://host:9000?latency=200000", "srt_latency", "srt latency"),
        ("srt://host:9000?latency=some", "srt_latency", "srt latency"),
    ];
    for (url, code, field) in cases {
        let mut show =
            Show::new("Addresses", show::Format { raster: Raster::Hd, rate: FrameRate::R25 });
        let kind = SourceKind::Live { url: url.to_owned(), latency_millis: 200 };
        show.sources.push(shows::source(1, kind));
        let faults = show.check();
        let [fault] = faults.as_slice() else { panic!("{url}: {faults:?}") };
        assert_eq!(fault.code, code, "{url}");
        assert!(fault.to_string().contains(&format!(", {field}: ")), "{url}: {fault}");
    }
    let long = format!("rtmp://host/{}", "a".repeat(2_048));
    assert!(LiveUrl::parse(&long).is_err());
    let phrase = |length: usize| format!("srt://host:9000?passphrase={}", "x".repeat(length));
    let taken = [9, 10, 79, 80].map(|length| LiveUrl::parse(&phrase(length)).is_ok());
    assert_eq!(taken, [false, true, true, false]);
}

#[test]
fn a_parameter_is_set_changed_and_removed_and_the_rest_stays() {
    let plain = "srt://host:9000";
    let set = LiveUrl::with(plain, "passphrase", Some("open+the door & go=1%"));
    assert_eq!(set, "srt://host:9000?passphrase=open%2Bthe%20door%20%26%20go%3D1%25");
    let of = LiveUrl::parse(&set).expect("it is a URL");
    assert_eq!(of.value("passphrase").as_deref(), Some("open+the door & go=1%"));
    let more = LiveUrl::with(&set, "mode", Some("listener"));
    assert!(LiveUrl::parse(&more).is_ok_and(|of| of.waits_for_sender()));
    assert_eq!(LiveUrl::with(&more, "passphrase", None), "srt://host:9000?mode=listener");
    assert_eq!(LiveUrl::with(&LiveUrl::with(&more, "passphrase", None), "mode", None), plain);
    let kept = "srt://host:9000?streamid=#!::r=a,m=request&latency=120";
    assert_eq!(LiveUrl::value_in(kept, "latency").as_deref(), Some("120"));
    // Whatever bytes are written, they come back, and what is no code stays as it is.
    for value in ["", "%", "%4", "%zz", "ä✓", "a&b=c?d#e"] {
        let url = LiveUrl::with(plain, "streamid", Some(value));
        assert_eq!(LiveUrl::value_in(&url, "streamid").as_deref(), Some(value), "{url}");
    }
}

#[test]
fn what_shares_a_port_or_lets_in_one_caller_is_in_the_way() {
    let live = |url: &str| SourceKind::Live { url: url.to_owned(), latency_millis: 200 };
    let cases = [
        ("udp://@:5000", "rtp://@127.0.0.1:5000", true),
        ("udp://@:5000", "udp://@:5001", false),
        ("srt://:9000", "srt://:9000?passphrase=0123456789", true),
        ("srt://host:9000", "srt://host:9000?latency=500", true),
        ("srt://host:9000", "srt://other:9000", false),
        ("srt://:9000", "srt://host:9000", false),
        ("rtmp://host/app/one", "rtmp://host/app/one", false),
        ("no address", "udp://@:5000", false),
    ];
    for (one, other, is_in_the_way) in cases {
        let (of, with) = (live(one), live(other));
        assert_eq!(of.is_in_the_way_of(&with), is_in_the_way, "{one} and {other}");
        assert_eq!(with.is_in_the_way_of(&of), is_in_the_way, "{other} and {one}");
    }
}
