//! The list of failures, each row a test: a conversation from the first message to the end of its
//! case while it happens, and in the end everything is there once.
//!
//! | what fails | where |
//! |---|---|
//! | the words of people | `texts`, and `fields` for what the assistant reads out of them |
//! | logins, sessions, rights, the quota | `login` |
//! | the server, its answers, its batches, its clock | here |
//! | files | `files` |
//! | calls of business processes | `calls` |
//! | two at once | `races`, `reopening` |
//! | too much at once | `load` |
//!
//! What a client alone must survive stands with the client, in `crates/creatio/tests`.

use std::time::Duration;

use chrono::TimeDelta;
use handover_sim::creatio::{Creatio, Quirk};
use handover_sim::{Fault, Rule};

use crate::town::{ANSWER, CUSTOMER, Plan, Town};

/// One test for each row: what goes wrong, told by how often it is to be let pass first.
macro_rules! survives {
    ($($name:ident: $arrange:expr;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            for nth in 0..MOMENTS {
                conversation(stringify!($name), nth, $arrange).await;
            }
        }
    )*};
}

survives! {
    // Credentials.
    the_token_is_revoked: |creatio, nth| strike(creatio, Fault::ExpireToken, "/odata", nth);
    the_identity_service_is_busy: |creatio, nth| {
        let busy = Fault::Status { code: 503, retry_after: None };
        strike(creatio, busy, "/connect/token", nth);
        creatio.expire_tokens();
    };
    a_login_page_comes_with_200: |creatio, nth| strike(creatio, Fault::Html, "/odata", nth);

    // Writes whose answer lies.
    a_case_is_created_and_500_is_answered: |creatio, nth| {
        strike(creatio, Fault::AfterWrite { status: 500 }, "/Case", nth);
    };
    a_contact_is_created_and_500_is_answered: |creatio, nth| {
        strike(creatio, Fault::AfterWrite { status: 500 }, "/Contact", nth);
    };
    a_batch_is_performed_and_500_is_answered: |creatio, nth| {
        strike(creatio, Fault::AfterWrite { status: 500 }, "$batch", nth);
    };
    the_answer_never_comes: |creatio, nth| strike(creatio, Fault::DropAfterWrite, "/odata", nth);
    the_answer_comes_too_late: |creatio, nth| {
        strike(creatio, Fault::Slow { delay: Duration::from_secs(60) }, "/odata", nth);
    };
    the_connection_is_reset_before_anything: |creatio, nth| {
        strike(creatio, Fault::DropBeforeWrite, "/odata", nth);
    };
    there_is_no_connection: |creatio, nth| strike(creatio, Fault::Unreachable, "/odata", nth);
    creations_come_back_without_a_body: |creatio, _| {
        creatio.quirk(Quirk::CreatedWithoutBody, true);
    };
    errors_come_with_200: |creatio, nth| {
        creatio.quirk(Quirk::ErrorsAre200, true);
        strike(creatio, Fault::DropAfterWrite, "/odata", nth);
    };

    // Answers that are damaged or of somebody else.
    half_of_the_answer_is_missing: |creatio, nth| strike(creatio, Fault::Truncate, "/odata", nth);
    the_answer_begins_with_a_mark: |creatio, _| {
        creatio.faults().add(Rule::new(Fault::Bom).path("/odata"));
    };
    the_answer_says_it_is_plain_text: |creatio, _| {
        creatio.faults().add(Rule::new(Fault::WrongType).path("/odata"));
    };
    a_firewall_answers: |creatio, nth| strike(creatio, Fault::Waf, "/odata", nth);
    we_are_sent_to_another_host: |creatio, nth| strike(creatio, Fault::Redirect, "/odata", nth);
    the_model_is_out_of_date: |creatio, _| creatio.quirk(Quirk::StaleModel, true);
    the_model_is_rebuilt_for_a_minute: |creatio, nth| {
        let gone = Fault::Status { code: 404, retry_after: None };
        creatio.faults().add(Rule::new(gone).path("/odata").after(nth).times(3));
    };

    // Limits.
    too_many_requests_with_a_time: |creatio, nth| {
        strike(creatio, Fault::Status { code: 429, retry_after: Some(30) }, "/odata", nth);
    };
    too_many_requests_without_a_time: |creatio, nth| {
        strike(creatio, Fault::Status { code: 429, retry_after: None }, "/odata", nth);
    };
    a_gateway_fails: |creatio, nth| {
        strike(creatio, Fault::Status { code: 502, retry_after: None }, "/odata", nth);
    };
    the_server_is_out_of_order: |creatio, nth| {
        let down = Fault::Status { code: 503, retry_after: Some(60) };
        creatio.faults().add(Rule::new(down).path("/odata").after(nth).times(4));
    };
    a_gateway_waits_in_vain: |creatio, nth| {
        strike(creatio, Fault::Status { code: 504, retry_after: None }, "/odata", nth);
    };

    // Batches.
    an_item_is_written_and_500_is_answered: |creatio, nth| {
        let rule = Rule::new(Fault::AfterWrite { status: 500 }).batch_items();
        creatio.faults().add(rule.after(nth).once());
    };
    an_item_is_refused_for_now: |creatio, nth| {
        let rule = Rule::new(Fault::Status { code: 503, retry_after: None }).batch_items();
        creatio.faults().add(rule.after(nth).once());
    };
    the_server_dies_within_a_batch: |creatio, nth| {
        let rule = Rule::new(Fault::DropAfterWrite).batch_items();
        creatio.faults().add(rule.after(nth).once());
    };
    answers_of_a_batch_are_missing: |creatio, _| creatio.quirk(Quirk::BatchAnswersFewer, true);
    answers_of_a_batch_are_reversed: |creatio, _| {
        creatio.quirk(Quirk::BatchAnswersReversed, true);
    };
    answers_of_a_batch_share_an_id: |creatio, _| creatio.quirk(Quirk::BatchIdsDoubled, true);
    batches_are_answered_in_multipart: |creatio, _| {
        creatio.quirk(Quirk::BatchAnswersMultipart, true);
    };
    an_item_takes_700_ms: |creatio, _| {
        creatio.set_latency(Duration::from_millis(20), Duration::from_millis(700));
    };

    // Time.
    reads_lag_behind_writes: |creatio, nth| {
        creatio.set_read_lag(Duration::from_secs(u64::from(nth)));
    };
}

/// What will not get better by itself costs the look-up of the customer, and a note says so.
#[tokio::test(start_paused = true)]
async fn a_customer_who_cannot_be_looked_up_is_named_in_a_note() {
    for (fault, path) in
        [(Fault::Html, "/connect/token"), (Fault::Huge { bytes: 80 << 20 }, "/odata")]
    {
        let town = Town::new(&Plan::default());
        strike(&town.creatio, fault, path, 0);
        let case = town.handed_off().await;
        let read = town.read(case);
        assert_eq!(read.matches("could not be looked up").count(), 1, "{fault:?}: {read}");
        assert!(read.contains("asked for a person"), "{fault:?}: {read}");
        town.ann_replies(case, "Ann here.").await;
        assert_eq!(town.got("Ann here."), 1, "{fault:?}");
    }
}

fn strike(creatio: &Creatio, fault: Fault, path: &str, nth: u32) {
    creatio.faults().add(Rule::new(fault).path(path).after(nth).once());
}

/// A conversation from the first message to the end of the case.
async fn conversation(name: &str, nth: u32, arrange: impl Fn(&Creatio, u32)) {
    let town = Town::new(&Plan::default());
    arrange(&town.creatio, nth);
    town.customer_texts("Are you open?").await;
    town.recover().await;
    town.customer_texts("I want to speak to a person").await;
    town.recover().await;
    whole(&town, name, nth).await;
}

/// What must be so in the end, whatever happened on the way.
async fn whole(town: &Town, name: &str, nth: u32) {
    let case = town.only_case().id();
    town.ann_replies(case, "Ann here.").await;
    town.recover().await;
    town.customer_texts("Thank you").await;
    town.recover().await;
    town.ann_sets(case, "Closed").await;
    town.recover().await;

    let entries = town.entries(case);
    let numbers: Vec<u64> = entries.iter().map(|(number, _)| *number).collect();
    // The sixth is Ann's own, which stands on the case already.
    assert_eq!(numbers, [1, 2, 3, 4, 5, 7], "{name} {nth}: each entry once: {entries:#?}");
    let read = town.read(case);
    for said in ["Are you open?", ANSWER, "I want to speak to a person", "Thank you"] {
        assert!(read.contains(said), "{name} {nth}: {said}: {entries:#?}");
    }
    assert_eq!(town.got(ANSWER), 1, "{name} {nth}: {:?}", town.phone());
    assert_eq!(town.got("Ann here."), 1, "{name} {nth}: {:?}", town.phone());
    let contacts = town.creatio.contacts();
    let contacts = contacts.iter().filter(|contact| contact.text("MobilePhone") == CUSTOMER);
    assert_eq!(contacts.count(), 1, "{name} {nth}");
    let case = town.only_case();
    assert_eq!(case.guid("OwnerId"), Some(town.ann), "{name} {nth}");
    assert_eq!(town.open_sessions().await, 0, "{name} {nth}: the case is closed");
}

#[tokio::test(start_paused = true)]
async fn the_clock_of_the_server_is_wrong() {
    let skews: [fn(handover_sim::creatio::Builder) -> handover_sim::creatio::Builder; 4] = [
        |tenant| tenant.clock_skew(TimeDelta::seconds(-240)),
        |tenant| tenant.clock_skew(TimeDelta::seconds(-60)),
        |tenant| tenant.clock_skew(TimeDelta::seconds(60)),
        |tenant| tenant.clock_skew(TimeDelta::seconds(240)),
    ];
    for (nth, tenant) in skews.into_iter().enumerate() {
        for process in [None, Plan::default().process] {
            let town = Town::new(&Plan { tenant, process, ..Plan::default() });
            town.customer_texts("Are you open?").await;
            town.recover().await;
            town.customer_texts("I want to speak to a person").await;
            town.recover().await;
            whole(&town, "clock skew", u32::try_from(nth).unwrap()).await;
        }
    }
}

/// At how many moments each failure is tried.
const MOMENTS: u32 = 6;
