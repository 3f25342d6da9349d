use chrono::TimeDelta;
use handover_core::error::{ErrorKind, Retry};
use handover_core::event::{ConsentWord, Event, Fact, Inbound};
use handover_core::feed::{Cursor, Feed, Page, Scope};
use handover_core::thread::Thread;
use serde_json::{Value, json};

use crate::twilio::testing::{
    ACCOUNT, CUSTOMER, OURS, SERVICE, Script, config, now, twilio, twilio_with,
};

const LIST: &str = "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000001/\
                    Messages.json";

fn row(sid: &str, minutes_ago: i64) -> Value {
    let at = (now() - TimeDelta::minutes(minutes_ago)).to_rfc2822();
    json!({"sid": sid, "body": "Hi canary", "from": CUSTOMER, "to": OURS, "status": "received",
        "direction": "inbound", "date_created": at, "date_sent": at, "num_media": "0",
        "messaging_service_sid": null})
}

fn changed(mut row: Value, name: &str, value: impl Into<Value>) -> Value {
    row[name] = value.into();
    row
}

fn list(rows: &[Value], next: Option<&str>) -> String {
    json!({"messages": rows, "next_page_uri": next}).to_string()
}

fn page_uri(n: u32) -> String {
    format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?To={OURS}&Page={n}&PageToken=PA{n}")
}

fn ids(page: &Page) -> Vec<&str> {
    page.events.iter().map(|event| event.id.as_str()).collect()
}

fn inbound(event: &Event) -> &Inbound {
    match &event.fact {
        Fact::Message(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

async fn pull(after: Option<&Cursor>, script_it: impl FnOnce(&Script)) -> (Page, Vec<String>) {
    let (twilio, script) = twilio();
    script_it(&script);
    let page = twilio.pull(&Scope::All, after).await.unwrap();
    (page, script.urls())
}

fn cursor(text: &str) -> Cursor {
    Cursor(text.into())
}

#[tokio::test]
async fn a_missed_text_is_the_event_the_webhook_would_have_made() {
    let (page, urls) = pull(None, |script| {
        script.answer(200, &list(&[row("SM1", 5)], None));
    })
    .await;
    assert_eq!(urls, [format!("{LIST}?To=%2B12025550100&DateSent%3E=2026-11-20&PageSize=100")]);
    assert_eq!(ids(&page), ["sms-us:SM1"]);
    let event = &page.events[0];
    assert_eq!(event.at, now() - TimeDelta::minutes(5));
    let channel = handover_core::id::ChannelId::new("sms-us").unwrap();
    assert_eq!(event.threads[0], Thread::channel(&channel, format!("{OURS}|{CUSTOMER}")));
    assert_eq!(event.threads[1], Thread::customer(&channel, &inbound(event).from));
    assert_eq!(inbound(event).text, "Hi canary");
    assert!(!format!("{page:?}").contains("canary"));
    assert_eq!(page.next, Some(cursor("2026-11-20T12:00:00Z 2026-11-20T12:00:00Z")));
    assert!(!page.more);
}

#[tokio::test]
async fn events_come_oldest_first_and_overlap_with_the_last_pull() {
    let after = cursor("2026-11-20T00:05:00Z 2026-11-20T00:05:00Z");
    let (page, urls) = pull(Some(&after), |script| {
        let rows = [row("SM3", 1), row("SM2", 700), row("SM1", 724), row("SM0", 726)];
        script.answer(200, &list(&rows, None));
    })
    .await;
    assert!(urls[0].contains("DateSent%3E=2026-11-19&"), "ten minutes back is the day before");
    assert_eq!(ids(&page), ["sms-us:SM1", "sms-us:SM2", "sms-us:SM3"]);
    assert_eq!(page.next, Some(cursor("2026-11-20T11:59:00Z 2026-11-20T11:59:00Z")));
}

#[tokio::test]
async fn without_news_the_cursor_stays_and_a_strange_one_is_none() {
    let after = cursor("2026-11-20T11:00:00Z 2026-11-20T11:00:00Z");
    let empty = |script: &Script| {
        script.answer(200, &list(&[], None));
    };
    assert_eq!(pull(Some(&after), empty).await.0.next, Some(after));
    let begin = cursor("2026-11-20T12:00:00Z 2026-11-20T12:00:00Z");
    for strange in ["", "v9 x", "2026-11-20T11:00:00Z", "a b https://evil.example"] {
        assert_eq!(pull(Some(&cursor(strange)), empty).await.0.next, Some(begin.clone()));
    }
    assert_eq!(pull(None, empty).await.0.next, Some(begin));
}

#[tokio::test]
async fn a_time_in_the_future_does_not_move_the_cursor_past_now() {
    let (page, _) = pull(None, |script| {
        script.answer(200, &list(&[row("SM1", -60)], None));
    })
    .await;
    assert_eq!(page.next, Some(cursor("2026-11-20T12:00:00Z 2026-11-20T12:00:00Z")));
}

#[tokio::test]
async fn rows_of_no_concern_or_not_yet_finished_are_counted() {
    let usual = row("SM1", 1);
    let rows = [
        changed(usual.clone(), "direction", "outbound-api"),
        changed(usual.clone(), "status", "receiving"),
        changed(usual.clone(), "from", "12345"),
        changed(usual.clone(), "from", OURS),
        changed(usual.clone(), "to", "+12025550199"),
        changed(usual, "date_sent", Value::Null),
    ];
    let (page, _) = pull(None, |script| {
        script.answer(200, &list(&rows, None));
    })
    .await;
    assert_eq!((ids(&page), page.ignored), (vec!["sms-us:SM1"], 5));
}

#[tokio::test]
async fn pages_are_followed_until_they_are_old() {
    let (page, urls) = pull(None, |script| {
        script.answer(200, &list(&[row("SM3", 1)], Some(&page_uri(1))));
        script.answer(200, &list(&[row("SM2", 9), row("SM1", 30)], Some(&page_uri(2))));
        script.answer(200, &list(&[row("SM0", 40)], Some(&page_uri(3))));
    })
    .await;
    assert_eq!(ids(&page), ["sms-us:SM2", "sms-us:SM3"]);
    assert_eq!(urls.len(), 3);
    assert!(!page.more);
}

#[tokio::test]
async fn a_long_list_goes_on_with_the_next_pull() {
    let after = cursor("2026-11-20T06:00:00Z 2026-11-20T06:00:00Z");
    let (page, _) = pull(Some(&after), |script| {
        for n in 0..10 {
            let rows = [row(&format!("SM{n}"), 1 + i64::from(n))];
            script.answer(200, &list(&rows, Some(&page_uri(n + 1))));
        }
    })
    .await;
    assert!(page.more);
    let middle = page.next.unwrap();
    assert_eq!(
        middle,
        cursor("2026-11-20T06:00:00Z 2026-11-20T11:59:00Z 1 Page=10&PageToken=PA10")
    );
    let (page, urls) = pull(Some(&middle), |script| {
        script.answer(200, &list(&[row("SM10", 200)], None));
    })
    .await;
    let query = "To=%2B12025550100&DateSent%3E=2026-11-20&PageSize=100&Page=10&PageToken=PA10";
    assert_eq!(urls, [format!("{LIST}?{query}")]);
    assert_eq!(ids(&page), ["sms-us:SM10"]);
    assert!(!page.more);
    assert_eq!(page.next, Some(cursor("2026-11-20T11:59:00Z 2026-11-20T11:59:00Z")));
}

#[tokio::test]
async fn pages_astray_or_in_a_circle_are_refused() {
    let foreign = list(&[row("SM1", 1)], Some("https://evil.example/x"));
    let circle = list(&[row("SM1", 1)], Some(&page_uri(1)));
    for answers in [vec![&foreign], vec![&circle, &circle]] {
        let (twilio, script) = twilio();
        for answer in answers {
            script.answer(200, answer);
        }
        let error = twilio.pull(&Scope::All, None).await.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Protocol, Retry::Never));
    }
    let (twilio, script) = twilio();
    for n in 0..10 {
        script.answer(200, &list(&[], Some(&page_uri(n + 1))));
    }
    let after = cursor("2026-11-20T06:00:00Z 2026-11-20T06:00:00Z 1000 Page=0");
    let error = twilio.pull(&Scope::All, Some(&after)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn files_have_the_names_the_webhook_gives_them() {
    let media = json!({"media_list": [
        {"sid": "ME1", "content_type": "image/png", "uri": "/x.json"},
        {"sid": "../ME2", "content_type": null},
        {"sid": "ME3"},
    ]});
    let picture = || list(&[changed(row("MM1", 1), "num_media", "2")], None);
    let (page, urls) = pull(None, |script| {
        script.answer(200, &picture()).answer(200, &media.to_string());
    })
    .await;
    let base = format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media");
    assert_eq!(urls[1], format!("{base}.json"));
    let files = &inbound(&page.events[0]).files;
    let names: Vec<_> = files.iter().map(|file| file.reference.clone()).collect();
    assert_eq!(names, [format!("{base}/ME1"), format!("{base}/ME3")]);
    assert_eq!(files[0].media_type.as_deref(), Some("image/png"));
    let (page, _) = pull(None, |script| {
        script.answer(200, &picture()).answer(404, "");
    })
    .await;
    assert!(inbound(&page.events[0]).files.is_empty(), "deleted at Twilio");
}

#[tokio::test]
async fn a_missed_stop_is_a_stop() {
    let (page, _) = pull(None, |script| {
        script.answer(200, &list(&[changed(row("SM1", 1), "body", "STOP")], None));
    })
    .await;
    assert_eq!(inbound(&page.events[0]).consent, Some(ConsentWord::Stop));
}

#[tokio::test]
async fn a_service_keeps_the_rows_that_name_it() {
    let (twilio, script) = twilio_with(config(SERVICE));
    let rows = [row("SM1", 1), changed(row("SM2", 1), "messaging_service_sid", SERVICE)];
    script.answer(200, &list(&rows, None));
    let page = twilio.pull(&Scope::All, None).await.unwrap();
    assert_eq!((ids(&page), page.ignored), (vec!["sms-us:SM2"], 1));
    assert!(!script.urls()[0].contains("To="));
}

#[tokio::test]
async fn a_conversations_tail_is_the_last_day_of_its_customer() {
    for address in [format!("{OURS}|{CUSTOMER}"), format!("tel|{CUSTOMER}")] {
        let (twilio, script) = twilio();
        let rows = [row("SM2", 1), row("SM1", 23 * 60), row("SM0", 25 * 60)];
        script.answer(200, &list(&rows, Some(&page_uri(1))));
        let page = twilio.pull(&Scope::Thread(address.into()), None).await.unwrap();
        assert_eq!(ids(&page), ["sms-us:SM1", "sms-us:SM2"]);
        assert_eq!((page.next, page.more), (None, false));
        let query = "To=%2B12025550100&From=%2B14155550123&DateSent%3E=2026-11-19&PageSize=100";
        assert_eq!(script.urls(), [format!("{LIST}?{query}")]);
    }
    let (twilio, script) = twilio();
    let page = twilio.pull(&Scope::Thread("odd".into()), None).await.unwrap();
    assert!(page.events.is_empty() && script.urls().is_empty());
    assert!(!Feed::capabilities(&twilio).foreign);
}
