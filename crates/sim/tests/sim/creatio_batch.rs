use bytes::Bytes;
use handover_sim::creatio::Quirk;
use handover_sim::{Fault, Outcome, Rule, Simulator};
use http::Request;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::tenant::Tenant;

fn item(id: &str, method: &str, url: &str, body: &Value) -> Value {
    let headers = json!({"content-type": "application/json"});
    json!({"id": id, "method": method, "url": url, "headers": headers, "body": body})
}

fn statuses(answer: &Value) -> Vec<(String, u64)> {
    let responses = answer["responses"].as_array().unwrap();
    let shown = |response: &Value| {
        (response["id"].as_str().unwrap().to_owned(), response["status"].as_u64().unwrap())
    };
    responses.iter().map(shown).collect()
}

#[test]
fn items_answer_by_their_ids() {
    let tenant = Tenant::new();
    let id = Uuid::from_u128(7);
    let answer = tenant.batch(
        &[
            item("t1", "POST", "Case", &json!({"Id": id, "Subject": "a"})),
            item("t2", "PATCH", &format!("/Case({id})"), &json!({"Notes": "n"})),
            json!({"id": "t3", "method": "GET", "url": format!("Case({id})?$select=Notes")}),
        ],
        &[],
    );
    assert_eq!(answer.status, 200);
    let expected = [("t1", 201), ("t2", 204), ("t3", 200)];
    assert_eq!(statuses(&answer.json), expected.map(|(id, status)| (id.to_owned(), status)));
    assert_eq!(answer.json["responses"][0]["body"]["Subject"], "a");
    assert_eq!(answer.json["responses"][1].get("body"), None);
    assert_eq!(answer.json["responses"][2]["body"]["Notes"], "n");
}

#[test]
fn the_first_failure_stops_the_rest() {
    let tenant = Tenant::new();
    let requests = [
        item("1", "POST", "Case", &json!({"Subject": "a"})),
        item("2", "POST", "Case", &json!({"Subject": "a", "OwnerId": "Canada"})),
        item("3", "POST", "Case", &json!({"Subject": "b"})),
    ];
    let answer = tenant.batch(&requests, &[]);
    assert_eq!(answer.status, 200);
    assert_eq!(statuses(&answer.json), [("1".to_owned(), 201), ("2".to_owned(), 400)]);
    let cause = &answer.json["responses"][1]["body"]["error"]["innererror"]["message"];
    assert!(cause.as_str().unwrap().contains("Canada"));
    assert_eq!(tenant.sim.cases().len(), 1);
}

#[test]
fn unless_the_outer_request_says_continue_on_error() {
    let tenant = Tenant::new();
    let requests = [
        item("1", "POST", "Bogus", &json!({})),
        item("2", "POST", "Case", &json!({"Subject": "b"})),
    ];
    let answer = tenant.batch(&requests, &[("prefer", "continue-on-error")]);
    assert_eq!(statuses(&answer.json), [("1".to_owned(), 404), ("2".to_owned(), 201)]);
    let answer = tenant.batch(&requests, &[("prefer", "return=minimal")]);
    assert_eq!(statuses(&answer.json), [("1".to_owned(), 404)]);
}

#[test]
fn more_than_a_hundred_are_refused() {
    let tenant = Tenant::new();
    let one = item("1", "POST", "Case", &json!({"Subject": "a"}));
    assert_eq!(tenant.batch(&vec![one.clone(); 100], &[]).status, 200);
    let answer = tenant.batch(&vec![one; 101], &[]);
    assert_eq!(answer.status, 400);
    assert!(answer.text.contains("maximum number of '100'"), "{}", answer.text);
    assert_eq!(tenant.sim.cases().len(), 100);
}

#[test]
fn a_group_gets_a_new_name_and_is_not_atomic() {
    let tenant = Tenant::new();
    let mut requests = [
        item("1", "POST", "Case", &json!({"Subject": "a"})),
        item("2", "POST", "Case", &json!({"Subject": "b"})),
        item("3", "POST", "Bogus", &json!({})),
    ];
    for request in &mut requests {
        request["atomicityGroup"] = json!("g1");
    }
    let answer = tenant.batch(&requests, &[]);
    let groups: Vec<&str> = answer.json["responses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|response| response["atomicityGroup"].as_str().unwrap())
        .collect();
    assert_ne!(groups[0], "g1");
    assert!(groups.iter().all(|group| *group == groups[0]));
    assert_eq!(tenant.sim.cases().len(), 2);
}

#[test]
fn only_relative_addresses_work() {
    let tenant = Tenant::new();
    for url in ["/0/odata/Case", "https://acme.creatio.com/0/odata/Case", "$batch"] {
        let answer = tenant.batch(&[item("1", "POST", url, &json!({"Subject": "a"}))], &[]);
        assert_eq!(statuses(&answer.json), [("1".to_owned(), 404)], "{url}");
    }
}

#[test]
fn what_depends_on_a_failure_fails() {
    let tenant = Tenant::new();
    let mut second = item("2", "POST", "Case", &json!({"Subject": "b"}));
    second["dependsOn"] = json!(["1"]);
    let requests = [item("1", "POST", "Bogus", &json!({})), second];
    let answer = tenant.batch(&requests, &[("prefer", "odata.continue-on-error")]);
    assert_eq!(statuses(&answer.json), [("1".to_owned(), 404), ("2".to_owned(), 424)]);
}

#[test]
fn faults_strike_items_too() {
    let tenant = Tenant::new();
    let rule = Rule::new(Fault::AfterWrite { status: 500 }).batch_items().path("Case").after(1);
    tenant.sim.faults().add(rule.once());
    let one = item("1", "POST", "Case", &json!({"Subject": "a"}));
    let answer = tenant.batch(&vec![one; 3], &[]);
    let statuses: Vec<u64> = statuses(&answer.json).into_iter().map(|(_, status)| status).collect();
    assert_eq!(statuses, [201, 500]);
    assert_eq!(tenant.sim.cases().len(), 2, "the second was written");
}

#[test]
fn each_item_is_metered() {
    let tenant = Tenant::new();
    let one = item("1", "POST", "Case", &json!({"Subject": "a"}));
    tenant.batch(&vec![one; 7], &[]);
    tenant.get("Case");
    let day = tenant.now.date_naive();
    assert_eq!(tenant.sim.metered(day), 8);
    assert_eq!(tenant.sim.metered(day.succ_opt().unwrap()), 0);
    assert_eq!(tenant.sim.round_trips(), 3, "the token, the batch, the list");
    assert_eq!(tenant.sim.requests()[1].items, 7);
}

#[test]
fn answers_may_be_fewer_reversed_doubled_or_of_another_kind() {
    let tenant = Tenant::new();
    let requests = ["1", "2", "3"].map(|id| item(id, "POST", "Case", &json!({"Subject": id})));
    for (quirk, ids) in [
        (Quirk::BatchAnswersFewer, vec!["1", "2"]),
        (Quirk::BatchAnswersReversed, vec!["3", "2", "1"]),
        (Quirk::BatchIdsDoubled, vec!["1", "2", "1"]),
    ] {
        tenant.sim.quirk(quirk, true);
        let answer = tenant.batch(&requests, &[]);
        let shown: Vec<String> = statuses(&answer.json).into_iter().map(|(id, _)| id).collect();
        assert_eq!(shown, ids, "{quirk:?}");
        tenant.sim.quirk(quirk, false);
    }
    tenant.sim.quirk(Quirk::BatchAnswersMultipart, true);
    let answer = tenant.batch(&requests, &[]);
    assert!(answer.text.starts_with("--batchresponse_sim\r\n"), "{}", answer.text);
    assert_eq!(answer.text.matches("HTTP/1.1 201").count(), 3);
    assert_eq!(tenant.sim.cases().len(), 12, "each was performed");
}

#[test]
fn a_server_may_die_within_a_batch() {
    for (fault, written) in [(Fault::DropBeforeWrite, 1), (Fault::DropAfterWrite, 2)] {
        let tenant = Tenant::new();
        let rule = Rule::new(fault).batch_items().path("Case").after(1);
        tenant.sim.faults().add(rule.once());
        let one = item("1", "POST", "Case", &json!({"Subject": "a"}));
        let body = json!({"requests": vec![one; 3]}).to_string();
        let request = Request::post("https://acme.creatio.com/0/odata/$batch")
            .header("authorization", format!("Bearer {}", tenant.token))
            .header("content-type", "application/json")
            .body(Bytes::from(body))
            .unwrap();
        let reply = tenant.sim.handle(request, tenant.now);
        assert!(matches!(reply.outcome, Outcome::Dropped { effect: true }), "{fault:?}");
        assert_eq!(tenant.sim.cases().len(), written, "{fault:?}");
    }
}
