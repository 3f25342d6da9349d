//! Much at once, and slowly.

use std::time::Duration;

use handover_core::policy::OpenCase;

use crate::town::{NUMBER, Plan, Town};

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

#[tokio::test]
async fn a_hundred_handoffs_at_once_cost_little_more_than_what_they_write() {
    let town = Town::new(&Plan {
        open_case: OpenCase::Handoff,
        process: Some(|process| process.not_ours()),
        ..Plan::default()
    });
    let number = |n: u32| format!("+1555333{n:04}");
    for round in 0..QUESTIONS {
        for n in 0..100 {
            let text = format!("Are you open on day {round}?");
            town.twilio.customer_texts(&number(n), NUMBER, &text, &[], town.now());
        }
        town.run().await;
    }
    let before = town.creatio.requests().len();
    for n in 0..100 {
        town.twilio.customer_texts(&number(n), NUMBER, "speak to a person", &[], town.now());
    }
    town.settle().await;
    let cases = town.creatio.cases();
    assert_eq!(cases.len(), 100);
    for case in &cases {
        let numbers: Vec<u64> = town.entries(case.id()).iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, (1..=11).collect::<Vec<u64>>());
        assert_eq!(case.guid("OwnerId"), Some(town.ann));
    }
    let (mut desk, mut directory) = (0, 0);
    for request in &town.creatio.requests()[before..] {
        let calls = request.items.max(1);
        match request.path.as_str() {
            path if path.contains("/Contact") => directory += calls,
            path if path.contains("/odata") => desk += calls,
            _ => {}
        }
    }
    // The case, ten entries, the note, and the change of the case.
    let writes = 100 * (1 + 10 + 1 + 1);
    assert!(desk * 10 <= writes * 12, "{desk} calls for {writes} writes");
    assert!(directory <= 2 * 100 + 1, "a new customer is looked up and entered: {directory}");
}
