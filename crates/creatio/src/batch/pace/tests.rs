use std::time::Duration;

use chrono::TimeDelta;

use super::Pace;

fn pace() -> Pace {
    Pace::new(Duration::from_secs(30))
}

#[test]
fn a_batch_is_full_until_one_was_slow() {
    let pace = pace();
    assert_eq!(pace.items(), 100);
    pace.answered(100, TimeDelta::milliseconds(200));
    assert_eq!(pace.items(), 100);
    // 700 ms an item: 14 of them end within 10 s.
    pace.answered(100, TimeDelta::seconds(70));
    assert_eq!(pace.items(), 14);
    pace.answered(14, TimeDelta::milliseconds(9_800));
    assert_eq!(pace.items(), 14);
}

#[test]
fn it_grows_again_no_faster_than_twofold() {
    let pace = pace();
    pace.answered(100, TimeDelta::seconds(200));
    assert_eq!(pace.items(), 5);
    for items in [10, 20, 40, 80, 100] {
        pace.answered(pace.items(), TimeDelta::milliseconds(10));
        assert_eq!(pace.items(), items);
    }
}

#[test]
fn a_short_batch_does_not_speak_for_long_ones() {
    let pace = pace();
    pace.answered(1, TimeDelta::milliseconds(20));
    assert_eq!(pace.items(), 100);
    pace.answered(1, TimeDelta::seconds(60));
    assert_eq!(pace.items(), 1);
    pace.answered(1, TimeDelta::zero());
    assert_eq!(pace.items(), 2);
}

#[test]
fn a_lost_batch_is_quartered_and_never_empty() {
    let pace = pace();
    for items in [25, 6, 1, 1] {
        pace.lost(pace.items());
        assert_eq!(pace.items(), items);
    }
    pace.lost(0);
    assert_eq!(pace.items(), 1);
}
