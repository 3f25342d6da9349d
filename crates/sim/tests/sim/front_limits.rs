use handover_sim::{Fault, Rule};
use serde_json::json;

use crate::front::{ANN, builder, get, later, post, put, start};

#[test]
fn a_company_has_so_many_requests_a_minute() {
    let sim = builder().plan(3).build();
    for left in ["2", "1", "0"] {
        let answer = get(&sim, "/me", later(10));
        assert_eq!(answer.status.as_u16(), 200);
        assert_eq!(answer.headers["x-ratelimit-limit"], "3");
        assert_eq!(answer.headers["x-ratelimit-remaining"], left);
        assert_eq!(answer.headers["x-ratelimit-reset"], "1795165270");
    }
    for (at, wait) in [(10, "60"), (40, "30"), (69, "1")] {
        let answer = get(&sim, "/me", later(at));
        assert_eq!(answer.status.as_u16(), 429);
        assert_eq!(answer.json()["_error"]["status"], 429);
        assert_eq!(answer.headers["retry-after"], wait);
        assert_eq!(answer.headers["x-ratelimit-remaining"], "0");
        assert!(!answer.headers.contains_key("x-front-tier"));
    }
    assert_eq!(get(&sim, "/me", later(70)).status.as_u16(), 200);
}

#[test]
fn one_conversation_takes_so_many_writes_a_second() {
    let sim = builder().burst(2).build();
    let one = sim.customer_texts(ANN, "a", &[], start());
    let two = sim.customer_texts("+14155550101", "b", &[], start());
    let comment = |id: &str, at| {
        post(&sim, &format!("/conversations/{id}/comments"), &json!({"body": "x"}), later(at))
    };
    assert_eq!(comment(&one, 0).status.as_u16(), 201);
    assert_eq!(comment(&one, 0).status.as_u16(), 201);
    let assignee = format!("/conversations/{one}/assignee");
    let refused = put(&sim, &assignee, &json!({"assignee_id": null}), later(0));
    assert_eq!(
        (refused.status.as_u16(), &refused.headers["retry-after"]),
        (429, &"1".parse().unwrap())
    );
    assert!(refused.headers.contains_key("x-front-tier"));
    assert_ne!(refused.headers["x-ratelimit-remaining"], "0", "the company has some left");
    assert_eq!(get(&sim, &format!("/conversations/{one}"), later(0)).status.as_u16(), 200);
    assert_eq!(comment(&two, 0).status.as_u16(), 201);
    assert_eq!(comment(&one, 1).status.as_u16(), 201);
}

#[test]
fn faults_speak_as_front_does() {
    let sim = builder().build();
    let id = sim.customer_texts(ANN, "a", &[], start());
    let path = format!("/conversations/{id}/messages");
    sim.faults().once(Fault::Status { code: 429, retry_after: Some(7) });
    let answer = get(&sim, "/me", start());
    assert_eq!((answer.status.as_u16(), &answer.json()["_error"]["status"]), (429, &json!(429)));
    assert_eq!(answer.headers["retry-after"], "7");
    sim.faults().add(Rule::new(Fault::AfterWrite { status: 502 }).path("/messages").once());
    let answer = post(&sim, &path, &json!({"body": "a"}), start());
    assert_eq!((answer.status.as_u16(), sim.messages(&id).len()), (502, 2));
}
