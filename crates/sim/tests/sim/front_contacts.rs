use http::Method;
use serde_json::{Value, json};

use crate::front::{ANN, TOKEN, builder, call_as, get, later, post, start};

fn phone(number: &str) -> Value {
    json!({"handles": [{"source": "phone", "handle": number}], "name": "Ann"})
}

#[test]
fn a_handle_belongs_to_one_contact() {
    let sim = builder().build();
    assert_eq!(get(&sim, "/contacts/alt:phone:%2B14155550100", start()).status.as_u16(), 404);
    let made = post(&sim, "/contacts", &phone(ANN), start());
    assert_eq!(made.status.as_u16(), 201);
    assert_eq!(post(&sim, "/contacts", &phone(ANN), start()).status.as_u16(), 409);
    assert_eq!(post(&sim, "/contacts", &phone("4155550100"), start()).status.as_u16(), 409);
    assert_eq!(post(&sim, "/contacts", &phone("(020) 7946"), start()).status.as_u16(), 201);
    assert_eq!(sim.contacts()[1].handles[0].1, "+10207946", "no country is North America");
    for alias in ["alt%3Aphone%3A%2B14155550100", "alt:phone:4155550100"] {
        let found = get(&sim, &format!("/contacts/{alias}"), start()).json();
        assert_eq!(found["id"], made.json()["id"], "{alias}");
    }
    for bad in
        [json!({}), json!({"handles": []}), json!({"handles": [{"source": "sms", "handle": "1"}]})]
    {
        assert_eq!(post(&sim, "/contacts", &bad, start()).status.as_u16(), 400, "{bad}");
    }
}

#[test]
fn the_last_handle_goes_by_force_only() {
    let sim = builder().build();
    let id = post(&sim, "/contacts", &phone(ANN), start()).json()["id"].clone();
    let path = format!("/contacts/{}", id.as_str().unwrap());
    let mail = json!({"source": "email", "handle": "Ann@Example.com"});
    assert_eq!(post(&sim, &format!("{path}/handles"), &mail, start()).status.as_u16(), 204);
    assert_eq!(get(&sim, "/contacts/alt:email:ann%40example.com", start()).json()["id"], id);
    let delete = |body: &Value| {
        let handles = format!("{path}/handles");
        call_as(&sim, TOKEN, Method::DELETE, &handles, Some(body), start()).status.as_u16()
    };
    assert_eq!(delete(&mail), 204);
    let mut last = json!({"source": "phone", "handle": ANN});
    assert_eq!(delete(&last), 400);
    last["force"] = json!(true);
    assert_eq!(delete(&last), 204);
    let patch = json!({"name": "Ann Lee", "custom_fields": {"a": "b"}});
    assert_eq!(
        call_as(&sim, TOKEN, Method::PATCH, &path, Some(&patch), start()).status.as_u16(),
        204
    );
    let shown = get(&sim, &path, start()).json();
    assert_eq!((&shown["name"], &shown["custom_fields"]["a"]), (&json!("Ann Lee"), &json!("b")));
}

#[test]
fn recipients_are_linked_to_contacts_where_there_are_any() {
    for (sim, linked) in [(builder().build(), false), (builder().auto_contacts().build(), true)] {
        let id = sim.customer_texts(ANN, "Hi", &[], start());
        let shown = get(&sim, &format!("/conversations/{id}"), later(1)).json();
        let link = &shown["recipient"]["_links"]["related"]["contact"];
        assert_eq!((link.is_string(), sim.contacts().len()), (linked, usize::from(linked)));
    }
}
