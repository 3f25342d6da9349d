use uuid::{Uuid, uuid};

use super::{Heard, MOST};

const CASE: Uuid = uuid!("d2331d41-6804-5628-b50e-31595f8c7cbf");

#[test]
fn an_id_is_heard_at_its_own_desk_only() {
    let heard = Heard::default();
    for body in [format!("{{\"caseId\":\"{{{CASE}}}\"}}"), format!("<a>{CASE}</a>")] {
        heard.keep("/in/desks/creatio/secret", body.as_bytes());
    }
    assert!(heard.has("creatio", CASE));
    assert!(!heard.has("front", CASE) && !heard.has("creatio", Uuid::nil()));
    heard.keep("/channels/sms", CASE.to_string().as_bytes());
    heard.keep("/desks/", CASE.to_string().as_bytes());
    assert!(!heard.has("sms", CASE) && !heard.has("", CASE));
    assert!(!format!("{:?}", Heard::default()).contains("secret"));
}

#[test]
fn what_is_no_id_is_nothing_and_the_oldest_give_way() {
    let heard = Heard::default();
    heard.keep("/desks/creatio", b"\xff 0000 d2331d41-6804-5628-b50e-31595f8c7cb");
    heard.keep("/desks/creatio", CASE.to_string().as_bytes());
    for n in 1..=MOST {
        heard.keep("/desks/creatio", Uuid::from_u128(n as u128).to_string().as_bytes());
    }
    assert!(!heard.has("creatio", CASE));
    assert!(heard.has("creatio", Uuid::from_u128(1)));
}
