//! Clients that are not ours at a server that stands on our session, and our destination at it.

use rtmp::amf0::Value;
use rtmp::kind;
use tests::ingest::Ingest;
use tests::numbers::{self, Area};
use tests::time::{self, PATIENCE};
use tests::{decode, media, nginx};

use crate::media_rtmp::{Destination, Stream};

/// ffmpeg proves itself by digests and checks ours; what it publishes, another one plays.
#[test]
fn ffmpeg_publishes_to_our_server_and_another_plays_from_it() {
    let server = Ingest::start();
    let url = format!("{}/film?a=1", server.url());
    let mut publisher = nginx::publish(&media::small_film(6), &url);
    let begun = || (server.published().messages.len() > 20).then_some(());
    assert!(time::wait_for(PATIENCE, begun).is_some(), "{:?}", server.published().errors);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pulled.flv");
    assert!(nginx::pull(&format!("{}/film", server.url()), 3, &path));
    let seen = decode::pictures(&path, |luma| numbers::read(&luma, Area::whole(&luma)).both());
    assert!(seen.len() >= 20, "{}", seen.len());
    let first = seen[0].what.unwrap().1;
    // Where it was cut off, B frames are missing between the last pictures.
    for (n, seen) in (0..).zip(&seen[..seen.len() - 4]) {
        assert_eq!(seen.what, Some((6, (first + n) % 150)));
    }
    publisher.stop();
    let published = server.published();
    assert_eq!(published.keys, [("live".to_owned(), "film?a=1".to_owned())]);
    assert_eq!((published.plays, published.errors), (1, Vec::<String>::new()));
}

#[test]
fn our_stream_comes_to_our_server_with_its_metadata_and_ends() {
    let (server, stream) = (Ingest::start(), Stream::start());
    let mut destination = Destination::start(&stream, &server.url(), "cam");
    let enough = || (server.published().messages.len() > 150).then_some(());
    assert!(time::wait_for(PATIENCE, enough).is_some(), "{:?}", destination.said());
    destination.stop();
    let ended = || (server.published().ended == 1).then_some(());
    assert!(time::wait_for(PATIENCE, ended).is_some());
    let published = server.published();
    let metadata = published.metadata.unwrap();
    for (name, value) in [
        ("width", Value::Number(640.0)),
        ("framerate", Value::Number(25.0)),
        ("videocodecid", Value::Number(7.0)),
        ("audiocodecid", Value::Number(10.0)),
        ("encoder", Value::string("Downstage")),
    ] {
        assert_eq!(metadata.get(name), Some(&value), "{name}");
    }
    // Headers first; then a keyframe, and times that never go back within sound or pictures.
    let begins = |at: usize, kind, bytes: &[u8]| {
        let message = &published.messages[at];
        assert!(message.kind == kind && message.payload.starts_with(bytes), "{message:?}");
    };
    begins(0, kind::VIDEO, &[0x17, 0]);
    begins(1, kind::AUDIO, &[0xaf, 0]);
    for of in [kind::AUDIO, kind::VIDEO] {
        let messages = published.messages.iter().filter(|message| message.kind == of);
        let times: Vec<_> = messages.map(|message| message.timestamp).collect();
        assert!(times.is_sorted() && times.len() > 40, "{times:?}");
    }
    assert_eq!(published.errors, Vec::<String>::new());
}
