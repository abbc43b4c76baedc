//! Live sources by every protocol, from real senders that die, freeze, come back and change what they send.

use std::path::Path;
use std::time::Duration;

use show::FrameRate;
use tests::canary::{Fault, real_time};
use tests::downstage::Downstage;
use tests::senders::{self, Carrier, SenderProcess, Sending};
use tests::time::{self, PATIENCE};

use crate::end_to_end::numbers_of;
use crate::live_sources::{QUARTERS, follow, show_of, without_click};

const TAG: u8 = 6;
/// Pictures of the film, which is sent over and over.
const LAP: u64 = 1_500;

/// A recording that runs for so many seconds, of these sources side by side.
struct Recorded {
    folder: tempfile::TempDir,
    downstage: Downstage,
    sources: usize,
}

impl Recorded {
    fn start(sendings: &[Sending], seconds: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let urls: Vec<String> = sendings.iter().map(Sending::url).collect();
        let show = show_of(folder.path(), &urls);
        let length = format!("{seconds}s");
        let show = show.to_str().expect("UTF-8");
        let arguments = ["run", show, "--for", &length, "--record", "out.mkv"];
        let downstage = Downstage::start(folder.path(), &arguments);
        Self { folder, downstage, sources: sendings.len() }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("out.mkv")
    }

    /// What is in each pane, frame by frame; every frame of the programme is there.
    fn frames(&mut self, seconds: usize) -> Result<Vec<Vec<Option<u64>>>, Fault> {
        let ended = self.downstage.wait(PATIENCE).ok_or("it does not end")?;
        if ended.code() != Some(0) {
            return Err(format!("{ended}: {}", self.downstage.stderr()).into());
        }
        let tags = vec![TAG; self.sources];
        let frames = numbers_of(&self.file(), &QUARTERS[..self.sources], &tags);
        if frames.len() + 5 < 25 * seconds {
            return Err(Fault::Late(format!("only {} frames", frames.len())));
        }
        Ok(frames)
    }
}

fn send(sendings: &[Sending], film: &Path, begins: u32) -> Vec<SenderProcess> {
    sendings.iter().map(|sending| sending.send(film, begins)).collect()
}

/// Some of them at once, from the fifth second to the last, without a second in which none of them clicks.
fn come_whole<const COUNT: usize>(carriers: [Carrier; COUNT]) {
    let film = senders::film(TAG);
    real_time("senders by every protocol", FrameRate::R25, |_| {
        let sendings = carriers.map(Sending::new);
        let _senders = send(&sendings, &film, 0);
        let mut recorded = Recorded::start(&sendings, 14);
        let frames = recorded.frames(14)?;
        let whole = carriers.iter().enumerate().map(|(pane, carrier)| {
            println!("{carrier:?}:");
            follow(&frames[5 * 25..frames.len() - 5], pane, 8)
        });
        // Each of them is looked at, to be told apart.
        whole.collect::<Vec<_>>().into_iter().collect::<Result<(), Fault>>()?;
        let longest = without_click(&tests::decode::sound(&recorded.file()), 5);
        if longest > 1.1 {
            return Err(Fault::Late(format!("no click for {longest} s")));
        }
        Ok(())
    });
}

#[test]
fn srt_and_rtsp_come_whole() {
    come_whole([Carrier::SrtCalled, Carrier::SrtCalls, Carrier::Rtsp, Carrier::RtspUdp]);
}

#[test]
fn mpeg_ts_comes_whole_over_udp_rtp_and_http() {
    come_whole([Carrier::Udp, Carrier::Rtp, Carrier::Http]);
}

/// When a pane shows a new picture again, in frames after `from`; its pictures follow each other then.
fn back(frames: &[Vec<Option<u64>>], pane: usize, from: usize) -> Option<usize> {
    let numbers: Vec<Option<u64>> = frames.iter().map(|frame| frame[pane]).collect();
    let follow = |at: usize| {
        let two = numbers.get(at).zip(numbers.get(at + 1));
        matches!(two, Some((Some(one), Some(next))) if (one + 1) % LAP == *next % LAP)
    };
    (from..numbers.len()).find(|at| (*at..at + 10).all(follow)).map(|at| at - from)
}

/// Each is killed after 6 s and starts again 6 s later, and is frozen from second 20 to 22. The programme has every frame,
/// and the source is back by itself. Who calls us by SRT is not taken sooner: for 5 s libsrt does not let go of the one
/// before, and refuses another meanwhile.
fn come_back(carriers: [Carrier; 2]) {
    let film = senders::film(TAG);
    real_time("senders that die and freeze", FrameRate::R25, |_| {
        let sendings = carriers.map(Sending::new);
        let first = send(&sendings, &film, 0);
        let mut recorded = Recorded::start(&sendings, 30);
        let began = time::now();
        let until = |second: u64| {
            time::sleep(Duration::from_secs(second).saturating_sub(began.elapsed()));
        };
        until(6);
        drop(first);
        until(12);
        let second = send(&sendings, &film, 0);
        until(20);
        second.iter().for_each(SenderProcess::freeze);
        until(22);
        second.iter().for_each(SenderProcess::thaw);
        let frames = recorded.frames(30)?;
        for (pane, carrier) in carriers.iter().enumerate() {
            // Who comes a moment after a key frame has to wait for the next, 2 s later.
            let seen = frames[75..125].iter().filter(|frame| frame[pane].is_some()).count();
            let after = [12, 22].map(|second| back(&frames, pane, second * 25));
            println!("{carrier:?}: on {seen} of 50 frames, back after {after:?} frames");
            let [Some(killed), Some(frozen)] = after else {
                return Err(Fault::Late(format!("{carrier:?} does not come back: {after:?}")));
            };
            if seen < 47 || killed > 5 * 25 || frozen > 3 * 25 {
                return Err(Fault::Late(format!("{carrier:?}: {seen}, back after {after:?}")));
            }
        }
        Ok(())
    });
}

#[test]
fn srt_comes_back_both_ways() {
    come_back([Carrier::SrtCalled, Carrier::SrtCalls]);
}

#[test]
fn rtsp_and_http_come_back() {
    come_back([Carrier::Rtsp, Carrier::Http]);
}

#[test]
fn udp_and_rtp_come_back() {
    come_back([Carrier::Udp, Carrier::Rtp]);
}

/// Another sender takes the place of the first at once: its timestamps are an hour later, and then as they were; its
/// pictures have another size, and its sound another rate and one channel.
#[test]
fn a_sender_that_is_replaced_by_another_goes_on() {
    let (film, other) = (senders::film(TAG), senders::other_film(TAG));
    real_time("senders that change what they send", FrameRate::R25, |_| {
        let sendings = [Carrier::Udp, Carrier::Rtp].map(Sending::new);
        let first = send(&sendings, &film, 0);
        let mut recorded = Recorded::start(&sendings, 26);
        let began = time::now();
        let until = |second: u64| {
            time::sleep(Duration::from_secs(second).saturating_sub(began.elapsed()));
        };
        until(8);
        drop(first);
        let second = send(&sendings, &other, 3_600);
        until(17);
        drop(second);
        let _third = send(&sendings, &film, 0);
        let frames = recorded.frames(26)?;
        for (pane, sending) in sendings.iter().enumerate() {
            let after = [8, 17].map(|second| back(&frames, pane, second * 25));
            println!("{:?}: back after {after:?} frames", sending.carrier);
            if after.iter().any(|after| after.is_none_or(|after| after > 5 * 25)) {
                return Err(Fault::Late(format!("{:?}: {after:?}", sending.carrier)));
            }
        }
        let longest = without_click(&tests::decode::sound(&recorded.file()), 22);
        if longest > 1.1 {
            return Err(Fault::Late(format!("no click for {longest} s")));
        }
        Ok(())
    });
}

/// Of a source that is on no bus only the key frames are decoded, if so set, which are two seconds apart; taken at any
/// time, its present pictures are on air at once.
#[test]
fn a_source_that_rests_is_up_to_date_when_it_is_taken() {
    let film = senders::film(TAG);
    real_time("a source that rests", FrameRate::R25, |_| {
        let sending = Sending::new(Carrier::Udp);
        let _sender = send(&[sending], &film, 0);
        let folder = tempfile::tempdir().expect("a folder");
        let path = show_of(folder.path(), &[sending.url()]);
        let text = std::fs::read(&path).expect("a show");
        let mut show = show::file::decode(&text).expect("a show");
        show.sources[0].settings.decoding.rests = true;
        show.layouts[0].panes[0].rect = show::Rect::FULL;
        let black = tests::shows::source(2, show::SourceKind::TestPattern { tag: 1 });
        show.sources.push(black);
        let feed = [show::Feed::Source(show::SourceId(2))];
        show.layouts.push(show::Template::Single.layout(show::LayoutId(10), "Other", &feed));
        std::fs::write(&path, show::file::encode(&show)).expect("room");
        let show = path.to_str().expect("UTF-8");
        // As long after a key frame as comes.
        let takes = [("6s", "layout-9"), ("8s", "layout-10"), ("12700ms", "layout-9")];
        let takes = takes.map(|(at, layout)| (at, format!("load {layout}")));
        let mut arguments = vec!["run", show, "--for", "15s", "--record", "out.mkv"];
        arguments.extend(["--at", "0s", "load layout-10", "--at", "0s", "cut"]);
        for (at, load) in &takes {
            arguments.extend(["--at", at, load, "--at", at, "cut"]);
        }
        let mut downstage = Downstage::start(folder.path(), &arguments);
        let ended = downstage.wait(PATIENCE).ok_or("it does not end")?;
        if ended.code() != Some(0) {
            return Err(format!("{ended}: {}", downstage.stderr()).into());
        }
        let frames = numbers_of(&folder.path().join("out.mkv"), &[show::Rect::FULL], &[TAG]);
        let late = [150, 318].map(|from| back(&frames[from..frames.len().min(from + 50)], 0, 0));
        println!("in order after {late:?} frames");
        match late {
            [Some(one), Some(other)] if one <= 15 && other <= 15 => Ok(()),
            late => Err(Fault::Late(format!("in order after {late:?}"))),
        }
    });
}

/// What is wrong is told by the words of what is wrong, and no secret of an address.
#[test]
fn what_cannot_be_received_is_told_with_its_reason() {
    let sendings = [Carrier::SrtCalled, Carrier::Rtsp, Carrier::RtspUdp].map(Sending::new);
    let _senders = send(&sendings, &senders::film(TAG), 0);
    let by_tcp = sendings[2].url().replace("rtspu://", "rtsp://");
    let taken = std::net::UdpSocket::bind("0.0.0.0:0").expect("a free port");
    let taken = taken.local_addr().expect("it is bound").port();
    let nobody = Sending::new(Carrier::SrtCalled);
    let srt = sendings[0].url();
    let rtsp = sendings[1].url();
    let wrong = |url: &str| url.replace("open%2B", "shut%2B");
    let cases = [
        (wrong(&srt), "without the right user, password or passphrase"),
        (srt.split('?').next().unwrap_or_default().to_owned(), "without the right user"),
        (wrong(&rtsp), "without the right user"),
        (rtsp.replace("/live", "/other"), "nothing under this name"),
        (by_tcp, "does not send over TCP. Write rtspu://"),
        (nobody.url(), "nobody answers there"),
        (format!("udp://@:{taken}"), "this port cannot be used here"),
        (format!("srt://:{taken}"), "this port cannot be used here"),
        ("rtsp://127.0.0.1:1/live".to_owned(), "nobody answers there"),
        ("srt://no-such-host.invalid:9000".to_owned(), "there is no such host"),
        ("http://no-such-host.invalid/live.ts".to_owned(), "nobody answers there"),
        ("http://127.0.0.1:1/live.ts".to_owned(), "nobody answers there"),
    ];
    for (url, reason) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let show = show_of(folder.path(), std::slice::from_ref(&url));
        let show = show.to_str().expect("UTF-8");
        let arguments = ["run", show, "--for", "7s", "--record", "out.mkv"];
        let mut downstage = Downstage::start(folder.path(), &arguments);
        let ended = downstage.wait(PATIENCE).expect("it ends");
        let said = downstage.stderr();
        assert_eq!(ended.code(), Some(0), "{said}");
        assert!(said.contains(reason), "{url}: {said}");
        assert!(!said.contains("open%2B") && !said.contains("shut"), "{said}");
    }
}
