use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::id::{CaseId, ChannelId, DeskId, SessionId};
use handover_core::job::{Destination, Job, JobId, Lane, Outcome, Withheld, Work};
use handover_core::policy::Policy;

use uuid::Uuid;

use super::{Disposition, judge};

const SESSION: SessionId = SessionId(Uuid::from_u128(7));

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn job(work: Work) -> Job {
    let lane = match work {
        Work::Send { .. } => {
            Lane::session(SESSION, Destination::Channel(ChannelId::new("sms").unwrap()))
        }
        Work::Answer { .. } => Lane::session(SESSION, Destination::Assistant),
        _ => Lane::case(CaseId(Uuid::from_u128(7)), &DeskId::new("desk").unwrap()),
    };
    Job {
        id: JobId(1),
        session: Some(SESSION),
        lane,
        work,
        fence: None,
        created_at: start(),
        attempts: 1,
        first_at: Some(start()),
        tried: false,
        last_at: None,
    }
}

fn send() -> Job {
    job(Work::Send { seq: 1, part: 0, again: 0 })
}

fn append() -> Job {
    job(Work::Append { through: 1 })
}

fn at_once(job: &Job, error: &Error) -> Disposition {
    judge(&Policy::default(), job, error, start())
}

fn after(job: &Job, error: &Error, time: TimeDelta) -> Disposition {
    judge(&Policy::default(), job, error, start() + time)
}

fn again(disposition: &Disposition) -> (TimeDelta, bool, Option<bool>) {
    match disposition {
        Disposition::Again { after, tried, pause } => (*after, *tried, *pause),
        other => panic!("not again: {other:?}"),
    }
}

#[test]
fn what_had_no_effect_is_done_again_soon() {
    let (wait, tried, pause) = again(&at_once(&send(), &Error::later(ErrorKind::Network, "down")));
    assert!(wait >= TimeDelta::milliseconds(500) && wait <= TimeDelta::seconds(1), "{wait}");
    assert_eq!((tried, pause), (false, None));
}

#[test]
fn the_providers_delay_is_honoured_and_its_scope_too() {
    let after = Some(Duration::from_secs(30));
    let busy = |scope| Error::new(ErrorKind::RateLimited, Retry::Later { after, scope }, "busy");
    let (wait, _, pause) = again(&at_once(&append(), &busy(RetryScope::Account)));
    assert_eq!((wait, pause), (TimeDelta::seconds(30), Some(true)));
    assert_eq!(again(&at_once(&append(), &busy(RetryScope::Job))).2, None);
}

#[test]
fn an_account_waits_as_long_as_its_provider_asks_however_often_a_job_has_failed() {
    let job = Job { attempts: 9, ..append() };
    let after = Some(Duration::from_secs(3));
    let busy = |scope| Error::new(ErrorKind::RateLimited, Retry::Later { after, scope }, "busy");
    assert_eq!(again(&at_once(&job, &busy(RetryScope::Account))).0, TimeDelta::seconds(3));
    assert!(again(&at_once(&job, &busy(RetryScope::Job))).0 > TimeDelta::seconds(60));
}

#[test]
fn what_may_have_had_its_effect_comes_back_as_tried() {
    assert!(again(&at_once(&send(), &Error::unsure(ErrorKind::Network, "reset"))).1);
}

#[test]
fn a_refused_login_stops_the_account_and_not_a_thousand_lanes() {
    let error = Error::never(ErrorKind::Unauthorized, "login");
    for job in [send(), append()] {
        assert_eq!(again(&at_once(&job, &error)).2, Some(false));
    }
}

#[test]
fn what_is_ours_to_mend_parks() {
    for kind in [ErrorKind::Config, ErrorKind::Forbidden] {
        let error = Error::never(kind, "mend");
        assert_eq!(at_once(&send(), &error), Disposition::Park);
        assert_eq!(at_once(&append(), &error), Disposition::Park);
    }
}

#[test]
fn a_send_that_the_provider_refuses_ends_with_its_code() {
    let error = Error::never(ErrorKind::Invalid, "bad number").with_code("21211");
    let Disposition::End(Outcome::Failed(failure)) = at_once(&send(), &error) else { panic!() };
    assert_eq!((failure.kind, failure.code.as_deref()), (ErrorKind::Invalid, Some("21211")));
}

#[test]
fn an_entry_that_the_desk_refuses_as_a_whole_waits_for_a_person() {
    let error = Error::never(ErrorKind::Invalid, "refused");
    assert_eq!(at_once(&append(), &error), Disposition::Park);
}

#[test]
fn a_person_or_a_closed_case_is_an_input() {
    let taken = Error::never(ErrorKind::Taken, "taken");
    let closed = Error::never(ErrorKind::Closed, "closed");
    assert_eq!(at_once(&append(), &taken), Disposition::End(Outcome::CaseTaken));
    assert_eq!(at_once(&append(), &closed), Disposition::End(Outcome::CaseClosed));
    assert_eq!(at_once(&send(), &taken), Disposition::End(Outcome::CaseTaken));
}

#[test]
fn each_kind_of_work_gives_up_in_its_own_time() {
    let down = Error::later(ErrorKind::Network, "down");
    let hour = TimeDelta::minutes(61);
    assert_eq!(after(&send(), &down, hour), Disposition::End(Outcome::Withheld(Withheld::TooOld)));
    again(&after(&append(), &down, hour));
    assert_eq!(after(&append(), &down, TimeDelta::hours(25)), Disposition::Park);
    let answer = job(Work::Answer { through: 1 });
    let minutes = TimeDelta::minutes(3);
    assert!(matches!(after(&answer, &down, minutes), Disposition::End(Outcome::Failed(_))));
    again(&after(&job(Work::Pull), &down, TimeDelta::days(30)));
}

#[test]
fn a_send_of_which_nobody_knows_ends_uncertain_and_never_as_unsent() {
    let unsure = Error::unsure(ErrorKind::Network, "reset");
    let hour = TimeDelta::minutes(61);
    assert_eq!(after(&send(), &unsure, hour), Disposition::End(Outcome::Uncertain));
    let tried = Job { tried: true, ..send() };
    let down = Error::later(ErrorKind::Network, "down");
    assert_eq!(after(&tried, &down, hour), Disposition::End(Outcome::Uncertain));
}

#[test]
fn waiting_doubles_up_to_five_minutes_and_differs_between_jobs() {
    let down = Error::later(ErrorKind::Network, "down");
    let wait =
        |attempts, id| again(&at_once(&Job { attempts, id: JobId(id), ..append() }, &down)).0;
    let rows = [(1, 500, 1_000), (4, 4_000, 8_000), (9, 128_000, 256_000), (40, 150_000, 300_000)];
    for (attempts, least, most) in rows {
        for id in 0..20 {
            let wait = wait(attempts, id).num_milliseconds();
            assert!((least..=most).contains(&wait), "attempt {attempts}: {wait} ms");
        }
    }
    assert_ne!(wait(4, 1), wait(4, 2));
    assert_eq!(wait(4, 1), wait(4, 1));
}
