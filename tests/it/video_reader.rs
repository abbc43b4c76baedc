//! Which picture of a source a frame gets, picture by picture.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use engine::{FrameIndex, FramePool, Run};
use media::link::{SourceLink, Timed};
use show::FrameRate;
use studio::program::slot::Slot;
use studio::program::video_reader::VideoReader;
use tests::time::now;

/// A source of one picture, or a decoder that is slow to begin, is not waited for longer at one rate
/// than at another.
#[test]
fn a_single_picture_is_shown_after_half_a_second_at_every_rate() {
    for rate in FrameRate::ALL {
        let link = SourceLink::default();
        let mut reader = VideoReader::new(link.video.subscribe(), None);
        let what = Some(FramePool::new(16, 16, 1).take().finish());
        link.video.push(Timed { take: 0, pts: 0, what });
        let shown = (0..1_000).map(FrameIndex).find(|frame| {
            reader.advance(Run::Free, Slot { frame: *frame, rate, base: 0 }, false).new
        });
        let waited = shown.expect("it is shown").nanos(rate) / 1_000_000;
        // Half a second, less what of a frame does not fit.
        assert!((458..=500).contains(&waited), "{waited} ms at {rate}");
    }
}

/// The end of a film comes behind its last picture, from another thread. Outside real time it falls on its own frame
/// however late that thread is, and is not waited for while the sound still goes on.
#[test]
fn the_end_falls_on_its_frame_however_late_it_comes() {
    let link = Arc::new(SourceLink::default());
    let rate = FrameRate::R25;
    let mut reader = VideoReader::new(link.video.subscribe(), None);
    let mut advance = |frame| {
        let slot = Slot { frame: FrameIndex(frame), rate, base: 0 };
        reader.advance(Run::Free, slot, true)
    };
    let picture = FramePool::new(16, 16, 1).take().finish();
    for pts in [0, 40_000_000] {
        link.video.push(Timed { take: 0, pts, what: Some(picture.clone()) });
    }
    // The sound lasts 80 ms longer than both pictures.
    link.file.end.store(160_000_000, Ordering::Release);
    link.video.mark_complete(0);
    let began = now();
    let seen: Vec<_> = (0..4).map(&mut advance).collect();
    assert_eq!(seen.iter().map(|it| it.new).collect::<Vec<_>>(), [true, true, false, false]);
    assert!(seen.iter().all(|it| !it.ended), "{seen:?}");
    assert!(began.elapsed() < Duration::from_millis(40), "{:?}", began.elapsed());
    let late = Arc::clone(&link);
    let pushes = move || {
        thread::park_timeout(Duration::from_millis(200));
        late.video.push(Timed { take: 0, pts: 160_000_000, what: None });
    };
    let end = thread::Builder::new().name("end".to_owned()).spawn(pushes).expect("a thread");
    assert!(advance(4).ended);
    end.join().expect("it ends");
}
