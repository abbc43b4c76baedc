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
