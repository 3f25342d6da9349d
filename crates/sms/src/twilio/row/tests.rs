use handover_core::error::ErrorKind;

use super::{Row, Rows};
use crate::twilio::testing::{ACCOUNT, OURS, twilio};

#[test]
fn what_is_null_missing_or_odd_is_empty() {
    let row = r#"{"sid":"SM1","body":null,"date_sent":"no date","num_media":"x","error_code":null,
        "date_created":"Fri, 20 Nov 2026 12:00:00 +0000","from":null,"new":{"a":[]}}"#;
    let row: Row = serde_json::from_str(row).unwrap();
    assert_eq!((row.body.as_str(), row.num_media, row.date_sent), ("", 0, None));
    assert_eq!(row.at().unwrap().to_rfc3339(), "2026-11-20T12:00:00+00:00");
    for (num_media, count) in [("\"2\"", 2), ("3", 3), ("null", 0), ("-1", 0)] {
        let row = format!(r#"{{"sid":"SM1","num_media":{num_media}}}"#);
        assert_eq!(serde_json::from_str::<Row>(&row).unwrap().num_media, count);
    }
}

#[test]
fn dates_in_other_zones_are_read() {
    let row = r#"{"sid":"SM1","date_sent":"Fri, 20 Nov 2026 07:00:00 -0500"}"#;
    let row: Row = serde_json::from_str(row).unwrap();
    assert_eq!(row.date_sent.unwrap().to_rfc3339(), "2026-11-20T12:00:00+00:00");
}

#[test]
fn filters_are_escaped_exactly() {
    let (twilio, _) = twilio();
    let url = twilio.list(&[("To", OURS)], "2026-11-20".parse().ok());
    let query = "To=%2B12025550100&DateSent%3E=2026-11-20&PageSize=100";
    assert_eq!(url.query(), Some(query));
}

#[test]
fn the_next_page_is_on_the_apis_own_list_or_refused() {
    let (twilio, _) = twilio();
    let next = |uri: Option<&str>| {
        let next_page_uri = uri.map(str::to_owned);
        twilio.next_page(&Rows { messages: Vec::new(), next_page_uri })
    };
    let list = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=PA1");
    let absolute = format!("https://api.twilio.com{list}");
    assert_eq!(next(Some(&list)).unwrap().unwrap().as_str(), absolute);
    assert_eq!(next(Some(&absolute)).unwrap().unwrap().as_str(), absolute);
    assert_eq!(next(None).unwrap(), None);
    for foreign in [
        "https://evil.example/2010-04-01/x",
        &format!("http://api.twilio.com{list}"),
        &format!("//evil.example{list}"),
        &format!("https://api.twilio.com:8443{list}"),
        "/2010-04-01/Accounts/AC2/Messages.json",
        "http://[",
    ] {
        assert_eq!(next(Some(foreign)).unwrap_err().kind(), ErrorKind::Protocol, "{foreign}");
    }
}
