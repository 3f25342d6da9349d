//! Forms login, against a simulated tenant.

use handover_core::error::{ErrorKind, Retry};
use handover_sim::creatio::{Builder, Creatio as Sim, Expiry, Operation, Quirk};
use handover_sim::{Fault, Rule};
use http::Method;
use secrecy::SecretString;
use std::sync::Arc;
use uuid::Uuid;

use crate::entities::{CASE, CONTACT, base, case};
use crate::testing::{Time, builder, client_on};
use crate::{Client, Column, Config, Entity, Query, Values};

const PASSWORD: &str = "p\"w\\d' & 🔑 </>";

fn tenant() -> Builder {
    builder().user("Integration", PASSWORD)
}

fn session(sim: &Sim, time: &Time, password: &str, base: &str) -> Client {
    let config = Config::user(base, "Integration", SecretString::from(password)).unwrap();
    Client::new(&config, Arc::new(sim.transport(time.clock())), Arc::new(time.clock())).unwrap()
}

fn on(sim: &Sim, time: &Time) -> Client {
    session(sim, time, PASSWORD, "http://127.0.0.1:9")
}

async fn read(client: &Client) -> Result<usize, handover_core::error::Error> {
    client.query(&Query::new(CASE, [base::ID]).top(1)).await.map(|rows| rows.len())
}

#[tokio::test]
async fn a_user_logs_in_once_reads_and_writes_and_logs_out() {
    let (sim, time) = (tenant().build(), Time::new());
    let client = on(&sim, &time);
    let id = Uuid::from_u128(1);
    let values = Values::new().set(base::NAME, "Ann");
    client.create(&CONTACT, id, &values, &[base::ID]).await.unwrap();
    client.update(&CONTACT, id, &values).await.unwrap();
    read(&client).await.unwrap();
    assert_eq!((sim.logins(), sim.open_sessions()), (1, 1));
    client.close().await.unwrap();
    assert_eq!(sim.open_sessions(), 0, "no session is left behind");
    client.close().await.unwrap();
    read(&client).await.unwrap();
    assert_eq!(sim.logins(), 2, "a closed client logs in again");
}

#[tokio::test]
async fn whatever_a_login_sets_is_kept_and_sent() {
    for tenant in [
        tenant(),
        tenant().without_csrf(),
        tenant().quirk(Quirk::LoginCookiesTwice),
        tenant().quirk(Quirk::LoginCookiesWithoutPath),
        tenant().quirk(Quirk::LoginWithoutCode),
    ] {
        let (sim, time) = (tenant.build(), Time::new());
        let client = on(&sim, &time);
        for _ in 0..3 {
            read(&client).await.unwrap();
        }
        assert_eq!(sim.logins(), 1);
    }
}

#[tokio::test]
async fn a_base_url_with_a_path_keeps_it() {
    let (sim, time) = (tenant().base_path("/studio_enu").build(), Time::new());
    let client = session(&sim, &time, PASSWORD, "http://127.0.0.1:9/studio_enu/0/Shell");
    read(&client).await.unwrap();
    let paths: Vec<String> = sim.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths[0], "/studio_enu/ServiceModel/AuthService.svc/Login");
    assert_eq!(paths[1], "/studio_enu/0/odata/Case");
}

#[tokio::test]
async fn a_refused_login_is_tried_once_and_the_account_is_not_locked() {
    let (sim, time) = (tenant().build(), Time::new());
    let client = session(&sim, &time, "wrong", "http://127.0.0.1:9");
    for _ in 0..10 {
        let calls = (0..10).map(|_| read(&client));
        for outcome in futures_util::future::join_all(calls).await {
            let error = outcome.unwrap_err();
            assert_eq!((error.kind(), error.retry()), (ErrorKind::Unauthorized, Retry::Never));
        }
        time.pass(86_400);
    }
    assert_eq!(sim.rejected_logins(), 1);
    // A person says that it was mended.
    client.log_in().await.unwrap_err();
    assert_eq!(sim.rejected_logins(), 2);
    let shown = format!("{client:?} {:?}", read(&client).await);
    assert!(!shown.contains("wrong") && !shown.contains("Integration"));
}

#[tokio::test]
async fn a_password_that_ran_out_is_told_as_such() {
    let (sim, time) = (tenant().quirk(Quirk::PasswordExpired).build(), Time::new());
    let client = on(&sim, &time);
    for _ in 0..3 {
        let error = read(&client).await.unwrap_err();
        assert_eq!(error.code(), Some("password-expired"));
    }
    assert_eq!(sim.rejected_logins(), 1);
}

#[tokio::test]
async fn every_shape_of_an_expired_session_is_renewed_once() {
    for shape in [
        Expiry::Forbidden,
        Expiry::Html,
        Expiry::Json,
        Expiry::JsonWith200,
        Expiry::Redirect,
        Expiry::Unauthorized,
    ] {
        let (sim, time) = (tenant().build(), Time::new());
        let client = on(&sim, &time);
        read(&client).await.unwrap();
        sim.set_expiry(Some(shape));
        for logins in [2, 3] {
            sim.expire_tokens();
            read(&client).await.unwrap_or_else(|error| panic!("{shape:?}: {error}"));
            assert_eq!(sim.logins(), logins, "{shape:?}");
        }
    }
}

#[tokio::test]
async fn every_shape_of_an_expired_token_is_renewed_once() {
    for shape in
        [Expiry::Html, Expiry::Json, Expiry::JsonWith200, Expiry::Redirect, Expiry::Unauthorized]
    {
        let (sim, time) = (builder().build(), Time::new());
        let client = client_on(&sim, &time);
        read(&client).await.unwrap();
        sim.set_expiry(Some(shape));
        sim.expire_tokens();
        read(&client).await.unwrap_or_else(|error| panic!("{shape:?}: {error}"));
        assert_eq!(sim.tokens_given(), 2, "{shape:?}");
    }
}

#[tokio::test]
async fn a_stale_csrf_token_is_renewed_and_a_missing_right_is_not_logged_in_for_again() {
    let (sim, time) = (tenant().build(), Time::new());
    let client = on(&sim, &time);
    read(&client).await.unwrap();
    sim.change_csrf();
    read(&client).await.unwrap();
    assert_eq!(sim.logins(), 2);
    sim.deny("Case", Operation::Read);
    for _ in 0..5 {
        assert_eq!(read(&client).await.unwrap_err().kind(), ErrorKind::Forbidden);
    }
    assert_eq!(sim.logins(), 3, "one login to find out, none after it");
    sim.grant();
    read(&client).await.unwrap();
    assert_eq!(sim.logins(), 3);
}

#[tokio::test]
async fn an_entity_that_answers_401_costs_one_login_and_no_more() {
    let (sim, time) = (tenant().quirk(Quirk::UnknownSetIs401).build(), Time::new());
    let client = on(&sim, &time);
    let query = Query::new(Entity::named("NoSuchThing").unwrap(), [base::ID]);
    for _ in 0..5 {
        let error = client.query(&query).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Config, Some("entity-not-exposed")));
    }
    assert_eq!(sim.logins(), 2);
    sim.expire_tokens();
    read(&client).await.unwrap();
    assert_eq!(sim.logins(), 3, "a session that did run out is renewed all the same");
}

#[tokio::test]
async fn a_hundred_calls_with_one_expired_session_log_in_once() {
    let (sim, time) = (tenant().build(), Time::new());
    let client = on(&sim, &time);
    read(&client).await.unwrap();
    sim.expire_tokens();
    for outcome in futures_util::future::join_all((0..100).map(|_| read(&client))).await {
        outcome.unwrap();
    }
    assert_eq!((sim.logins(), sim.open_sessions()), (2, 1));
}

#[tokio::test]
async fn a_session_that_ends_while_a_row_is_made_makes_one_row() {
    let (sim, time) = (tenant().build(), Time::new());
    let client = on(&sim, &time);
    let values = Values::new().set(case::SUBJECT, "a");
    client.ensure_columns(&CASE, values.columns()).await.unwrap();
    sim.faults().add(Rule::new(Fault::ExpireToken).method(Method::POST).path("odata/Case").once());
    client.create(&CASE, Uuid::from_u128(1), &values, &[base::ID]).await.unwrap();
    assert_eq!((sim.cases().len(), sim.logins()), (1, 2));
}

#[tokio::test]
async fn a_host_that_is_no_creatio_is_told_as_such() {
    let (sim, time) = (tenant().base_path("/studio").build(), Time::new());
    let error = read(&on(&sim, &time)).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Config, Some("base_url")));
    // A login that is out of order is no refusal.
    sim.faults().once(Fault::Status { code: 503, retry_after: Some(9) });
    let error = read(&on(&sim, &time)).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }));
}

#[tokio::test]
async fn the_text_of_an_expired_login_in_a_row_is_data() {
    let (sim, time) = (tenant().build(), Time::new());
    let id =
        sim.add("Case", &[("Subject", "Authentication failed. /Login/ 401".into())], time.now());
    let client = on(&sim, &time);
    let row = client.get(&CASE, id, &[Column::plain("Subject")]).await.unwrap().unwrap();
    assert_eq!(row.text(&case::SUBJECT), Some("Authentication failed. /Login/ 401"));
    assert_eq!(sim.logins(), 1);
}
