use handover_sim::front::Front;
use serde_json::json;

use crate::front::{ANN, builder, get, later, post, start};

fn pages(sim: &Front, first: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(url) = next {
        let answer = get(sim, &url, later(100));
        assert_eq!(answer.status.as_u16(), 200, "{url}");
        let ids =
            answer.results().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        pages.push(ids);
        next = answer.json()["_pagination"]["next"].as_str().map(str::to_owned);
        assert!(
            next.as_ref().is_none_or(|next| next.starts_with("https://acme.api.frontapp.com/"))
        );
    }
    pages
}

#[test]
fn messages_come_newest_first_by_pages() {
    let sim = builder().build();
    let mut id = String::new();
    for at in 0..7 {
        id = sim.customer_texts(ANN, "again", &[], later(at));
    }
    let path = format!("/conversations/{id}/messages");
    let pages = pages(&sim, &format!("{path}?limit=3"));
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    let all: Vec<String> = pages.concat();
    let mut expected: Vec<String> =
        sim.messages(&id).into_iter().map(|message| message.id).collect();
    expected.reverse();
    assert_eq!(all, expected);
    let oldest = get(&sim, &format!("{path}?sort_order=asc&limit=1"), later(100)).results();
    assert_eq!(oldest[0]["id"], expected[6].as_str());
    for limit in ["0", "101", "x"] {
        let answer = get(&sim, &format!("{path}?limit={limit}"), later(100));
        assert_eq!(answer.status.as_u16(), 400, "{limit}");
    }
    let answer = get(&sim, &format!("{path}?page_token=xyz"), later(100));
    assert_eq!(answer.status.as_u16(), 400);
}

#[test]
fn events_come_by_fifteen_and_their_ids_grow() {
    let sim = builder().build();
    for at in 0..20 {
        sim.customer_texts(ANN, "again", &[], later(at / 4));
    }
    let pages = pages(&sim, "/events");
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [15, 5]);
    let all = pages.concat();
    let decoded: Vec<u64> =
        all.iter().map(|id| u64::from_str_radix(&id["evt_".len()..], 36).unwrap()).collect();
    assert!(decoded.windows(2).all(|pair| pair[0] > pair[1]), "{all:?}");
    assert_eq!(get(&sim, "/events?limit=16", later(100)).status.as_u16(), 400);
}

#[test]
fn events_are_chosen_by_time_type_and_inbox() {
    let sim = builder().build();
    sim.customer_texts(ANN, "text", &[], start());
    let mail = sim.customer_mails("ann@example.com", "Order", "<p>mail</p>", &[], later(1));
    sim.teammate_archives(&mail, "tea_rep", later(2));
    for (query, expected) in [
        ("q[after]=1795165200", vec!["archive", "inbound"]),
        ("q[after]=1795165200.999", vec!["archive", "inbound"]),
        ("q[after]=1795165201.000", vec!["archive"]),
        ("q[before]=1795165201", vec!["inbound"]),
        ("q%5Btypes%5D%5B%5D=inbound", vec!["inbound", "inbound"]),
        ("q[inboxes][]=inb_sms", vec!["inbound"]),
        ("q[after]=1795165200000", vec![]),
    ] {
        let events = get(&sim, &format!("/events?{query}"), later(9)).results();
        let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, expected, "{query}");
    }
    for query in ["q[after]=1795165200.1234", "q[after]=soon"] {
        let answer = get(&sim, &format!("/events?{query}"), later(9));
        assert_eq!(answer.status.as_u16(), 400, "{query}");
    }
}

#[test]
fn conversations_are_chosen_by_status_and_comments_come_whole() {
    let sim = builder().build();
    let first = sim.customer_texts(ANN, "a", &[], start());
    let second = sim.customer_texts("+14155550101", "b", &[], start());
    sim.teammate_assigns(&first, "tea_rep", Some("tea_rep"), later(1));
    let assigned = "/conversations?q=%7B%22statuses%22%3A%5B%22assigned%22%5D%7D";
    for (path, expected) in [
        ("/conversations", vec![&second, &first]),
        (assigned, vec![&first]),
        ("/conversations?q[statuses][]=unassigned", vec![&second]),
    ] {
        assert_eq!(pages(&sim, path).concat().iter().collect::<Vec<_>>(), expected, "{path}");
    }
    for at in 0..3 {
        sim.teammate_comments(&first, "tea_rep", &format!("{at}"), later(at));
    }
    let answer = get(&sim, &format!("/conversations/{first}/comments"), later(9));
    let bodies: Vec<_> = answer.results().iter().map(|item| item["body"].clone()).collect();
    assert_eq!(bodies, [json!("2"), json!("1"), json!("0")]);
    assert!(answer.json().get("_pagination").is_none());
}

#[test]
fn history_is_imported_once_and_is_old() {
    let sim = builder().build();
    let body = json!({
        "sender": {"handle": ANN}, "to": ["+18005551212"], "body": "long ago", "type": "sms",
        "external_id": "ours-1", "created_at": 1_700_000_000, "metadata": {"is_inbound": true},
        "tags": ["old"], "assignee_id": "tea_rep",
    });
    let first = post(&sim, "/inboxes/inb_sms/imported_messages", &body, start());
    let second = post(&sim, "/inboxes/inb_sms/imported_messages", &body, start());
    assert_eq!((first.status.as_u16(), first.json()), (202, second.json()));
    let held = &sim.conversations()[0];
    assert_eq!(held.shown_status(), "archived");
    assert_eq!(sim.messages(&held.id).len(), 1);
    assert_eq!(
        (sim.tags(&held.id), held.assignee.as_deref()),
        (vec!["old".into()], Some("tea_rep"))
    );
    let event = get(&sim, "/events?q[types][]=inbound", later(1)).results().remove(0);
    assert_eq!(event["emitted_at"], 1_795_165_200.0);
    assert_eq!(event["target"]["data"]["created_at"], 1_700_000_000.0);
    assert_eq!(sim.phone("+18005551212").len(), 0);
}
