use bytes::Bytes;
use handover_core::error::{ErrorKind, Retry};
use handover_core::transport::TransportError;
use handover_sim::{Fault, Rule};
use http::Method;
use uuid::Uuid;

use crate::column::{Column, Values};
use crate::entities::{CASE, CONTACT, base, case};
use crate::testing::{CLIENT_SECRET, Script, Time, builder, client_on};
use crate::{Creation, Filter, Query};

const EMPTY: &str = r#"{"@odata.context":"x","value":[]}"#;

fn contact() -> Values {
    Values::new().set(base::NAME, "Ann")
}

#[tokio::test]
async fn a_row_is_made_once_whatever_goes_wrong() {
    for fault in [
        Fault::AfterWrite { status: 500 },
        Fault::DropAfterWrite,
        Fault::Truncate,
        Fault::ExpireToken,
        Fault::Html,
    ] {
        let (sim, time) = (builder().build(), Time::new());
        let client = client_on(&sim, &time);
        let id = Uuid::from_u128(1);
        client.ensure_columns(&CONTACT, contact().columns()).await.unwrap();
        sim.faults().add(Rule::new(fault).method(Method::POST).path("odata/Contact").once());
        let made = client.create(&CONTACT, id, &contact(), &[base::NAME]).await.unwrap();
        assert_eq!(made.into_row().text(&base::NAME), Some("Ann"), "{fault:?}");
        let again = client.create(&CONTACT, id, &contact(), &[base::NAME]).await.unwrap();
        assert!(matches!(again, Creation::AlreadyThere(_)));
        assert_eq!(sim.contacts().iter().filter(|contact| contact.id() == id).count(), 1);
    }
}

#[tokio::test]
async fn a_row_that_was_not_made_is_reported_so() {
    let (sim, time) = (builder().build(), Time::new());
    let client = client_on(&sim, &time);
    client.ensure_columns(&CONTACT, contact().columns()).await.unwrap();
    for fault in [Fault::DropBeforeWrite, Fault::Status { code: 503, retry_after: Some(9) }] {
        sim.faults().add(Rule::new(fault).method(Method::POST).path("odata/Contact").once());
        let made = client.create(&CONTACT, Uuid::from_u128(1), &contact(), &[base::NAME]).await;
        assert!(matches!(made.unwrap_err().retry(), Retry::Later { .. }));
    }
    assert_eq!(sim.contacts().iter().filter(|row| row.id() == Uuid::from_u128(1)).count(), 0);
}

#[tokio::test]
async fn a_column_that_does_not_exist_is_never_written_to() {
    let (sim, time) = (builder().build(), Time::new());
    let client = client_on(&sim, &time);
    let id = sim.add("Case", &[("Subject", "a".into())], time.now());
    let wrong =
        Values::new().set(case::SUBJECT, "b").set(Column::named("UsrNoSuchColumn").unwrap(), "c");
    let error = client.update(&CASE, id, &wrong).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.code(), Some("UsrNoSuchColumn"));
    assert_eq!(sim.case(id).unwrap().text("Subject"), "a");
    let right = Values::new().set(case::SUBJECT, "b").clear(case::OWNER);
    client.update(&CASE, id, &right).await.unwrap();
    let before = sim.round_trips();
    client.update(&CASE, id, &right).await.unwrap();
    assert_eq!(sim.round_trips() - before, 1, "the guard asks once");
    assert_eq!(sim.case(id).unwrap().text("Subject"), "b");
}

#[tokio::test]
async fn missing_rows_are_none_and_missing_entities_are_not() {
    let (sim, time) = (builder().without_entity("CaseStatus").build(), Time::new());
    let client = client_on(&sim, &time);
    assert!(client.get(&CASE, Uuid::from_u128(1), &[base::ID]).await.unwrap().is_none());
    let missing = Values::new().set(case::SUBJECT, "b");
    let error = client.update(&CASE, Uuid::from_u128(1), &missing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let query = Query::new(crate::entities::CASE_STATUS, [base::ID]);
    let error = client.query(&query).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Config, Some("entity-not-exposed")));
}

#[tokio::test]
async fn long_lists_of_ids_are_split() {
    let (sim, time) = (builder().build(), Time::new());
    let client = client_on(&sim, &time);
    let mut ids: Vec<Uuid> = (0..40)
        .map(|n| sim.add("Contact", &[("Name", format!("c{n}").into())], time.now()))
        .collect();
    ids.push(Uuid::from_u128(99));
    let rows = client.rows(&CONTACT, &ids, &[base::ID, base::NAME]).await.unwrap();
    assert_eq!(rows.len(), 40);
    assert!(client.rows(&CONTACT, &[], &[base::ID]).await.unwrap().is_empty());
}

#[tokio::test]
async fn every_value_survives_the_url() {
    let (sim, time) = (builder().build(), Time::new());
    let client = client_on(&sim, &time);
    for name in ["O'Brien", "a+b&c#d%20", "100% \"x\"", "Ünal 😀", "a;b,c/d?e=f", "''", "\\ \n"]
    {
        let id = sim.add("Contact", &[("Name", name.into())], time.now());
        let query = Query::new(CONTACT, [base::ID]).filter(Filter::eq(&base::NAME, name)).top(2);
        let rows = client.query(&query).await.unwrap();
        assert_eq!(rows.first().and_then(|row| row.id(&base::ID)), Some(id), "{name}");
        assert_eq!(rows.len(), 1);
    }
}

#[tokio::test]
async fn each_call_carries_token_and_an_id_of_its_own() {
    let script = Script::default().token().answer(200, EMPTY).answer(503, "{}");
    let client = script.client(&Time::new());
    let query = Query::new(CASE, [base::ID]).top(1);
    client.query(&query).await.unwrap();
    let error = client.query(&query).await.unwrap_err();
    let ids = script.header("x-request-id");
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(error.request_id(), Some(ids[1].as_str()));
    assert_eq!(script.header("authorization"), ["Bearer t", "Bearer t"]);
    let errors = format!("{error} {error:?} {client:?}");
    assert!(!errors.contains("Bearer"));
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let script = Script::default().token().answer(307, "");
    let query = Query::new(CASE, [base::ID]);
    let error = script.client(&Time::new()).query(&query).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(script.lines().len(), 2);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_a_protocol_error() {
    for body in ["", "{", "[]", r#"{"value":"x"}"#, r#"{"@odata.context":"x","value":[{"a":1}"#] {
        let script = Script::default().token().answer(200, body);
        let query = Query::new(CASE, [base::ID]);
        let error = script.client(&Time::new()).query(&query).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{body}");
    }
    let script = Script::default().token().fail(TransportError::TooLarge);
    let query = Query::new(CASE, [base::ID]);
    let error = script.client(&Time::new()).query(&query).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Never);
}

#[tokio::test]
async fn what_may_happen_twice_is_marked_and_a_later_piece_of_a_file_and_a_password_are_not() {
    let rows = || r#"{"value":[]}"#;
    let (id, done) = (Uuid::from_u128(1), r#"{"success":true}"#);
    let created = r#"{"responses":[{"id":"0","status":201}]}"#;
    let script =
        Script::default().token().answer(200, rows()).answer(201, format!(r#"{{"Id":"{id}"}}"#));
    let script = script.answer(200, created).answer(204, "").answer(200, done).answer(200, done);
    let client = script.client_by(&by_rules(), &Time::new());
    client.create(&CONTACT, id, &contact(), &[base::NAME]).await.unwrap();
    let row = crate::NewRow { id, values: contact() };
    client.create_all(&CONTACT, &[row]).await.unwrap();
    client.update(&CONTACT, id, &contact()).await.unwrap();
    let size = 1024 * 1024 + 1;
    let file = crate::NewFile::new(id, crate::Parent::case(id), "a.txt", "text/plain", size as u64);
    client.files().upload(&file, &Bytes::from(vec![0; size])).await.unwrap();
    // Token, guard, row, batch, change, the first piece; not the second.
    assert_eq!(script.marks(), [true, true, true, true, true, true, false]);

    let script = Script::default().answer(200, r#"{"Code":1}"#);
    let user = crate::Config::user("https://acme.creatio.com", "a", "b".into()).unwrap();
    script.client_by(&user, &Time::new()).log_in().await.unwrap_err();
    assert_eq!(script.marks(), [false]);
}

fn by_rules() -> crate::Config {
    let config = crate::Config::new("https://acme.creatio.com", "client", "s".into()).unwrap();
    config.with_file_rules(crate::FileRules::new().with_max_bytes(1 << 30))
}

#[tokio::test]
async fn enrichment_is_refused_before_customers_and_each_item_of_a_batch_counts() {
    let (sim, time) = (builder().build(), Time::new());
    let config = crate::Config::new("http://127.0.0.1:9", "client", CLIENT_SECRET.into())
        .and_then(|config| config.with_identity_url("http://127.0.0.1:9"))
        .and_then(|config| config.with_daily_calls(100))
        .unwrap();
    let transport = std::sync::Arc::new(sim.transport(time.clock()));
    let client = crate::Client::new(&config, transport, std::sync::Arc::new(time.clock())).unwrap();
    let enrichment = client.with_priority(crate::Priority::Enrichment);
    let rows: Vec<_> =
        (1..=75).map(|n| crate::NewRow { id: Uuid::from_u128(n), values: contact() }).collect();
    client.create_all(&CONTACT, &rows).await.unwrap();
    // The guard, and 75 items.
    assert_eq!(client.usage().calls, 76);
    assert_eq!(client.usage().calls, sim.metered(time.now().date_naive()), "as the tenant counts");
    let query = Query::new(CONTACT, [base::ID]).top(1);
    for _ in 0..4 {
        enrichment.query(&query).await.unwrap();
    }
    let before = sim.round_trips();
    let error = enrichment.query(&query).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::RateLimited, Some("daily-calls")));
    assert_eq!(sim.round_trips(), before, "nothing is sent");
    for _ in 0..20 {
        client.query(&query).await.unwrap();
    }
    assert_eq!(client.query(&query).await.unwrap_err().kind(), ErrorKind::RateLimited);
    time.pass(24 * 3_600);
    enrichment.query(&query).await.unwrap();
}
