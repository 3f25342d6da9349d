use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Judged, Rule, looks_like_html};
use crate::parse::Row;
use crate::{Ready, ReplyRule, ids};

const OTHER: Uuid = Uuid::from_u128(77);

fn row(columns: Json) -> Row {
    let mut all = json!({"TypeId": ids::TASK, "ActivityCategoryId": ids::TO_DO, "Notes": "hello"});
    let (Json::Object(all_of), Json::Object(columns)) = (&mut all, columns) else { panic!() };
    all_of.extend(columns);
    Row::one(all.to_string().as_bytes()).unwrap()
}

fn judge(rule: &ReplyRule, columns: Json) -> Judged {
    let types = rule.types.as_ref().map(|_| vec![ids::TASK, ids::EMAIL]);
    let categories = rule.categories.as_ref().map(|_| vec![ids::TO_DO]);
    Rule::new(rule, types, categories).judge(&row(columns))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn reply(text: &str) -> Judged {
    Judged::Reply(text.to_owned())
}

fn once_finished(text: &str) -> Judged {
    Judged::OnceFinished(text.to_owned())
}

fn sent() -> Json {
    json!({"TypeId": ids::EMAIL, "MessageTypeId": ids::OUTGOING, "EmailSendStatusId": ids::SENT})
}

#[test]
fn everything_that_is_set_must_hold() {
    let rule = ReplyRule::new(words(&["Task"]))
        .and_then(|rule| rule.with_categories(words(&["To do"])))
        .and_then(|rule| rule.with_marker_column("UsrToCustomer"))
        .and_then(|rule| rule.with_prefix("SMS:"))
        .unwrap();
    let good = json!({"UsrToCustomer": true, "Notes": "sms: on its way"});
    assert_eq!(judge(&rule, good.clone()), once_finished("on its way"));
    for (column, value) in [
        ("TypeId", json!(OTHER)),
        ("ActivityCategoryId", json!(OTHER)),
        ("ActivityCategoryId", json!(Uuid::nil())),
        ("UsrToCustomer", json!(false)),
        ("UsrToCustomer", Json::Null),
        ("Notes", json!("on its way")),
        ("Notes", json!("SMS:  ")),
        ("Notes", json!("")),
        ("IsAutoSubmitted", json!(true)),
    ] {
        let mut bad = good.clone();
        bad[column] = value;
        assert_eq!(judge(&rule, bad), Judged::Inside, "{column}");
    }
}

#[test]
fn one_condition_is_enough_and_none_is_no_rule() {
    let category = ReplyRule::of_categories(words(&["To do"])).unwrap();
    assert_eq!(judge(&category, json!({"TypeId": OTHER})), once_finished("hello"));
    let marked = ReplyRule::marked("UsrToCustomer").unwrap();
    assert_eq!(judge(&marked, json!({"UsrToCustomer": true})), once_finished("hello"));
    assert_eq!(judge(&marked, json!({})), Judged::Inside);
    let prefixed = ReplyRule::prefixed("@customer").unwrap();
    assert_eq!(judge(&prefixed, json!({"Notes": "@Customer yes"})), once_finished("yes"));
    assert!(ReplyRule::new(Vec::new()).is_err());
    assert!(ReplyRule::of_categories(words(&[" "])).is_err());
    assert!(ReplyRule::prefixed(" ").is_err());
    assert!(ReplyRule::marked("no column").is_err());
}

#[test]
fn what_is_added_goes_at_once_but_for_drafts_and_what_was_canceled() {
    let rule = ReplyRule::new(words(&["Task"])).unwrap().with_ready(Ready::Added);
    assert_eq!(judge(&rule, json!({})), reply("hello"));
    assert_eq!(judge(&rule, json!({"StatusId": ids::CANCELED})), Judged::Inside);
    assert_eq!(judge(&rule, json!({"Notes": ""})), Judged::Inside);
    let mut mail = sent();
    assert_eq!(judge(&rule, mail.clone()), reply("hello"));
    mail["EmailSendStatusId"] = json!(OTHER);
    assert_eq!(judge(&rule, mail.clone()), Judged::Inside, "a draft");
    mail["EmailSendStatusId"] = json!(ids::SENT);
    mail["MessageTypeId"] = json!(ids::INCOMING);
    assert_eq!(judge(&rule, mail), Judged::Inside, "the customer wrote it");
}

#[test]
fn the_text_is_looked_for_where_the_rule_says() {
    let texts = json!({"Body": "<p>b</p>", "DetailedResult": "d", "Notes": "n", "Title": "t"});
    let rule = ReplyRule::new(words(&["Task"])).unwrap();
    assert_eq!(judge(&rule, texts.clone()), once_finished("b"));
    let rule = rule.with_text(&words(&["Title", "Notes"])).unwrap();
    assert_eq!(judge(&rule, texts), once_finished("t"));
    assert_eq!(judge(&rule, json!({"Title": " ", "Body": "b"})), once_finished("hello"));
    assert_eq!(judge(&rule, json!({"Notes": "", "Body": "b"})), Judged::Inside);
    assert!(rule.clone().with_text(&[]).is_err());
    assert!(rule.with_text(&words(&["not a column"])).is_err());
}

#[test]
fn a_prefix_may_be_any_text() {
    let rule = ReplyRule::prefixed("→ Ödipus:").unwrap();
    assert_eq!(judge(&rule, json!({"Notes": "→ ödipus: ja"})), once_finished("ja"));
    for text in ["→", "→ Ö", "→→→→→→→→→→→→→", "ödipus: ja"] {
        assert_eq!(judge(&rule, json!({"Notes": text})), Judged::Inside, "{text}");
    }
}

#[test]
fn what_people_type_is_no_html() {
    for text in ["a <3 b", "1 < 2 > 0", "<paul@example.com>", "if a<b then", "&amp;", "<é", "<"] {
        assert!(!looks_like_html(text), "{text}");
    }
    for text in ["<p>x</p>", "a<br/>b", "<DIV class=x>", "<html><body>"] {
        assert!(looks_like_html(text), "{text}");
    }
}
