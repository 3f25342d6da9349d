use std::time::Duration;

use super::*;

fn headers(remaining: u32, reset: i64, date: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-ratelimit-limit", 50.into());
    headers.insert("x-ratelimit-remaining", remaining.into());
    headers.insert("x-ratelimit-reset", reset.to_string().parse().unwrap());
    if let Some(date) = date {
        headers.insert(header::DATE, date.parse().unwrap());
    }
    headers
}

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn pause(meter: &Meter, calls: u32, now: DateTime<Utc>) -> Option<Duration> {
    let error = match meter.set_aside(calls, now) {
        Ok(kept) => {
            meter.give_back(kept);
            return None;
        }
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    match error.retry() {
        Retry::Later { after, scope: RetryScope::Account } => after,
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_call_is_made_that_front_would_refuse() {
    let meter = Meter::default();
    assert_eq!(pause(&meter, 1, now()), None, "nothing is known");
    meter.learn(&headers(2, now().timestamp() + 20, None), now());
    let one = meter.begin(false, now()).unwrap();
    assert_eq!(pause(&meter, 2, now()), Some(Duration::from_secs(21)), "one is under way");
    let two = meter.begin(false, now()).unwrap();
    meter.begin(false, now()).unwrap_err();
    drop(one);
    meter.learn(&headers(0, now().timestamp() + 20, None), now());
    // The answer to the earlier call comes later.
    meter.learn(&headers(1, now().timestamp() + 20, None), now());
    drop(two);
    assert_eq!(pause(&meter, 1, now()), Some(Duration::from_secs(21)));
    assert_eq!(pause(&meter, 1, now() + TimeDelta::seconds(21)), None);
    meter.learn(&headers(50, now().timestamp() + 80, None), now());
    assert_eq!(pause(&meter, 50, now()), None, "a new minute");
}

#[test]
fn what_is_set_aside_nobody_else_uses_up() {
    let meter = Meter::default();
    meter.learn(&headers(3, now().timestamp() + 20, None), now());
    assert_eq!(meter.set_aside(2, now()).unwrap(), 2);
    let other = meter.begin(false, now()).unwrap();
    meter.begin(false, now()).unwrap_err();
    let first = meter.begin(true, now()).unwrap();
    drop((first, other));
    // The second is not made.
    meter.give_back(1);
    assert_eq!(pause(&meter, 3, now()), None);
    // More than a minute has never fits: as many as it has do.
    meter.learn(&headers(50, now().timestamp() + 80, None), now() + TimeDelta::seconds(60));
    assert_eq!(meter.set_aside(70, now() + TimeDelta::seconds(60)).unwrap(), 50);
}

#[test]
fn a_wrong_clock_or_a_strange_reset_is_no_long_pause() {
    let late = "Fri, 20 Nov 2026 15:00:00 GMT";
    let reset = now().timestamp() + 3 * 3600 + 30;
    for (reset, date, seconds) in [
        (reset, Some(late), Some(31)),
        (reset, None, Some(LONGEST.as_secs())),
        (i64::MAX, None, Some(LONGEST.as_secs())),
        (0, None, None),
        (-5, None, None),
    ] {
        let meter = Meter::default();
        meter.learn(&headers(0, reset, date), now());
        assert_eq!(pause(&meter, 1, now()), seconds.map(Duration::from_secs), "{reset}");
    }
}
