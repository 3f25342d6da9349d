use handover_creatio::entities::{ACTIVITY, CASE, activity, base, case};
use handover_creatio::{Column, Filter, Query};
use serde_json::json;
use uuid::{Uuid, uuid};
use wiremock::matchers::{header, header_exists, method, path, query_param};
use wiremock::{Mock, Request};

use crate::{rows, server};

const ID: Uuid = uuid!("ae5f2f10-f46b-1410-fd9a-0050ba5d6c38");

#[tokio::test]
async fn a_read_is_one_get_with_token_id_and_options() {
    let (server, client) = server().await;
    Mock::given(method("GET"))
        .and(path("/0/odata/Case"))
        .and(query_param("$select", "Id,Number"))
        .and(query_param("$top", "5"))
        .and(query_param("$filter", "Number eq 'a+b''c & d'"))
        .and(header("authorization", "Bearer jwt"))
        .and(header("accept", "application/json"))
        .and(header_exists("x-request-id"))
        .and(header_exists("user-agent"))
        .respond_with(rows(&json!([{"Id": Uuid::from_u128(1), "Number": "SR1"}])))
        .expect(1)
        .mount(&server)
        .await;
    let filter = Filter::eq(&case::NUMBER, "a+b'c & d");
    let query = Query::new(CASE, [base::ID, case::NUMBER]).filter(filter).top(5);
    let found = client.query(&query).await.unwrap();
    assert_eq!(found[0].text(&case::NUMBER), Some("SR1"));
}

/// What a server with the rules of the platform reads in a query: `+` is no space, and a lookup is
/// spelt by its path.
#[tokio::test]
async fn every_query_is_written_as_the_platform_reads_it() {
    let select = || Query::new(ACTIVITY, [base::ID, activity::CASE]).top(10);
    let day = "2026-01-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    for (query, target) in [
        (select(), ""),
        (
            select().filter(Filter::eq(&activity::CASE, ID)),
            "&$filter=Case/Id%20eq%20ae5f2f10-f46b-1410-fd9a-0050ba5d6c38",
        ),
        (
            select().filter(Filter::gt(&base::MODIFIED_ON, day)),
            "&$filter=ModifiedOn%20gt%202026-01-01T00:00:00Z",
        ),
        (
            select().filter(Filter::eq(&activity::TITLE, "100% + #1 & 'x'?=;\n😀")),
            "&$filter=Title%20eq%20'100%25%20%2B%20%231%20%26%20''x''%3F%3D%3B%0A%F0%9F%98%80'",
        ),
        (select().filter(Filter::is_null(&activity::OWNER)), "&$filter=Owner/Id%20eq%20null"),
        (
            select().filter(Filter::contains(activity::CASE.to(&case::SUBJECT).unwrap(), "a")),
            "&$filter=contains(Case/Subject,'a')",
        ),
        (select().filter(Filter::ends_with(&activity::TITLE, "z")), "&$filter=endswith(Title,'z')"),
        (
            select().order_by_descending(&activity::CASE).order_by(&base::ID).skip(3),
            "&$orderby=Case/Id%20desc,Id&$skip=3",
        ),
        (
            select().expand(activity::STATUS, [base::NAME, activity::OWNER]),
            "&$expand=Status($select=Name,OwnerId)",
        ),
    ] {
        let (server, client) = server().await;
        Mock::given(method("GET")).respond_with(rows(&json!([]))).mount(&server).await;
        client.query(&query).await.unwrap();
        let sent: Vec<Request> = server.received_requests().await.unwrap();
        let url = sent.last().unwrap().url.as_str();
        let given = url.split_once("/0/odata/Activity?").unwrap().1;
        let target = target.replace('\'', "%27");
        assert_eq!(given, format!("$select=Id,CaseId&$top=10{target}"));
    }
}

#[tokio::test]
async fn a_row_is_read_by_its_bare_guid_and_no_value_is_none() {
    let (server, client) = server().await;
    let row = json!({"@odata.context": "x", "Id": ID, "OwnerId": Uuid::nil(), "Subject": "",
        "ClosureDate": "0001-01-01T00:00:00Z", "RegisteredOn": "2020-05-18T17:50:39.2838673Z",
        "SolutionRemains": "1.5", "Status": {"Name": "New"}});
    Mock::given(method("GET"))
        .and(path(format!("/0/odata/Case({ID})")))
        .and(query_param("$select", "OwnerId,Subject"))
        .respond_with(wiremock::ResponseTemplate::new(200).set_body_json(row))
        .mount(&server)
        .await;
    let row = client.get(&CASE, ID, &[case::OWNER, case::SUBJECT]).await.unwrap().unwrap();
    assert_eq!((row.id(&case::OWNER), row.text(&case::SUBJECT)), (None, None));
    assert_eq!(row.time(&case::CLOSURE_DATE), None);
    assert_eq!(row.time(&case::REGISTERED_ON).unwrap().timestamp_subsec_nanos(), 283_867_300);
    assert_eq!(row.decimal(&Column::plain("SolutionRemains")), Some(1.5));
    assert_eq!(row.to(&case::STATUS).unwrap().text(&base::NAME), Some("New"));
}

#[tokio::test]
async fn rows_are_counted_without_being_read() {
    let (server, client) = server().await;
    for count in [json!(418_000), json!("418000")] {
        let body = json!({"@odata.context": "x", "@odata.count": count, "value": []});
        Mock::given(method("GET"))
            .and(query_param("$count", "true"))
            .and(query_param("$top", "0"))
            .respond_with(wiremock::ResponseTemplate::new(200).set_body_json(body))
            .up_to_n_times(1)
            .mount(&server)
            .await;
        assert_eq!(client.count(&CASE, None).await.unwrap(), 418_000);
    }
}
