use serde_json::json;

use super::{Event, Inbox, Message, Page, Tag, time};

#[test]
fn null_missing_and_unknown_shapes_are_empty() {
    let row: Message = serde_json::from_value(json!({
        "id": "msg_1", "type": "hologram", "author": null, "text": null, "recipients": [{"name": null,
        "handle": "+1", "role": "observer"}], "attachments": null, "metadata": 7, "size": "x",
        "_links": {"related": null}, "error_type": null, "new": {"deep": [1]}, "is_draft": null,
    }))
    .unwrap();
    assert_eq!((row.kind.as_str(), row.recipients.len()), ("hologram", 1));
    assert!(row.author.is_none() && !row.is_whole() && row.at().is_none());
    let event: Event = serde_json::from_value(json!({"id": "evt_1", "target": null})).unwrap();
    assert!(event.target.is_none() && event.conversation.is_none());
}

#[test]
fn one_thing_and_several_are_read_alike() {
    for data in [json!({"id": "inb_1"}), json!([{"id": "inb_1"}, 7, {"name": "no id"}])] {
        let event: Event = serde_json::from_value(json!({
            "id": "evt_1", "source": {"_meta": {"type": "inboxes"}, "data": data}
        }))
        .unwrap();
        let inboxes: Vec<Inbox> = event.source.unwrap().rows();
        assert_eq!(inboxes[0].id, "inb_1");
    }
}

#[test]
fn times_are_seconds_with_fractions() {
    assert_eq!(time(1_694_046_470.93).unwrap().timestamp_millis(), 1_694_046_470_930);
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
        assert_eq!(time(wrong), None, "{wrong}");
    }
}

#[test]
fn debug_shows_ids_only() {
    let row: Message =
        serde_json::from_value(json!({"id": "msg_1", "text": "canary", "subject": "canary"}))
            .unwrap();
    assert_eq!(format!("{row:?}"), "Message { id: \"msg_1\", .. }");
    let page: Page<Tag> = serde_json::from_value(json!({"_results": []})).unwrap();
    assert!(page.results.is_empty() && page.pagination.next.is_none());
}
