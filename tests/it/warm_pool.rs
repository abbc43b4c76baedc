//! Which sources are kept open although nothing shows them.

use proptest::prelude::*;
use show::SourceId;
use studio::sources::{WarmBudget, WarmPool};

fn ids(numbers: &[u32]) -> Vec<SourceId> {
    numbers.iter().copied().map(SourceId).collect()
}

/// Candidates of one size.
fn alike(numbers: &[u32]) -> Vec<(SourceId, u64)> {
    ids(numbers).into_iter().map(|id| (id, 10)).collect()
}

#[test]
fn what_was_used_last_is_kept_first_and_then_what_the_show_has_first() {
    let mut pool = WarmPool::new(WarmBudget { sources: 3, bytes: 1_000 });
    assert_eq!(pool.keep(&alike(&[1, 2, 3, 4, 5])), ids(&[1, 2, 3]), "nothing was used");
    pool.use_only(ids(&[5]));
    pool.use_only(ids(&[4]));
    pool.use_only(ids(&[1]));
    assert_eq!(pool.keep(&alike(&[2, 3, 4, 5])), ids(&[4, 5, 2]));
    // What is in use is no candidate; used again, it is the last one.
    pool.use_only(ids(&[5]));
    pool.use_only(ids(&[]));
    assert_eq!(pool.keep(&alike(&[1, 2, 3, 4, 5])), ids(&[5, 1, 4]));
}

#[test]
fn one_that_is_too_large_is_left_out_and_the_next_is_tried() {
    let mut pool = WarmPool::new(WarmBudget { sources: 9, bytes: 30 });
    pool.use_only(ids(&[2]));
    pool.use_only(ids(&[]));
    let sizes = [(SourceId(1), 20), (SourceId(2), 25), (SourceId(3), 5)];
    assert_eq!(pool.keep(&sizes), ids(&[2, 3]));
    assert_eq!(WarmPool::new(WarmBudget::NONE).keep(&sizes), []);
}

/// Steps of use, a budget and candidates with their sizes.
fn any_case() -> impl Strategy<Value = (Vec<Vec<u32>>, WarmBudget, Vec<(SourceId, u64)>)> {
    let used = prop::collection::vec(prop::collection::vec(0_u32..12, 0..4), 0..12);
    let budget =
        (0_usize..8, 0_u64..200).prop_map(|(sources, bytes)| WarmBudget { sources, bytes });
    let sizes = prop::collection::btree_map((0_u32..12).prop_map(SourceId), 1_u64..60, 0..12);
    (used, budget, sizes.prop_map(|sizes| sizes.into_iter().collect()))
}

proptest! {
    #[test]
    fn the_budget_holds_and_what_is_kept_was_asked_for((used, budget, sizes) in any_case()) {
        let mut pool = WarmPool::new(budget);
        for step in used {
            pool.use_only(ids(&step));
        }
        let kept = pool.keep(&sizes);
        let bytes: u64 = sizes.iter().filter(|(id, _)| kept.contains(id)).map(|(_, size)| size).sum();
        prop_assert!(kept.len() <= budget.sources && bytes <= budget.bytes);
        prop_assert!(kept.iter().all(|id| sizes.iter().any(|(other, _)| other == id)));
        let mut once = kept.clone();
        once.sort();
        once.dedup();
        prop_assert_eq!(once.len(), kept.len());
        // Kept twice it is the same: nothing is opened and closed in turn.
        let again: Vec<_> = sizes.iter().copied().filter(|(id, _)| kept.contains(id)).collect();
        prop_assert_eq!(&pool.keep(&again), &kept);
        // What is left out has no room beside what is kept.
        for (id, size) in sizes.iter().filter(|(id, _)| !kept.contains(id)) {
            prop_assert!(kept.len() == budget.sources || bytes + size > budget.bytes, "{}", id);
        }
    }

    #[test]
    fn what_was_used_later_is_kept_before_what_was_used_earlier_and_is_no_smaller(
        (used, budget, sizes) in any_case()
    ) {
        let mut pool = WarmPool::new(budget);
        let mut last = std::collections::BTreeMap::new();
        for (now, step) in used.iter().enumerate() {
            pool.use_only(ids(step));
            step.iter().for_each(|id| _ = last.insert(SourceId(*id), now));
        }
        pool.use_only([]);
        let kept = pool.keep(&sizes);
        for (early, large) in &sizes {
            for (late, small) in &sizes {
                let is_later = last.get(late) > last.get(early);
                if kept.contains(early) && is_later && small <= large {
                    prop_assert!(kept.contains(late), "{late} went before {early}");
                }
            }
        }
    }
}
