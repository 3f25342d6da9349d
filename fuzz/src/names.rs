//! Names, keys and headers that come from outside.

use std::time::Duration;

use handover_core::id::{ChannelId, EventId, Key};
use handover_core::identity::{Identity, Proof};
use handover_core::thread::Thread;
use handover_core::transport::retry_after;
use handover_front::ids::{ConversationId, EventId as FrontEventId, MessageId};
use http::{HeaderMap, HeaderValue, header};
use uuid::Uuid;

use crate::canned;

/// What is taken for a name can be written down and read again as the same.
pub(crate) fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for text in text.lines().chain([text.as_ref()]) {
        key(text);
        ids(text);
        telephone(text);
        wait(text);
    }
}

fn key(text: &str) {
    let Some(key) = Key::parse(text) else { return };
    let again = Key::parse(&key.to_string());
    assert_eq!(again, Some(key));
    assert_eq!(again.map(|key| key.uuid()), Some(key.uuid()));
    if let Some(thread) = Thread::of_send(&key) {
        assert!(thread.as_session().is_some(), "the thread of a send names no session");
    }
}

fn ids(text: &str) {
    if let Ok(channel) = ChannelId::new(text) {
        assert_eq!(channel.as_str(), text);
        let event = EventId::new(channel.as_str(), "row");
        assert_eq!(event.version(1).row(), event.as_str());
    }
    if let Ok(id) = ConversationId::new(text) {
        assert_eq!(ConversationId::new(id.as_str()), Ok(id));
        assert!(MessageId::new(text).is_err(), "one id of two kinds");
    }
    if let Ok(id) = FrontEventId::new(text) {
        // Whatever its number is, it has a place.
        let _ = id.order();
    }
    if let Some(id) = handover_creatio::guid(text) {
        assert_eq!(Uuid::parse_str(&id.to_string()), Ok(id));
        assert_eq!(handover_creatio::guid(&id.to_string()), Some(id));
    }
}

fn telephone(text: &str) {
    if let Some(identity) = Identity::tel(text, Proof::Claimed) {
        assert!(identity.value.len() <= 16 && identity.value.is_ascii());
        assert_eq!(&*identity.value, text);
    }
}

fn wait(text: &str) {
    let Ok(value) = HeaderValue::from_str(text) else { return };
    let headers = HeaderMap::from_iter([(header::RETRY_AFTER, value)]);
    let asked = retry_after(&headers, canned::now());
    assert!(asked.is_none_or(|asked| asked <= Duration::from_secs(86_400)), "a wait of days");
}
