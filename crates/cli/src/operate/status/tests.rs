//! Verdicts by table.

use chrono::{DateTime, Utc};
use handover_core::archive::{Counts, JobState, JobView};
use handover_core::event::Source;
use handover_core::feed::Scope;
use handover_core::id::{AccountId, DeskId};
use handover_core::job::{Lane, Work};
use handover_core::probe::Check;
use handover_core::store::Pause;

use super::{Seen, Serving, State, judge};
use crate::proofs::{Placed, Proofs, Tried, Wanted};

fn well() -> Seen {
    Seen {
        serving: Serving::Yes,
        counts: Counts::default(),
        pauses: Vec::new(),
        parked: Vec::new(),
        failing: Vec::new(),
        wanted: Wanted::of("this", true),
        proofs: Some(proofs()),
    }
}

fn proofs() -> Proofs {
    let checks = vec![line(Check::proven("login", "it gave a token"))];
    let trip = Some(Tried { at: now(), checks: Vec::new() });
    Proofs { configuration: "this".to_owned(), at: now(), checks, trip }
}

fn line(check: Check) -> Placed {
    Placed { place: "desk.creatio".to_owned(), check }
}

fn pause(until: Option<DateTime<Utc>>) -> Pause {
    let account = AccountId::new("creatio").unwrap();
    Pause { account, until, reason: "the login was refused".into() }
}

fn parked() -> JobView {
    let source = Source::Desk(DeskId::new("creatio").unwrap());
    let job = serde_json::json!({
        "id": 12,
        "lane": Lane::feed(&source, Scope::All),
        "work": Work::Pull,
        "created_at": now(),
        "attempts": 3,
    });
    let job = serde_json::from_value(job).unwrap();
    let reason = Some("a column does not exist".into());
    JobView { job, state: JobState::Parked, reason, not_before: now() }
}

fn now() -> DateTime<Utc> {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

#[test]
fn each_trouble_has_its_verdict_and_its_fix() {
    let uncertain = Counts { uncertain: 2, ..Counts::default() };
    let table = [
        (well(), State::Active, ""),
        (Seen { serving: Serving::No, ..well() }, State::Broken, "start `handover serve"),
        (Seen { serving: Serving::Refuses, ..well() }, State::Broken, "restart serve"),
        (Seen { pauses: vec![pause(None)], ..well() }, State::Broken, "`handover resume creatio`"),
        (Seen { pauses: vec![pause(Some(now()))], ..well() }, State::Degraded, "by itself"),
        (Seen { parked: vec![parked()], ..well() }, State::Degraded, "`handover replay 12`"),
        (Seen { failing: vec![parked(), parked()], ..well() }, State::Degraded, "that provider"),
        (Seen { counts: uncertain, ..well() }, State::Degraded, "`handover uncertain`"),
    ];
    for (seen, state, fix) in table {
        let status = judge(&seen);
        assert_eq!(status.state, state, "{seen:?}");
        let fixes: Vec<_> = status.troubles.iter().map(|trouble| trouble.fix.as_str()).collect();
        assert!(fixes.join("\n").contains(fix), "{fixes:?}");
        assert_eq!(fixes.is_empty(), fix.is_empty());
    }
}

#[test]
fn it_is_active_only_when_all_that_the_configuration_needs_was_proven() {
    let broken = line(Check::broken("rights on Case", "it is forbidden", "give the right"));
    let other = Proofs { configuration: "another".to_owned(), ..proofs() };
    let untried = Proofs { trip: None, ..proofs() };
    let refused = Proofs { checks: vec![broken.clone()], ..proofs() };
    let failed = Tried { at: now(), checks: vec![broken] };
    let failed = Proofs { trip: Some(failed), ..proofs() };
    let doctor = "run `handover doctor --round-trip`";
    let table = [
        (None, State::Unproven, doctor),
        (Some(other), State::Unproven, doctor),
        (Some(untried.clone()), State::Unproven, doctor),
        (Some(refused), State::Broken, "give the right"),
        (Some(failed), State::Broken, "give the right"),
    ];
    for (proofs, state, fix) in table {
        let status = judge(&Seen { proofs: proofs.clone(), ..well() });
        assert_eq!(status.state, state, "{proofs:?}");
        assert!(status.troubles[0].fix.contains(fix), "{status:?}");
    }
    // Where there is no Creatio, nothing needs a round trip.
    let wanted = Wanted::of("this", false);
    let seen = Seen { wanted, proofs: Some(untried), ..well() };
    assert_eq!(judge(&seen).state, State::Active);
    assert_eq!(judge(&seen).proven_at, Some(now()));
}

#[test]
fn what_fails_alike_is_told_once_and_one_failure_is_none_yet() {
    let mut once = parked();
    once.job.attempts = 1;
    let status = judge(&Seen { failing: vec![parked(), once, parked()], ..well() });
    let told: Vec<_> = status.troubles.iter().map(|trouble| trouble.what.as_str()).collect();
    assert_eq!(told, ["2 jobs are being tried again (feed of creatio: a column does not exist)"]);
}

#[test]
fn the_worst_trouble_counts() {
    let seen = Seen { parked: vec![parked()], pauses: vec![pause(None)], ..well() };
    assert_eq!(judge(&seen).state, State::Broken);
    assert_eq!(judge(&seen).troubles.len(), 2);
}
