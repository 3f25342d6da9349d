//! Pages, and what must not get into them.

use chrono::{DateTime, Utc};
use handover_core::archive::{JobState, JobView};
use handover_core::desk::Case;
use handover_core::event::Holder;
use handover_core::id::{CaseId, ChannelId, DeskId, EventId, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::job::{Lane, Work};
use handover_core::message::{Delivery, DeliveryState, File, Message, Speaker};
use handover_core::session::{CaseRecord, Conversation, Session};

use super::{missing, policy, refused, session};
use crate::view::View;

const HOSTILE: &str = "<script>alert(1)</script> & \"quoted\" 'single' \u{202e}gnp.exe \u{7}";

#[test]
fn no_text_becomes_markup() {
    let page = session(&view(HOSTILE), now());
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains(
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot; &#39;single&#39;"
    ));
    assert!(!page.contains('\u{202e}') && !page.contains('\u{7}'));
    // Text, customer, agent, file, delivery code, case number and reason of a job.
    assert_eq!(page.matches("&lt;script&gt;").count(), 7, "{page}");
}

#[test]
fn a_page_loads_nothing_but_its_own_style() {
    let page = session(&view("Hello"), now());
    for outside in ["http:", "https:", "src=", "url(", "@import", "<link", "<form", "<a "] {
        assert!(!page.contains(outside), "{outside} in {page}");
    }
    let policy = policy();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"));
}

#[test]
fn a_page_tells_who_said_what_and_how_it_stands() {
    let page = session(&view("Hello"), now());
    for expected in [
        "<dt>Who speaks</dt><dd>a person</dd>",
        "<dt>State</dt><dd>open</dd>",
        "<li class=customer>",
        "<li class=person>",
        "delivered",
        "<tr class=bad><td>7<td>open → desk creatio<td>parked",
    ] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
}

#[test]
fn whoever_may_not_see_a_page_is_told_nothing() {
    assert!(refused().contains("not open to you"));
    assert!(missing().contains("no such session"));
}

fn view(text: &str) -> View {
    let channel = ChannelId::new("sms-us").unwrap();
    let mut customer = Message::new(1, Speaker::Customer, text, now());
    customer.files.push(File { name: Some(text.to_owned()), ..File::new("ME1", None) });
    let mut person =
        Message::new(2, Speaker::Person { name: Some(text.into()) }, "On its way.", now());
    person.deliveries.push(Delivery {
        state: DeliveryState::Delivered,
        code: Some(text.into()),
        ..Delivery::pending()
    });
    View {
        conversation: Conversation { session: opened(text, &channel), case: Some(case(text)) },
        messages: vec![customer, person],
        left_out: 0,
        jobs: vec![parked(text)],
    }
}

fn opened(customer: &str, channel: &ChannelId) -> Session {
    let event = EventId::new("sms-us", "SM1");
    let json = serde_json::json!({
        "id": SessionId::derive(&tenant(), &event),
        "version": 1,
        "tenant": tenant(),
        "channel": channel,
        "desk": "creatio",
        "state": "open",
        "created_at": now(),
        "last_at": now(),
        "reply_thread": handover_core::thread::Thread::channel(channel, "us|them"),
        "customer": Identity::new(Identity::TEL, customer, Proof::ChannelProven),
        "contact": handover_core::id::ContactId::derive(&tenant(), "tel", customer),
        "control": {"holder": Holder::Person, "epoch": 1},
        "next_seq": 3,
    });
    serde_json::from_value(json).unwrap()
}

fn case(number: &str) -> CaseRecord {
    let case = Case { number: Some(number.into()), ..Case::new("row") };
    let desk = DeskId::new("creatio").unwrap();
    CaseRecord {
        version: 1,
        opened: true,
        ..CaseRecord::new(CaseId(uuid::Uuid::nil()), desk, case)
    }
}

fn parked(reason: &str) -> JobView {
    let desk = DeskId::new("creatio").unwrap();
    let job = serde_json::json!({
        "id": 7,
        "lane": Lane::case(CaseId(uuid::Uuid::nil()), &desk),
        "work": Work::Open { n: 0 },
        "created_at": now(),
        "attempts": 3,
    });
    let job = serde_json::from_value(job).unwrap();
    JobView { job, state: JobState::Parked, reason: Some(reason.into()), not_before: now() }
}

fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-11-20T09:00:00Z".parse().unwrap()
}
