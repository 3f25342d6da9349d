use std::time::Duration;

use chrono::{TimeZone, Utc};
use futures_util::{FutureExt, pin_mut};
use handover_core::error::{ErrorKind, Retry, RetryScope};

use super::{Budget, Priority, until_midnight};

fn noon() -> chrono::DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap()
}

#[test]
fn customers_have_the_calls_that_enrichment_is_refused() {
    let budget = Budget::new(4, Some(100));
    budget.spend(79, Priority::Enrichment, noon()).unwrap();
    budget.spend(1, Priority::Enrichment, noon()).unwrap();
    let error = budget.spend(1, Priority::Enrichment, noon()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::RateLimited, Some("daily-calls")));
    let half = Some(Duration::from_secs(12 * 3600));
    assert_eq!(error.retry(), Retry::Later { after: half, scope: RetryScope::Job });
    budget.spend(20, Priority::Customer, noon()).unwrap();
    let error = budget.spend(1, Priority::Customer, noon()).unwrap_err();
    assert_eq!(error.retry(), Retry::Later { after: half, scope: RetryScope::Account });
    assert_eq!(budget.usage(noon()).calls, 100);
}

#[test]
fn a_day_begins_at_midnight_utc() {
    let budget = Budget::new(4, Some(100));
    budget.spend(100, Priority::Customer, noon()).unwrap();
    let tomorrow = Utc.with_ymd_and_hms(2026, 11, 21, 0, 0, 0).unwrap();
    assert_eq!(until_midnight(tomorrow - chrono::Duration::seconds(1)), Duration::from_secs(1));
    assert_eq!(budget.usage(tomorrow).calls, 0);
    budget.spend(1, Priority::Enrichment, tomorrow).unwrap();
    let usage = budget.usage(tomorrow);
    assert_eq!((usage.calls, usage.limit, usage.day), (1, Some(100), tomorrow.date_naive()));
}

#[test]
fn a_call_that_does_not_fit_is_not_counted() {
    let budget = Budget::new(4, Some(100));
    budget.spend(101, Priority::Customer, noon()).unwrap_err();
    assert_eq!(budget.usage(noon()).calls, 0);
    let unlimited = Budget::new(4, None);
    unlimited.spend(u64::MAX, Priority::Enrichment, noon()).unwrap();
    unlimited.spend(1, Priority::Enrichment, noon()).unwrap();
}

#[test]
fn customers_go_before_enrichment_and_nobody_is_forgotten() {
    let budget = Budget::new(1, None);
    let first = budget.enter(Priority::Enrichment).now_or_never().unwrap();
    let other = budget.enter(Priority::Enrichment);
    let customer = budget.enter(Priority::Customer);
    pin_mut!(other, customer);
    assert!(other.as_mut().now_or_never().is_none());
    assert!(customer.as_mut().now_or_never().is_none());
    drop(first);
    assert!(other.as_mut().now_or_never().is_none(), "a customer waits");
    assert!(budget.enter(Priority::Enrichment).now_or_never().is_none(), "also for who comes now");
    let place = customer.as_mut().now_or_never().expect("the customer is next");
    assert!(other.as_mut().now_or_never().is_none());
    drop(place);
    drop(other.as_mut().now_or_never().expect("nobody else waits"));
}

#[test]
fn whoever_gives_up_waiting_lets_the_others_in() {
    let budget = Budget::new(1, None);
    let place = budget.enter(Priority::Customer).now_or_never().unwrap();
    let mut customer = Box::pin(budget.enter(Priority::Customer));
    assert!(customer.as_mut().now_or_never().is_none());
    let other = budget.enter(Priority::Enrichment);
    pin_mut!(other);
    assert!(other.as_mut().now_or_never().is_none());
    drop(place);
    drop(customer);
    assert!(other.now_or_never().is_some());
}

#[tokio::test]
async fn never_more_are_under_way_than_may_be() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (budget, inside, most) = (Budget::new(3, None), AtomicUsize::new(0), AtomicUsize::new(0));
    let work = |n: usize| {
        let (budget, inside, most) = (&budget, &inside, &most);
        async move {
            let priority =
                if n.is_multiple_of(2) { Priority::Customer } else { Priority::Enrichment };
            let _place = budget.enter(priority).await;
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            inside.fetch_sub(1, Ordering::SeqCst);
        }
    };
    futures_util::future::join_all((0..100).map(work)).await;
    assert_eq!(most.into_inner(), 3);
}
