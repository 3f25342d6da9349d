//! Verdicts by table.

use chrono::{DateTime, Utc};
use handover_core::archive::{Counts, JobState, JobView};
use handover_core::event::Source;
use handover_core::feed::Scope;
use handover_core::id::{AccountId, DeskId};
use handover_core::job::{Lane, Work};
use handover_core::store::Pause;

use super::{Seen, State, judge};

fn well() -> Seen {
    Seen {
        serving: true,
        counts: Counts::default(),
        pauses: Vec::new(),
        parked: Vec::new(),
        failing: Vec::new(),
    }
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
        (Seen { serving: false, ..well() }, State::Broken, "start `handover serve"),
        (Seen { pauses: vec![pause(None)], ..well() }, State::Broken, "correct the credentials"),
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
