//! Which picture of a source a frame gets, picture by picture.

use engine::{FrameIndex, FramePool, Run};
use media::link::{SourceLink, Timed};
use show::FrameRate;
use studio::program::slot::Slot;
use studio::program::video_reader::VideoReader;

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
