//! `serve` as a process of its own, between simulated providers, driven from outside.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod raw;
mod stage;

use handover_sim::creatio::{Operation, Quirk};
use handover_sim::{Fault, Rule};

use raw::{Answer, get, post};
use stage::{CUSTOMER, OPERATOR_TOKEN, Stage, WEBHOOK_SECRET};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_or_too_large_is_refused_and_nothing_is_stored() {
    let stage = Stage::start().await;
    let at = stage.address();
    let form = "From=%2B15557772222&To=%2B15550001111&Body=Hello&MessageSid=SM1";
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let unsigned = post(at, "/channels/sms-us", &[kind], form).await;
    assert_eq!(unsigned.status, 403);
    let wrongly = post(at, "/channels/sms-us", &[kind, ("x-twilio-signature", "AAAA")], form).await;
    assert_eq!(wrongly.status, 403);
    let huge = "x".repeat((1 << 20) + 1);
    assert_eq!(post(at, "/channels/sms-us", &[kind], &huge).await.status, 413);
    assert_eq!(post(at, "/channels/other", &[kind], form).await.status, 404);
    assert_eq!(post(at, "/desks/creatio", &[], "{}").await.status, 403);
    assert_eq!(get(at, "/healthz").await.status, 200);
    assert_eq!(get(at, "/readyz").await.status, 200);
    assert_eq!(get(at, "/elsewhere").await.status, 404);
    assert_eq!(stage.sessions().await.len(), 0);
    assert_eq!(get(at, "/metrics").await.status, 401);
    let bearer = format!("Bearer {OPERATOR_TOKEN}");
    let counts = raw::send(at, "GET", "/metrics", &[("authorization", &bearer)], "").await;
    let expected = "handover_events_total{result=\"rejected\"} 4";
    assert!(counts.body.contains(expected), "{}", counts.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_webhook_by_hand_is_answered_and_the_same_again_changes_nothing() {
    let stage = Stage::start().await;
    for _ in 0..2 {
        let answer = stage
            .post_signed("What are your opening hours?", "SM00000000000000000000000000000001")
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    stage.phone_shows(&["We are open from 9 to 5."]).await;
    let sessions = stage.sessions().await;
    assert_eq!(sessions.len(), 1);
    let said = stage.handover(&["show", &sessions[0]]).await;
    assert_eq!(said.matches("What are your opening hours?").count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_finds_its_tenant_and_its_secret_by_any_way() {
    let stage = Stage::start().await;
    let at = stage.address();
    let expected = r#""desk":"creatio""#;
    let bearer = format!("Bearer {WEBHOOK_SECRET}");
    let ways = [
        ("/desks/creatio/ping".to_owned(), vec![("authorization", bearer.as_str())]),
        ("/desks/creatio/ping".to_owned(), vec![("x-handover-secret", WEBHOOK_SECRET)]),
        (format!("/desks/creatio/{WEBHOOK_SECRET}/ping"), vec![]),
        // A proxy in front may keep the public URL's path.
        (format!("/in/desks/creatio/{WEBHOOK_SECRET}/ping"), vec![]),
    ];
    for (path, headers) in ways {
        let Answer { status, body, .. } = post(at, &path, &headers, "").await;
        assert_eq!(status, 200, "{path}: {body}");
        assert!(body.contains(expected) && body.contains(r#""tenant":"acme""#), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gives_orders_and_nobody_else() {
    let stage = Stage::start().await;
    stage.text("What are your opening hours?");
    stage.phone_shows(&["We are open from 9 to 5."]).await;
    let session = stage.sessions().await.remove(0);
    let path = format!("/operator/sessions/{session}/handoff");
    let at = stage.address();
    assert_eq!(post(at, &path, &[], "").await.status, 401);
    assert_eq!(
        post(at, &path, &[("authorization", "Bearer wrong-token-here")], "").await.status,
        401
    );
    let bearer = format!("Bearer {OPERATOR_TOKEN}");
    let unknown = "/operator/jobs/99/settle";
    let body = r#"{"verdict":"sent"}"#;
    let nothing = post(at, unknown, &[("authorization", &bearer)], body).await;
    assert_eq!(nothing.status, 404, "{}", nothing.body);
    let bad = post(at, unknown, &[("authorization", &bearer)], r#"{"verdict":"perhaps"}"#).await;
    assert_eq!(bad.status, 400, "{}", bad.body);

    // The command goes to the serve that runs; the case is then handed to its owner.
    assert_eq!(stage.handover(&["handoff", &session]).await, "Done by serve.\n");
    stage
        .until("the case has an owner", || {
            stage.creatio.cases().iter().any(|case| case.shown("Owner") == "Supervisor")
        })
        .await;

    let page = format!("/sessions/{session}");
    assert_eq!(get(at, &page).await.status, 403);
    let Answer { status, head, body } =
        raw::send(at, "GET", &page, &[("authorization", &bearer)], "").await;
    assert_eq!(status, 200);
    assert!(body.contains("What are your opening hours?"), "{body}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_kept() {
    let stage = Stage::start().await;
    stage.picture("What are your opening hours?", b"not really a picture");
    stage.phone_shows(&["We are open from 9 to 5."]).await;
    stage.calm().await;
    let session = stage.sessions().await.remove(0);
    let said = stage.handover(&["show", &session]).await;
    assert!(said.contains("image/png, 20 bytes"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_serve_on_the_file_is_refused() {
    let stage = Stage::start().await;
    let (code, said) = stage.second_serve().await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("in use by another process"), "{said}");
    assert_eq!(get(stage.address(), "/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_parked_is_named_with_its_fix_and_goes_on_when_replayed() {
    let stage = Stage::start().await;
    let forbidden = Rule::new(Fault::Status { code: 403, retry_after: None });
    stage.creatio.faults().add(forbidden.method(http::Method::POST).path("/Case"));
    stage.text("What are your opening hours?");
    // The customer does not wait for the desk.
    stage.phone_shows(&["We are open from 9 to 5."]).await;
    stage.calm().await;
    let parked: serde_json::Value =
        serde_json::from_str(&stage.handover(&["parked", "--json"]).await).unwrap();
    let job = parked[0]["job"]["id"].to_string();
    let status = stage.handover(&["status"]).await;
    assert!(status.starts_with("Degraded\n"), "{status}");
    assert!(status.contains(&format!("`handover replay {job}`")), "{status}");
    assert!(stage.handover(&["parked"]).await.contains("open → desk creatio parked"));

    // Not mended: it parks again.
    assert_eq!(stage.handover(&["replay", &job]).await, "Done by serve.\n");
    stage.calm().await;
    stage.creatio.faults().clear();
    assert_eq!(stage.handover(&["replay", "--all"]).await, "Done by serve.\n");
    stage.until("the text is on a case", || stage.activities("Customer: ").len() == 1).await;
    stage.calm().await;
    assert!(stage.handover(&["status"]).await.starts_with("Unproven\n"));
    assert_eq!(stage.handover(&["parked"]).await, "Nothing is parked.\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_is_broken_until_serve_starts_with_a_better_one() {
    let mut stage = Stage::start().await;
    stage.restart_with("client_secret = \"client-secret\"", "client_secret = \"wrong\"").await;
    stage.text("What are your opening hours?");
    stage.phone_shows(&["We are open from 9 to 5."]).await;
    stage.calm().await;
    let status = stage.status().await;
    assert!(status.starts_with("Broken\n"), "{status}");
    assert!(status.contains("account creatio-creatio is stopped"), "{status}");

    stage.restart_with("client_secret = \"wrong\"", "client_secret = \"client-secret\"").await;
    stage.until("the text is on a case", || stage.activities("Customer: ").len() == 1).await;
    stage.calm().await;
    assert!(stage.status().await.starts_with("Unproven\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_mended_is_tried_once_more_when_an_operator_resumes() {
    let mut stage = Stage::start_by_expired_password().await;
    stage.text("What are your opening hours?");
    stage.phone_shows(&["We are open from 9 to 5."]).await;
    stage.status_says("`handover resume creatio-creatio`").await;
    assert_eq!(stage.creatio.rejected_logins(), 1);
    // Nothing was mended yet, and other orders do not knock at the account.
    assert_eq!(stage.handover(&["resume", "creatio-creatio"]).await, "Done by serve.\n");
    stage.until("one more attempt", || stage.creatio.rejected_logins() == 2).await;
    stage.status_says("`handover resume creatio-creatio`").await;
    stage.text("And on Sundays? What are your opening hours?");
    stage.calm().await;
    assert_eq!(stage.creatio.rejected_logins(), 2);
    stage.creatio.quirk(Quirk::PasswordExpired, false);
    assert_eq!(stage.handover(&["resume", "creatio-creatio"]).await, "Done by serve.\n");
    stage.until("the texts are on a case", || stage.activities("Customer: ").len() == 2).await;
    assert_eq!(stage.creatio.rejected_logins(), 2);
    assert_eq!(stage.stop().await, Some(0));
    assert_eq!(stage.creatio.open_sessions(), 0, "it logs out");
}

#[tokio::test(flavor = "multi_thread")]
async fn status_is_active_once_the_doctor_has_proven_this_configuration() {
    let mut stage = Stage::start().await;
    let at = stage.address();
    let bearer = format!("Bearer {OPERATOR_TOKEN}");
    assert_eq!(get(at, "/operator/status").await.status, 401);
    assert!(stage.status().await.starts_with("Unproven\n"));
    stage.handover(&["doctor"]).await;
    let status = stage.status().await;
    assert!(status.starts_with("Unproven\n") && status.contains("not tried"), "{status}");
    stage.handover(&["doctor", "--round-trip"]).await;
    let status = stage.status().await;
    assert!(status.starts_with("Active\n"), "{status}");
    assert!(status.contains("the doctor looked last at 20"), "{status}");
    let asked = raw::send(at, "GET", "/operator/status", &[("authorization", &bearer)], "").await;
    let told: serde_json::Value =
        serde_json::from_str(&stage.handover(&["status", "--json"]).await).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&asked.body).unwrap(), told);
    assert_eq!(told["state"], "active");

    // What was proven lasts over a restart, but not for another configuration.
    stage.restart_with("types = [\"Email\"]", "types = [\"Call\"]").await;
    let status = stage.status().await;
    assert!(status.starts_with("Unproven\n") && status.contains("is another"), "{status}");
    stage.restart_with("types = [\"Call\"]", "types = [\"Email\"]").await;
    assert!(stage.status().await.starts_with("Active\n"));

    // What the doctor finds broken is broken until it finds otherwise.
    stage.creatio.deny("Case", Operation::Update);
    stage.doctor_fails().await;
    let status = stage.status().await;
    assert!(status.starts_with("Broken\n") && status.contains("round trip: close"), "{status}");
    assert_eq!(stage.stop().await, Some(0));
    let status = stage.status().await;
    assert!(status.contains("no serve answers"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_started_again_it_loses_and_doubles_nothing() {
    let mut stage = Stage::start().await;
    stage.text("What are your opening hours?");
    stage.phone_shows(&["We are open from 9 to 5."]).await;
    stage.until("the case is there", || stage.creatio.cases().len() == 1).await;
    stage.calm().await;

    // Creatio is down: what is acknowledged now waits in the store.
    stage.creatio.faults().add(Rule::new(Fault::Status { code: 503, retry_after: None }));
    for n in 1..=10 {
        stage.text(&format!("Text number {n}. What are your opening hours?"));
    }
    stage.twilio_is_answered().await;
    stage.calm().await;
    stage.kill().await;
    // This one is told to nobody: the list of messages has it.
    stage.text("Text number 11. What are your opening hours?");
    stage.creatio.faults().clear();
    stage.start_again().await;

    stage.until("every text is an activity", || stage.activities("Customer: ").len() == 12).await;
    stage.calm().await;
    let mut texts = stage.activities("Customer: ");
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 12, "{texts:?}");
    assert_eq!(stage.creatio.cases().len(), 1);
    let replies = stage.twilio.phone(CUSTOMER).len();
    assert!((3..=12).contains(&replies), "one answer may stand for several texts: {replies}");
    assert_eq!(stage.activities("Assistant: ").len(), replies);
    assert!(stage.handover(&["status"]).await.starts_with("Unproven\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_finishes_and_says_so() {
    let mut stage = Stage::start().await;
    stage.text("What are your opening hours?");
    stage.phone_shows(&["We are open from 9 to 5."]).await;
    // Whoever connects and says nothing does not keep it from stopping.
    let silent = tokio::net::TcpStream::connect(stage.address()).await.unwrap();
    assert_eq!(stage.stop().await, Some(0));
    drop(silent);
    // With no serve running, the commands read and change the file themselves.
    let session = stage.sessions().await.remove(0);
    assert_eq!(stage.handover(&["handoff", &session]).await, "Done by this command.\n");
}
