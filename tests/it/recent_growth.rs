//! What the foot shows of frames that were lost lately.

use studio::window::recent_growth::RecentGrowth;

const SECOND: u64 = 1_000_000_000;

#[test]
fn what_was_lost_is_shown_for_ten_seconds_after_the_last_loss() {
    let mut lost = RecentGrowth::default();
    assert_eq!(lost.recent_growth(3, SECOND), 3);
    assert_eq!(lost.recent_growth(5, 9 * SECOND), 5);
    assert_eq!(lost.recent_growth(5, 19 * SECOND), 5);
    assert_eq!(lost.recent_growth(5, 20 * SECOND), 0);
    assert_eq!(lost.recent_growth(6, 21 * SECOND), 1);
}

/// The count is that of the encode with the most; it falls when that one ends.
#[test]
fn a_count_that_falls_takes_its_share_along() {
    let mut lost = RecentGrowth::default();
    assert_eq!(lost.recent_growth(7, SECOND), 7);
    assert_eq!(lost.recent_growth(2, 2 * SECOND), 2);
    assert_eq!(lost.recent_growth(0, 3 * SECOND), 0);
    assert_eq!(lost.recent_growth(4, 4 * SECOND), 4);
}

#[test]
fn what_was_reset_begins_at_0_and_was_not_lately() {
    let mut lost = RecentGrowth::default();
    assert_eq!(lost.recent_growth(7, SECOND), 7);
    assert_eq!(lost.since_reset(), 7);
    lost.reset();
    assert_eq!((lost.recent_growth(7, 2 * SECOND), lost.since_reset()), (0, 0));
    assert_eq!((lost.recent_growth(9, 3 * SECOND), lost.since_reset()), (2, 2));
    // An encode that ended takes its share along, and what was reset with it.
    assert_eq!((lost.recent_growth(4, 4 * SECOND), lost.since_reset()), (2, 2));
    assert_eq!((lost.recent_growth(5, 5 * SECOND), lost.since_reset()), (3, 3));
}
