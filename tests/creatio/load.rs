//! Much at once, and slowly.

use std::time::Duration;

use handover_core::policy::OpenCase;
use handover_creatio::Config;

use crate::town::{NUMBER, Plan, Town, secret};

/// With the call for a person, the assistant's words and the farewell: ten messages.
const QUESTIONS: u32 = 4;

#[tokio::test(start_paused = true)]
async fn a_transcript_of_a_hundred_at_700_ms_an_item_is_neither_lost_nor_doubled_nor_parked() {
    let town = Town::new(&Plan { open_case: OpenCase::Handoff, ..Plan::default() });
    let (request, item) = (Duration::from_millis(20), Duration::from_millis(700));
    town.creatio.set_latency(request, item);
    for n in 0..48 {
        town.customer_texts(&format!("Are you open on day {n}?")).await;
    }
    town.customer_texts("speak to a person").await;
    town.recover().await;
    let case = town.only_case();
    let entries = town.entries(case.id());
    let numbers: Vec<u64> = entries.iter().map(|(number, _)| *number).collect();
    // What else is said in time, that nobody came, stands behind the transcript.
    assert!(numbers.starts_with(&(1..=99).collect::<Vec<u64>>()), "{numbers:?}");
    assert_eq!(town.parked().await, []);
    assert_eq!(case.guid("OwnerId"), Some(town.ann));
    let given_up = town.creatio.requests().iter().filter(|r| r.items * 700 > 30_000).count();
    assert!(given_up <= 1, "only the first batch can be too long: {given_up}");
}

/// 1.2 calls for the case, ten entries, the note and the change of the case, with looking up the
/// customer and entering the contact; by the runner, whose workers wait for places together.
#[tokio::test(start_paused = true)]
async fn many_handoffs_at_once_cost_little_more_than_what_they_write() {
    const SESSIONS: u32 = 40;
    let writes = u64::from(SESSIONS) * (1 + 10 + 1 + 1);
    let limit = writes * 6 / 5;
    let town = Town::new(&Plan {
        open_case: OpenCase::Handoff,
        process: Some(|process| process.not_ours()),
        login: || {
            let secret = secret("client-secret");
            let login = Config::new("https://acme.creatio.com", "client", secret).unwrap();
            login.with_daily_calls(2_000).unwrap()
        },
        ..Plan::default()
    });
    town.creatio.limit_calls(Some((2_000, 429)));
    let number = |n: u32| format!("+1555333{n:04}");
    for round in 0..QUESTIONS {
        for n in 0..SESSIONS {
            let text = format!("Are you open on day {round}?");
            town.twilio.customer_texts(&number(n), NUMBER, &text, &[], town.now());
        }
        town.run().await;
    }
    let before = town.creatio.metered(town.now().date_naive());
    town.creatio.set_latency(Duration::from_millis(20), Duration::from_micros(1_800));
    for n in 0..SESSIONS {
        town.twilio.customer_texts(&number(n), NUMBER, "speak to a person", &[], town.now());
    }
    town.drive().await;
    let cases = town.creatio.cases();
    assert_eq!(cases.len(), SESSIONS as usize);
    for case in &cases {
        let rows = town.creatio.activities(case.id());
        let mut entries: Vec<_> = rows.iter().map(|row| (row.date("CreatedOn"), row)).collect();
        entries.sort_by_key(|(_, row)| row.date("StartDate"));
        assert!(entries.is_sorted_by_key(|(at, _)| *at), "none before the one above it");
        let numbers: Vec<u64> = town.entries(case.id()).iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, (1..=11).collect::<Vec<u64>>());
        assert_eq!(case.guid("OwnerId"), Some(town.ann));
        assert!(case.guid("ContactId").is_some());
    }
    let calls = town.creatio.metered(town.now().date_naive()) - before;
    assert!(calls <= limit, "{calls} calls for {writes} writes");
    assert!(town.most_calls() <= 4, "{} at a time", town.most_calls());
    assert_eq!(town.parked().await, []);
}
