//! What the desk is shown of the open sources.

use std::collections::BTreeMap;

use media::live_health::LiveState;
use media::picture_format::{BeyondBt709, PictureFormat};
use media::signal::Lack;
use show::SourceId;
use ui::{LackLook, LiveLook, PictureLook, SourceLook};

use crate::program::session::Session;

/// The open sources of a program at this time.
pub fn of(session: &Session, now: u64) -> BTreeMap<SourceId, SourceLook> {
    let millis = |nanos: u64| nanos / 1_000_000;
    let supervision = session.shared.snapshot.load().show.supervision;
    let wiring = session.shared.wiring.load();
    let all = wiring.sources.iter().map(|wired| {
        let silent_millis = wired.status.arrived().map(|at| millis(now.saturating_sub(at)));
        let retry_millis = wired.status.opens_at().map(|at| millis(at.saturating_sub(now)));
        let live = wired.pushed.as_ref().and_then(|link| live(link.live.get(), now));
        let picture = wired.format.load().as_deref().copied().map(picture);
        let silent = wired.silent_track.load();
        let silent_track = silent.as_deref().map(|track| (track.number, track.of));
        let (lack, reached_delay) =
            (wired.signal.get().lack(&supervision).map(lack), wired.reached_delay.get());
        let look = SourceLook {
            silent_millis,
            retry_millis,
            live,
            picture,
            silent_track,
            lack,
            reached_delay,
        };
        (wired.id, look)
    });
    all.collect()
}

/// What a source lacks for too long.
fn lack(of: Lack) -> LackLook {
    let millis = |nanos: i64| u64::try_from(nanos / 1_000_000).unwrap_or(0);
    match of {
        Lack::Black(lasts) => LackLook::Black(millis(lasts)),
        Lack::Frozen(lasts) => LackLook::Frozen(millis(lasts)),
        Lack::Silent(lasts) => LackLook::Silent(millis(lasts)),
    }
}

/// What a source's pictures are.
fn picture(format: PictureFormat) -> PictureLook {
    let PictureFormat { size, rate: (num, den), has_fields, beyond } = format;
    let beyond = beyond.map(|beyond| match beyond {
        BeyondBt709::Bt2020 => "BT.2020",
        BeyondBt709::Pq => "PQ",
        BeyondBt709::Hlg => "HLG",
    });
    let (num, den) = (u64::from(num), u64::from(den.max(1)));
    let rate_hundredths = u32::try_from((num * 100 + den / 2) / den).unwrap_or(0);
    PictureLook { size, rate_hundredths, has_fields, beyond }
}

/// For how long a live source is said to have been late, in nanoseconds.
const LATELY: i64 = 10_000_000_000;

/// How a live source comes in; `None` before anything has come.
fn live(state: LiveState, now: u64) -> Option<LiveLook> {
    let millis = |nanos: i64| u64::try_from(nanos / 1_000_000).unwrap_or(0);
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let lately = state.lates > 0 && now - state.late_at < LATELY;
    (state.target > 0).then(|| LiveLook {
        target_millis: millis(state.target),
        latency_millis: millis(state.latency),
        late_millis: lately.then(|| millis(state.late)),
        lates: state.lates,
        jumps: state.jumps,
        skipped: state.skipped,
        no_picture: state.no_picture,
        no_sound: state.no_sound,
    })
}
