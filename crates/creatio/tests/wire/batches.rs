use handover_creatio::entities::{ACTIVITY, activity};
use handover_creatio::{NewRow, Outcome, Values};
use serde_json::{Value, json};
use uuid::Uuid;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, Request, ResponseTemplate};

use crate::{any_column, server};

fn row(n: u128) -> NewRow {
    NewRow { id: Uuid::from_u128(n), values: Values::new().set(activity::TITLE, format!("t{n}")) }
}

#[tokio::test]
async fn a_batch_is_one_post_that_asks_to_go_on() {
    let (server, client) = server().await;
    any_column(&server).await;
    let answers = json!({"responses": [{"id": "1", "status": 201}, {"id": "0", "status": 201}]});
    Mock::given(method("POST"))
        .and(path("/0/odata/$batch"))
        .and(header("prefer", "continue-on-error"))
        .and(header("accept", "application/json"))
        .and(header("content-type", "application/json; charset=utf-8; IEEE754Compatible=true"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answers))
        .expect(1)
        .mount(&server)
        .await;
    let outcomes = client.create_all(&ACTIVITY, &[row(1), row(2)]).await.unwrap();
    assert_eq!(outcomes, [Outcome::Created, Outcome::Created]);
    let sent: Vec<Request> = server.received_requests().await.unwrap();
    let body: Value = sent.last().unwrap().body_json().unwrap();
    let kind = "application/json;odata=verbose";
    let item = |at: usize| {
        json!({"id": at.to_string(), "method": "POST", "url": "Activity",
            "headers": {"Content-Type": kind, "Accept": kind},
            "body": {"Title": format!("t{}", at + 1), "Id": Uuid::from_u128(at as u128 + 1)}})
    };
    assert_eq!(body, json!({"requests": [item(0), item(1)]}));
}

/// Whatever the answer looks like, no row is called made that was not answered so, and each row that
/// is in doubt is looked for.
#[tokio::test]
async fn no_answer_to_a_batch_makes_a_row_that_is_not_there() {
    let found = json!({"@odata.context": "x", "value": [{"Id": Uuid::from_u128(2)}]});
    let ids = |answers: Value| json!({"responses": answers}).to_string();
    let invalid = json!({"error": {"message": "The request is invalid."}});
    let created = Outcome::Created;
    let (there, lost, missing) = (Outcome::AlreadyThere, Outcome::Unknown, Outcome::NotAttempted);
    for (answer, outcomes) in [
        (ids(json!([{"id": "0", "status": 201}])), [created, there, missing]),
        (
            ids(json!([{"id": "2", "status": 500}, {"id": "1", "status": 500},
                {"id": "0", "atomicityGroup": "9f", "status": "201"}])),
            [created, there, lost],
        ),
        (
            ids(json!([{"id": "0", "status": 400, "body": invalid}, {"id": "1", "status": 400,
                "body": invalid}, {"id": "2", "status": 503}])),
            [Outcome::Refused("invalid-request"), there, lost],
        ),
        (
            ids(json!([{"id": "0", "status": 201}, {"id": "0", "status": 201}])),
            [missing, there, missing],
        ),
        (ids(json!([])), [missing, there, missing]),
        ("--batch_1\r\nContent-Type: application/http\r\n".to_owned(), [lost, there, lost]),
        ("{\"responses\":[{\"id\":\"0\",".to_owned(), [lost, there, lost]),
    ] {
        let (server, client) = server().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_json(&found))
            .mount(&server)
            .await;
        Mock::given(method("POST"))
            .and(path("/0/odata/$batch"))
            .respond_with(
                ResponseTemplate::new(200).set_body_raw(answer.clone(), "application/json"),
            )
            .expect(1)
            .mount(&server)
            .await;
        let rows = [row(1), row(2), row(3)];
        let came = client.create_all(&ACTIVITY, &rows).await.unwrap();
        assert_eq!(came, outcomes, "{answer}");
    }
}
