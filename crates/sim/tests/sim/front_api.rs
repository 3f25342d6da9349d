use bytes::Bytes;
use handover_sim::front::Attachment;
use handover_sim::{Fault, Rule, Simulator};
use http::{Method, Request};
use serde_json::{Value, json};
use std::time::Duration;

use crate::front::{ANN, API, TOKEN, builder, call_as, get, later, post, put, start};

fn status(answer: &crate::front::Answer) -> u16 {
    answer.status.as_u16()
}

#[test]
fn tokens_scopes_and_hosts() {
    let sim = builder().token("reader", &["conversations:read"]).build();
    let id = sim.customer_texts(ANN, "Hi", &[], start());
    let me = get(&sim, "/me", start()).json();
    assert_eq!(me["id"], "cmp_acme");
    let bad = call_as(&sim, "other", Method::GET, "/me", None, start());
    assert_eq!((status(&bad), bad.json()["_error"]["status"].as_u64()), (401, Some(401)));
    let at = format!("/conversations/{id}");
    assert_eq!(status(&call_as(&sim, "reader", Method::GET, &at, None, start())), 200);
    let body = json!({"body": "x"});
    let send = format!("{at}/messages");
    let refused = call_as(&sim, "reader", Method::POST, &send, Some(&body), start());
    assert_eq!((status(&refused), sim.messages(&id).len()), (403, 1));
    for (host, expected) in [
        ("api2.frontapp.com", 200),
        ("acme.api.frontapp.com", 200),
        ("other.api.frontapp.com", 404),
        ("app.frontapp.com", 404),
        ("127.0.0.1:8080", 200),
    ] {
        assert_eq!(status(&get(&sim, &format!("https://{host}/me"), start())), expected, "{host}");
    }
    sim.faults().once(Fault::ExpireToken);
    assert_eq!(status(&get(&sim, "/me", start())), 401);
    assert_eq!(status(&get(&sim, "/me", start())), 401);
    sim.restore_credentials();
    assert_eq!(status(&get(&sim, "/me", start())), 200);
}

#[test]
fn what_is_unknown_or_wrong_is_said_in_the_shape_of_errors() {
    let sim = builder().build();
    let id = sim.customer_texts(ANN, "Hi", &[], start());
    let at = format!("/conversations/{id}");
    for path in [
        "/conversations/cnv_zzzzzz",
        "/conversations/nonsense",
        "/messages/alt:uid:none",
        "/teammates/tea_none",
        "/nothing",
        "/download/fil_1",
        "/contacts/alt:phone:%2B1",
        "/events/evt_1",
    ] {
        let answer = get(&sim, path, start());
        assert_eq!(answer.json()["_error"]["title"], "Not found", "{path}");
    }
    for (path, body, expected) in [
        ("messages", json!({}), 400),
        ("messages", json!({"body": ""}), 400),
        ("messages", json!({"body": 1}), 400),
        ("messages", json!([]), 400),
        ("messages", json!({"body": "a", "options": {"archive": "no"}}), 400),
        ("messages", json!({"body": "a", "author_id": "tea_none"}), 404),
        ("messages", json!({"body": "a", "signature_id": "sig_1"}), 403),
        ("messages", json!({"body": "a", "options": {"tag_ids": ["tag_none"]}}), 404),
        ("comments", json!({"author_id": "tea_ai"}), 400),
        ("tags", json!({}), 400),
        ("tags", json!({"tag_ids": ["tag_none"]}), 404),
    ] {
        let answer = post(&sim, &format!("{at}/{path}"), &body, start());
        assert_eq!(status(&answer), expected, "{path} {body}");
        assert_eq!(answer.json()["_error"]["status"], expected, "{path} {body}");
    }
    let answer = put(&sim, &format!("{at}/assignee"), &json!({}), start());
    assert_eq!(answer.json()["_error"]["details"], json!(["assignee_id: is required"]));
    assert_eq!((sim.events(&id).len(), sim.messages(&id).len()), (1, 1), "nothing was changed");
}

#[test]
fn a_message_is_accepted_then_processed_then_sent_or_not() {
    use handover_sim::front::Sending;
    let pace = (Duration::from_secs(2), Duration::from_secs(5));
    let sim = builder().pace(pace.0, pace.1).build();
    crate::front::heard(&sim);
    let id = sim.customer_texts(ANN, "Hi", &[], start());
    let at = format!("/conversations/{id}/messages");
    let reply = json!({"body": "<b>Yes</b>", "options": {"archive": false}});
    for (sending, known, error, events) in [
        (Sending::Delivers, 200, Value::Null, vec!["out_reply"]),
        (
            Sending::Fails { error: "bad_number".into() },
            200,
            json!("bad_number"),
            vec!["out_reply", "sending_error"],
        ),
        (Sending::Silent, 404, Value::Null, vec![]),
        (Sending::Untold { error: None }, 200, Value::Null, vec![]),
        (Sending::Untold { error: Some("bad_number".into()) }, 200, json!("bad_number"), vec![]),
    ] {
        sim.set_sending(ANN, sending.clone());
        let seen = sim.events(&id).len();
        sim.take_webhooks();
        let uid = post(&sim, &at, &reply, later(10)).json()["message_uid"].clone();
        let by_uid = format!("/messages/alt:uid:{}", uid.as_str().unwrap());
        assert_eq!(status(&get(&sim, &by_uid, later(11))), 404, "{sending:?}");
        let early = get(&sim, &by_uid, later(12));
        assert_eq!((status(&early), early.json()["error_type"].is_null()), (known, true));
        let late = get(&sim, &by_uid, later(15));
        assert_eq!((status(&late), &late.json()["error_type"]), (known, &error), "{sending:?}");
        let told: Vec<_> = sim.events(&id)[seen..].iter().map(|event| event.kind).collect();
        assert_eq!(told, events, "{sending:?}");
        let due: Vec<_> = sim.take_webhooks().iter().map(|hook| hook.due).collect();
        let expected: Vec<_> = [later(12), later(15)].into_iter().take(events.len()).collect();
        assert_eq!(due, expected, "{sending:?}");
    }
    assert_eq!(sim.phone(ANN), ["<b>Yes</b>", "<b>Yes</b>"], "a text shows its tags");
    let hidden = get(&sim, "/events?q[types][]=out_reply", later(11)).results();
    assert_eq!(hidden.len(), 0, "what is still to come is not listed");
}

#[test]
fn a_form_carries_files() {
    let sim = builder().build();
    let id = sim.customer_texts(ANN, "Hi", &[], start());
    let form = "--b\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\nSee\r\nthis\r\n\
        --b\r\nContent-Disposition: form-data; name=\"options[archive]\"\r\n\r\nfalse\r\n\
        --b\r\nContent-Disposition: form-data; name=\"options[tag_ids][0]\"\r\n\r\ntag_vip\r\n\
        --b\r\nContent-Disposition: form-data; name=\"attachments[0]\"; \
        filename=\"a \\\"b\\\".png\"\r\nContent-Type: image/png\r\n\r\n\x01PNG\r\n--b--\r\n";
    let request = Request::post(format!("{API}/conversations/{id}/messages"))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(Bytes::from_static(form.as_bytes()));
    let answer = sim.handle(request.unwrap(), later(1)).response().unwrap();
    assert_eq!(answer.status().as_u16(), 202);
    let sent = &sim.messages(&id)[1];
    assert_eq!(sent.body, "See\r\nthis");
    assert_eq!(
        (sent.attachments[0].name.as_str(), &sent.attachments[0].content[..]),
        ("a \"b\".png", &b"\x01PNG"[..])
    );
    assert_eq!(sim.tags(&id), ["vip"]);
    assert_eq!(sim.conversation(&id).unwrap().shown_status(), "unassigned");
}

#[test]
fn attachments_need_the_token_and_may_be_slow() {
    let sim = builder().build();
    let png = Attachment::new("photo.jpg", "image/jpeg", vec![7; 5000]);
    let id = sim.customer_texts(ANN, "", &[png], start());
    let held = get(&sim, &format!("/conversations/{id}/messages"), start()).results();
    let file = &held[0]["attachments"][0];
    assert_eq!((&file["size"], &file["filename"]), (&json!(5000), &json!("photo.jpg")));
    let url = file["url"].as_str().unwrap();
    assert!(url.starts_with("https://acme.api.frontapp.com/download/fil_"), "{url}");
    let got = get(&sim, url, start());
    assert_eq!((status(&got), got.body.len()), (200, 5000));
    assert_eq!(got.headers["content-type"], "image/jpeg");
    let message = held[0]["id"].as_str().unwrap();
    let below = format!("/messages/{message}/download/{}", file["id"].as_str().unwrap());
    assert_eq!(status(&get(&sim, &below, start())), 200);
    assert_eq!(status(&call_as(&sim, "none", Method::GET, url, None, start())), 401);
    sim.faults().add(Rule::new(Fault::Slow { delay: Duration::from_secs(40) }).path("/download/"));
    let request = Request::get(url).header("authorization", format!("Bearer {TOKEN}"));
    let reply = sim.handle(request.body(Bytes::new()).unwrap(), start());
    assert_eq!(reply.delay, Duration::from_secs(40));
}

#[test]
fn a_merged_conversation_has_moved() {
    let sim = builder().build();
    let old = sim.customer_texts(ANN, "one", &[], start());
    let new = sim.customer_texts("+14155550101", "two", &[], start());
    sim.teammate_merges(&old, &new, "tea_rep", later(1));
    let moved = get(&sim, &format!("/conversations/{old}/messages?limit=2"), later(2));
    assert_eq!(status(&moved), 301);
    let to = moved.headers["location"].to_str().unwrap();
    assert_eq!(to, format!("https://acme.api.frontapp.com/conversations/{new}/messages?limit=2"));
    assert_eq!(get(&sim, to, later(2)).results().len(), 2);
    let sent =
        post(&sim, &format!("/conversations/{old}/messages"), &json!({"body": "a"}), later(2));
    assert_eq!((status(&sent), sim.messages(&new).len()), (301, 2), "not sent");
    let last = sim.events(&new).pop().unwrap();
    assert_eq!(last.kind, "conversations_merged");
    let event = get(&sim, &format!("/events/{}", last.id), later(2)).json();
    assert_eq!(event["target"]["data"], json!([old]));
    assert_eq!(sim.customer_texts(ANN, "three", &[], later(3)), new);
}

#[test]
fn tags_are_a_set_and_patch_replaces_it() {
    let sim = builder().build();
    let id = sim.customer_texts(ANN, "Hi", &[], start());
    let made = post(&sim, "/tags", &json!({"name": "handed-off"}), start());
    assert_eq!(status(&made), 201);
    assert_eq!(status(&post(&sim, "/tags", &json!({"name": "handed-off"}), start())), 409);
    let tag = made.json()["id"].clone();
    sim.teammate_tags(&id, "tea_rep", "vip", start());
    let at = format!("/conversations/{id}");
    let body = json!({"tag_ids": [tag]});
    for _ in 0..2 {
        assert_eq!(status(&post(&sim, &format!("{at}/tags"), &body, later(1))), 204);
    }
    assert_eq!(sim.tags(&id), ["vip", "handed-off"]);
    for _ in 0..2 {
        let gone =
            call_as(&sim, TOKEN, Method::DELETE, &format!("{at}/tags"), Some(&body), later(2));
        assert_eq!(status(&gone), 204);
    }
    assert_eq!(sim.tags(&id), ["vip"]);
    let patch = json!({"tag_ids": [tag], "status": "archived", "assignee_id": "alt:email:ai@acme.example",
        "custom_fields": {"Plan": "gold"}});
    assert_eq!(status(&call_as(&sim, TOKEN, Method::PATCH, &at, Some(&patch), later(3))), 204);
    assert_eq!(sim.tags(&id), ["handed-off"]);
    let shown = get(&sim, &at, later(3)).json();
    assert_eq!((&shown["status"], &shown["assignee"]["type"]), (&json!("archived"), &json!("ai")));
    assert_eq!(shown["custom_fields"], json!({"Plan": "gold"}));
    let kinds: Vec<_> = sim.events(&id).iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["inbound", "tag", "tag", "untag", "assign", "untag", "tag", "archive"]);
}

#[test]
fn teammates_inboxes_and_channels_are_listed() {
    let sim = builder().inbox_for("inb_vip", "VIP", &["tea_rep"]).build();
    let of = |path: &str, key: &str| -> Vec<String> {
        let results = get(&sim, path, start()).results();
        results.iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(of("/teammates", "type"), ["ai", "user"]);
    assert_eq!(of("/inboxes", "id"), ["inb_sms", "inb_mail", "inb_vip"]);
    assert_eq!(of("/inboxes/inb_vip/teammates", "id"), ["tea_rep"]);
    assert_eq!(of("/teammates/tea_ai/inboxes", "id"), ["inb_sms", "inb_mail"]);
    assert_eq!(of("/inboxes/inb_sms/channels", "type"), ["twilio"]);
    let channel = get(&sim, "/channels/alt%3Aaddress%3A%2B18005551212", start()).json();
    assert_eq!(channel["id"], "cha_sms");
}

#[test]
fn messages_show_more_or_less() {
    for (sim, text, uid) in [
        (builder().build(), json!("Hi"), false),
        (builder().null_texts().message_uids().build(), Value::Null, true),
    ] {
        let id = sim.customer_texts(ANN, "Hi", &[], start());
        let mail = sim.customer_mails("ann@example.com", "Re: Order", "<p>Hi</p>", &[], start());
        let shown = |id: &str| {
            let path = format!("/conversations/{id}/messages");
            get(&sim, &path, start()).results().remove(0)
        };
        assert_eq!((&shown(&id)["text"], shown(&id).get("message_uid").is_some()), (&text, uid));
        assert_eq!(
            (&shown(&mail)["text"], &shown(&mail)["subject"]),
            (&json!("Hi"), &json!("Re: Order"))
        );
        let again = sim.customer_mails("ann@example.com", "Order", "<p>Hi</p>", &[], start());
        assert_eq!(again, mail);
    }
}
