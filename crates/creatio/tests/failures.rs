//! The list of failures, each row a test: a script makes a contact, a case, ten entries, a change and a
//! file while it happens, tries again what may be tried again, and in the end everything is there once.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like the tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::error::{Error, Retry};
use handover_creatio::entities::{ACTIVITY, CASE, Case, activity, base, case};
use handover_creatio::{
    Address, Client, Config, FileRules, Filter, Match, NewFile, NewRow, Outcome, Parent, Query,
    Values,
};
use handover_sim::creatio::{Creatio as Sim, Expiry, Quirk};
use handover_sim::{Clock, Fault, Rule};
use secrecy::SecretString;
use uuid::Uuid;

/// One test for each row: what goes wrong, told by how many calls are to be let pass first.
macro_rules! survives {
    ($($name:ident: $arrange:expr;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            for login in [Login::Application, Login::User] {
                for nth in 0..MOMENTS {
                    let world = World::new(login);
                    let arrange: fn(&Sim, u32) = $arrange;
                    arrange(&world.sim, nth);
                    world.script().await;
                    world.is_whole(&format!("{} {login:?} {nth}", stringify!($name)));
                }
            }
        }
    )*};
}

survives! {
    // Credentials.
    nothing_goes_wrong: |_, _| {};
    a_login_ends_in_flight: |sim, nth| strike(sim, Fault::ExpireToken, nth);
    a_login_page_comes_with_200: |sim, nth| strike(sim, Fault::Html, nth);
    a_session_ends_and_says_so_with_200: |sim, nth| {
        sim.set_expiry(Some(Expiry::JsonWith200));
        strike(sim, Fault::ExpireToken, nth);
    };
    a_session_ends_in_a_redirect: |sim, nth| {
        sim.set_expiry(Some(Expiry::Redirect));
        strike(sim, Fault::ExpireToken, nth);
    };
    the_identity_service_is_busy: |sim, nth| {
        let busy = Fault::Status { code: 503, retry_after: Some(5) };
        sim.faults().add(Rule::new(busy).path("/connect/token").once());
        sim.faults().add(Rule::new(busy).path("AuthService.svc/Login").once());
        strike(sim, Fault::ExpireToken, nth);
    };
    a_token_does_not_say_how_long_it_is_good: |sim, _| sim.quirk(Quirk::TokenWithoutExpiry, true);
    a_token_says_that_it_is_good_for_nothing: |sim, _| sim.quirk(Quirk::TokenExpiryZero, true);
    a_token_says_its_life_as_text: |sim, _| sim.quirk(Quirk::TokenExpiryAsText, true);

    // Writes whose answer lies.
    a_row_is_written_and_500_is_answered: |sim, nth| {
        strike(sim, Fault::AfterWrite { status: 500 }, nth);
    };
    the_answer_never_comes: |sim, nth| strike(sim, Fault::DropAfterWrite, nth);
    the_answer_comes_too_late: |sim, nth| {
        strike(sim, Fault::Slow { delay: Duration::from_secs(60) }, nth);
    };
    the_connection_is_reset_before_anything: |sim, nth| strike(sim, Fault::DropBeforeWrite, nth);
    there_is_no_connection: |sim, nth| strike(sim, Fault::Unreachable, nth);
    creations_come_back_without_a_body: |sim, _| sim.quirk(Quirk::CreatedWithoutBody, true);
    errors_come_with_200: |sim, nth| {
        sim.quirk(Quirk::ErrorsAre200, true);
        strike(sim, Fault::DropAfterWrite, nth);
    };

    // Answers that are damaged or of somebody else.
    half_of_the_answer_is_missing: |sim, nth| strike(sim, Fault::Truncate, nth);
    the_answer_begins_with_a_mark: |sim, nth| strike(sim, Fault::Bom, nth);
    the_answer_says_it_is_plain_text: |sim, nth| strike(sim, Fault::WrongType, nth);
    a_firewall_answers: |sim, nth| strike(sim, Fault::Waf, nth);
    we_are_sent_to_another_host: |sim, nth| strike(sim, Fault::Redirect, nth);
    the_model_is_out_of_date: |sim, _| sim.quirk(Quirk::StaleModel, true);
    the_model_is_rebuilt_for_a_while: |sim, nth| {
        let gone = Fault::Status { code: 404, retry_after: None };
        sim.faults().add(Rule::new(gone).path("/odata/").after(nth).times(3));
    };
    numbers_come_as_text: |sim, _| sim.quirk(Quirk::NumbersAsText, true);

    // Limits.
    too_many_requests_with_a_time: |sim, nth| {
        strike(sim, Fault::Status { code: 429, retry_after: Some(30) }, nth);
    };
    too_many_requests_without_a_time: |sim, nth| {
        strike(sim, Fault::Status { code: 429, retry_after: None }, nth);
    };
    a_gateway_fails: |sim, nth| strike(sim, Fault::Status { code: 502, retry_after: None }, nth);
    the_server_is_out_of_order: |sim, nth| {
        let down = Fault::Status { code: 503, retry_after: Some(60) };
        sim.faults().add(Rule::new(down).path("/0/").after(nth).times(3));
    };
    a_gateway_waits_in_vain: |sim, nth| {
        strike(sim, Fault::Status { code: 504, retry_after: None }, nth);
    };

    // Batches.
    an_item_is_written_and_500_is_answered: |sim, nth| {
        let rule = Rule::new(Fault::AfterWrite { status: 500 }).batch_items();
        sim.faults().add(rule.after(nth).once());
    };
    an_item_is_refused_for_now: |sim, nth| {
        let rule = Rule::new(Fault::Status { code: 503, retry_after: None }).batch_items();
        sim.faults().add(rule.after(nth).once());
    };
    the_server_dies_within_a_batch: |sim, nth| {
        sim.faults().add(Rule::new(Fault::DropAfterWrite).batch_items().after(nth).once());
    };
    answers_of_a_batch_are_missing: |sim, _| sim.quirk(Quirk::BatchAnswersFewer, true);
    answers_of_a_batch_are_reversed: |sim, _| sim.quirk(Quirk::BatchAnswersReversed, true);
    answers_of_a_batch_share_an_id: |sim, _| sim.quirk(Quirk::BatchIdsDoubled, true);
    batches_are_answered_in_multipart: |sim, _| sim.quirk(Quirk::BatchAnswersMultipart, true);
    an_item_takes_700_ms: |sim, _| {
        sim.set_latency(Duration::from_millis(20), Duration::from_millis(700));
    };

    // Files and time.
    odata_cannot_reach_the_storage: |sim, _| sim.quirk(Quirk::ExternalStorage, true);
    reads_lag_behind_writes: |sim, nth| sim.set_read_lag(Duration::from_secs(u64::from(nth)));
}

#[derive(Clone, Copy, Debug)]
enum Login {
    Application,
    User,
}

struct World {
    sim: Sim,
    client: Client,
}

impl World {
    fn new(login: Login) -> Self {
        let sim = Sim::builder("client", PASSWORD).user("Integration", PASSWORD).build();
        let started = tokio::time::Instant::now();
        let clock = Clock::new(move || {
            let start: DateTime<Utc> = "2026-11-20T09:00:00Z".parse().unwrap();
            start + TimeDelta::from_std(started.elapsed()).unwrap()
        });
        let (base, secret) = ("http://127.0.0.1:9", SecretString::from(PASSWORD));
        let config = match login {
            Login::Application => Config::new(base, "client", secret)
                .and_then(|config| config.with_identity_url(base)),
            Login::User => Config::user(base, "Integration", secret),
        };
        let config = config.and_then(|config| config.with_timeout(TIMEOUT)).unwrap();
        let config = config.with_file_rules(FileRules::new().with_max_bytes(1_000));
        let transport = sim.transport(clock.clone()).timeout(TIMEOUT);
        let client = Client::new(&config, Arc::new(transport), Arc::new(clock)).unwrap();
        Self { sim, client }
    }

    async fn script(&self) {
        let client = &self.client;
        let address = Address::phone(NUMBER).unwrap();
        let owner = again(async || {
            let contacts = client.contacts();
            match contacts.find_or_create(&address, id(1), Some("Ann")).await? {
                Match::One(contact) => Ok(contact.id),
                other => panic!("{other:?}"),
            }
        });
        let owner = owner.await;
        let values = Values::new().set(case::SUBJECT, "a").set(case::CONTACT, owner);
        again(async || client.create(&CASE, id(2), &values, &[base::ID]).await).await;
        let entries: Vec<NewRow> = (10..20).map(entry).collect();
        let outcomes = Mutex::new(vec![Outcome::NotAttempted; entries.len()]);
        again(async || {
            let mut now = outcomes.lock().unwrap().clone();
            let made = client.create_undecided(&ACTIVITY, &entries, &mut now).await;
            outcomes.lock().unwrap().clone_from(&now);
            made?;
            match now.iter().all(|outcome| outcome.is_decided()) {
                true => Ok(()),
                false => Err(Error::later(handover_core::error::ErrorKind::Unavailable, "open")),
            }
        })
        .await;
        let change = Values::new().set(case::SUBJECT, "b").clear(case::CLOSURE_DATE);
        again(async || client.update(&CASE, id(2), &change).await).await;
        let content = Bytes::from_static(b"content");
        let file = NewFile::new(id(3), Parent::activity(id(10)), "a.txt", "text/plain", 7);
        again(async || client.files().upload(&file, &content).await).await;
        let open = Query::of::<Case>().filter(Filter::eq(&base::ID, id(2)));
        let found = again(async || client.find_all::<Case>(&open).await).await;
        assert!(found.len() <= 1);
        again(async || client.close().await).await;
    }

    fn is_whole(&self, name: &str) {
        self.sim.quirk(Quirk::StaleModel, false);
        let contacts = self.sim.contacts();
        let ours = contacts.iter().filter(|contact| contact.text("MobilePhone") == NUMBER);
        assert_eq!(
            ours.map(handover_sim::creatio::Record::id).collect::<Vec<_>>(),
            [id(1)],
            "{name}"
        );
        let cases = self.sim.cases();
        assert_eq!((cases.len(), cases[0].text("Subject")), (1, "b"), "{name}");
        assert_eq!(cases[0].guid("ContactId"), Some(id(1)), "{name}");
        let mut entries = self.sim.activities(id(2));
        entries.sort_by_key(handover_sim::creatio::Record::id);
        assert_eq!(entries.len(), 10, "{name}");
        for (at, entry) in (10..20).zip(&entries) {
            assert_eq!((entry.id(), entry.text("Notes")), (id(at), format!("text {at}").as_str()));
        }
        assert_eq!(self.sim.records("ActivityFile").len(), 1, "{name}");
        assert_eq!(&self.sim.file("ActivityFile", id(3)).unwrap()[..], b"content", "{name}");
        assert_eq!(self.sim.rejected_logins(), 0, "{name}");
    }
}

/// As a program does that has patience: what may be tried again is, after what was asked for.
async fn again<T>(call: impl AsyncFn() -> Result<T, Error>) -> T {
    for _ in 0..20 {
        match call().await {
            Ok(done) => return done,
            Err(error) => match error.retry() {
                Retry::Later { after, .. } => {
                    let wait = after.unwrap_or(Duration::from_secs(3));
                    tokio::time::sleep(wait.max(Duration::from_secs(1))).await;
                }
                // A login that was answered by a page is a person's to look at, who tries again.
                _ if matches!(error.code(), Some("base_url" | "identity_url")) => {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
                _ => panic!("it cannot be tried again: {error}"),
            },
        }
    }
    panic!("it was tried twenty times")
}

fn entry(n: u128) -> NewRow {
    let values = Values::new()
        .set(activity::CASE, id(2))
        .set(activity::TITLE, format!("title {n}"))
        .set(activity::NOTES, format!("text {n}"));
    NewRow { id: id(n), values }
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0xc11e_0000_0000 + n)
}

/// Strikes one call of the application, after so many.
fn strike(sim: &Sim, fault: Fault, nth: u32) {
    sim.faults().add(Rule::new(fault).path("/0/").after(nth).once());
}

const NUMBER: &str = "+15551234567";
const PASSWORD: &str = "p\"w\\d' & 🔑";
const TIMEOUT: Duration = Duration::from_secs(30);
/// At how many calls each failure is tried: more than the script makes.
const MOMENTS: u32 = 13;
