use handover_creatio::entities::{CASE, activity, base, case};
use handover_creatio::{Column, Creation, Values};
use serde_json::json;
use uuid::{Uuid, uuid};
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::{any_column, server};

const ID: Uuid = uuid!("ae5f2f10-f46b-1410-fd9a-0050ba5d6c38");
const JSON: &str = "application/json; charset=utf-8; IEEE754Compatible=true";

#[tokio::test]
async fn a_creation_carries_our_id_and_bodies_spelling() {
    let (server, client) = server().await;
    any_column(&server).await;
    Mock::given(method("POST"))
        .and(path("/0/odata/Case"))
        .and(header("content-type", JSON))
        .and(body_json(json!({"Id": ID, "Subject": "a'b \"c\" 😀", "StatusId": ID,
            "RegisteredOn": "2026-01-02T03:04:05.1234567Z", "UsrDay": "2026-01-02T00:00:00Z",
            "UsrSum": 1.5, "UsrCount": 3, "UsrFlag": true})))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({"Id": ID, "Number": "SR1"})))
        .expect(1)
        .mount(&server)
        .await;
    let named = |name: &str| Column::named(name).unwrap();
    let at = "2026-01-02T05:04:05.123456789+02:00".parse::<chrono::DateTime<chrono::Utc>>();
    let values = Values::new()
        .set(case::SUBJECT, "a'b \"c\" 😀")
        .set(case::STATUS, ID)
        .set(case::REGISTERED_ON, at.unwrap())
        .set(named("UsrDay"), chrono::NaiveDate::from_ymd_opt(2026, 1, 2).unwrap())
        .set(named("UsrSum"), 1.5)
        .set(named("UsrCount"), 3)
        .set(named("UsrFlag"), true);
    let made = client.create(&CASE, ID, &values, &[case::NUMBER]).await.unwrap();
    let Creation::Created(row) = made else { panic!("it was made by this call") };
    assert_eq!(row.text(&case::NUMBER), Some("SR1"));
}

#[tokio::test]
async fn a_patch_sets_clears_and_leaves_alone() {
    let (server, client) = server().await;
    any_column(&server).await;
    Mock::given(method("PATCH"))
        .and(path(format!("/0/odata/Case({ID})")))
        .and(header("content-type", JSON))
        .and(body_json(json!({"Subject": "b", "OwnerId": null, "ClosureDate": null})))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new()
        .set(case::SUBJECT, "b")
        .clear(case::OWNER)
        .clear(case::CLOSURE_DATE)
        .set_some(case::GROUP, None::<Uuid>);
    client.update(&CASE, ID, &values).await.unwrap();
    // What says nothing is not sent at all.
    client.update(&CASE, ID, &Values::new()).await.unwrap();
}

#[tokio::test]
async fn what_the_platform_would_drop_or_no_database_takes_is_never_sent() {
    let (server, client) = server().await;
    any_column(&server).await;
    for values in [
        Values::new().set(case::OWNER, Uuid::nil()),
        Values::new().set(case::OWNER, "Ann"),
        Values::new().set(case::SUBJECT, f64::NAN),
        Values::new().set(case::SUBJECT, f64::INFINITY),
    ] {
        assert!(client.update(&CASE, ID, &values).await.is_err(), "{values:?}");
    }
    assert!(
        client.update(&CASE, Uuid::nil(), &Values::new().set(case::SUBJECT, "b")).await.is_err()
    );
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
    Mock::given(method("PATCH"))
        .and(body_json(json!({"Notes": "a\rb\u{202e}<b>c"})))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let text = "a\u{0}\rb\u{202e}\u{fffe}<b>c\u{ffff}";
    client.update(&CASE, ID, &Values::new().set(activity::NOTES, text)).await.unwrap();
}

#[tokio::test]
async fn a_row_is_removed_and_a_missing_one_is_no_failure() {
    let (server, client) = server().await;
    for (status, removed) in [(204, true), (404, false)] {
        Mock::given(method("DELETE"))
            .and(path(format!("/0/odata/Case({ID})")))
            .respond_with(ResponseTemplate::new(status))
            .up_to_n_times(1)
            .expect(1)
            .mount(&server)
            .await;
        assert_eq!(client.delete(&CASE, ID).await.unwrap(), removed);
    }
}

#[tokio::test]
async fn a_creation_without_a_body_or_with_another_row_is_read_back() {
    for answer in [
        ResponseTemplate::new(201),
        ResponseTemplate::new(201).set_body_json(json!({"Id": Uuid::from_u128(9)})),
        ResponseTemplate::new(201).set_body_string("{\"Id\":"),
        ResponseTemplate::new(500).set_body_json(json!({"error": {"message": "x", "innererror":
            {"message": "Violation of PRIMARY KEY constraint 'PKCase'."}}})),
    ] {
        let (server, client) = server().await;
        let row = json!({"@odata.context": "x", "Id": ID, "Number": "SR1", "value": []});
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_json(row))
            .mount(&server)
            .await;
        Mock::given(method("POST"))
            .and(path("/0/odata/Case"))
            .respond_with(answer)
            .mount(&server)
            .await;
        let values = Values::new().set(case::SUBJECT, "a");
        let made = client.create(&CASE, ID, &values, &[base::ID, case::NUMBER]).await.unwrap();
        assert!(matches!(made, Creation::AlreadyThere(_)));
    }
}
