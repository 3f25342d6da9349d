//! `[desk.NAME]` of kind `creatio`, key by key.

use handover_core::assistant::Fill;
use handover_core::id::ChannelId;
use handover_creatio::EntryMode;

use super::read;
use crate::config::{CreatioSettings, DeskKind, DeskSettings};

/// With everything between the keys of the desk and of the channel that a test is about.
fn text(desk: &str, tables: &str, channel: &str) -> String {
    format!(
        r#"tenant = "acme"
[server]
public_url = "https://relay.acme.example"
operator_token = "an-operator-token"
[desk.creatio]
kind = "creatio"
base_url = "https://acme.creatio.com"
{desk}
{tables}
[channel.sms-us]
kind = "twilio"
desk = "creatio"
account_sid = "AC00000000000000000000000000000001"
auth_token = "a-token-of-twilio"
from = "+15550001111"
{channel}
"#
    )
}

const LOGIN: &str = "client_id = \"id\"\nclient_secret = \"s\"";

fn desk(desk: &str, tables: &str, channel: &str) -> Result<DeskSettings, String> {
    let desks = read(&text(desk, tables, channel))?.settings.desks;
    Ok(desks.into_iter().next().unwrap())
}

fn creatio(tables: &str) -> CreatioSettings {
    match desk(LOGIN, tables, "").unwrap().kind {
        DeskKind::Creatio(creatio) => *creatio,
        DeskKind::Front(_) => panic!("a Creatio"),
    }
}

fn told(keys: &str, tables: &str, channel: &str) -> String {
    desk(keys, tables, channel).map(|_| ()).unwrap_err()
}

#[test]
fn a_desk_that_nobody_calls_is_polled_often() {
    let every = |keys: &str| desk(&format!("{LOGIN}\n{keys}"), "", "").unwrap().poll_interval;
    assert_eq!(every("").as_secs(), 60);
    assert_eq!(every("webhook_secret = \"a-long-enough-secret\"").as_secs(), 900);
    let both = "webhook_secret = \"a-long-enough-secret\"\npoll_interval = \"2min\"";
    assert_eq!(every(both).as_secs(), 120);
}

#[test]
fn every_key_of_a_desk_arrives() {
    let keys = format!(
        "{LOGIN}\nfiles = \"link\"\ndaily_calls = 10_000\nreopen_days = 7\n\
         closing_events = [\"ticket-done\"]\nwebhook_secret = \"a-long-enough-secret\""
    );
    let DeskKind::Creatio(creatio) = desk(&keys, "", "").unwrap().kind else { panic!() };
    assert_eq!((creatio.reopen_days, creatio.daily_calls), (7, Some(10_000)));
    assert!(creatio.is_called);
}

#[test]
fn a_user_may_log_in_where_there_are_no_applications() {
    assert!(desk("username = \"relay\"\npassword = \"p\"", "", "").is_ok());
    for (keys, expected) in [
        ("username = \"relay\"", "`desk.creatio.password` is missing"),
        ("password = \"p\"", "`desk.creatio.username` is missing"),
        ("username = \"a\"\npassword = \"p\"\nclient_id = \"b\"", "are two logins: keep one"),
        ("", "`desk.creatio.client_id` is missing"),
    ] {
        let told = told(keys, "", "");
        assert!(told.contains(expected), "{keys}: {told}");
    }
}

#[test]
fn fields_have_a_type_a_table_and_a_time() {
    let fields = r#"
[[desk.creatio.field]]
column = "PriorityId"
type = "dropdown"
options = ["High", "Low"]
fill = "always"
[[desk.creatio.field]]
column = "UsrRegionId"
type = "lookup"
entity = "UsrRegion"
"#;
    let fields = creatio(fields).fields;
    assert_eq!((fields[0].fill, fields[1].fill), (Fill::Always, Fill::Handoff));
    assert_eq!((&*fields[0].kind, &*fields[1].kind), ("dropdown", "lookup"));
    for (field, expected) in [
        ("column = \"UsrX\"\ntype = \"color\"", "field.1.type`: it must be text, number"),
        ("column = \"UsrX\"\ntype = \"lookup\"", "field.1.entity`: name the lookup's table"),
        ("column = \"UsrX\"\ntype = \"dropdown\"", "field.1.options`: a dropdown names its"),
        ("column = \"UsrX\"\nfill = \"never\"", "field.1.fill` is \"never\""),
        (
            "column = \"UsrX\"\n[[desk.creatio.field]]\ncolumn = \"UsrX\"",
            "field.2.column`: another",
        ),
    ] {
        let told = told(LOGIN, &format!("[[desk.creatio.field]]\n{field}"), "");
        assert!(told.contains(expected), "{field}: {told}");
    }
}

#[test]
fn a_reply_rule_has_at_least_one_condition() {
    for rule in [
        "types = [\"Email\"]",
        "categories = [\"To do\"]\nready = \"added\"",
        "marker_column = \"UsrToCustomer\"\ntext = [\"UsrText\", \"Notes\"]",
        "prefix = \"SMS:\"",
        "types = [\"Task\"]\ncategories = [\"To do\"]\nmarker_column = \"UsrX\"\nprefix = \"@\"",
    ] {
        desk(LOGIN, &format!("[desk.creatio.reply]\n{rule}"), "").unwrap();
    }
    for (rule, expected) in [
        ("", "`desk.creatio.reply.types` is missing"),
        ("ready = \"added\"", "`desk.creatio.reply.types` is missing"),
        ("text = [\"Notes\"]", "`desk.creatio.reply.types` is missing"),
        ("types = [\"Email\"]\nready = \"soon\"", "`desk.creatio.reply.ready` is \"soon\""),
        ("types = [\"Email\"]\ntext = []", "`desk.creatio.reply.text`: name columns"),
        ("prefix = \" \"", "`desk.creatio.reply.prefix`: it is empty"),
        ("marker_column = \"a b\"", "`desk.creatio.reply.marker_column`: it must be a column"),
    ] {
        let told = told(LOGIN, &format!("[desk.creatio.reply]\n{rule}"), "");
        assert!(told.contains(expected), "{rule}: {told}");
    }
}

#[test]
fn each_channel_chooses_what_its_entries_are() {
    for (key, mode) in [
        ("", EntryMode::Task),
        ("entry_mode = \"email\"", EntryMode::Email),
        ("entry_mode = \"feed\"", EntryMode::Feed),
    ] {
        let DeskKind::Creatio(creatio) = desk(LOGIN, "", key).unwrap().kind else { panic!() };
        assert_eq!(creatio.desk.entry_mode(&ChannelId::new("sms-us").unwrap()), mode);
    }
    let told = told(LOGIN, "", "entry_mode = \"mail\"");
    assert!(told.contains("`channel.sms-us.entry_mode` is \"mail\""), "{told}");
}

#[test]
fn numbers_are_whole_and_within_reason() {
    for (key, expected) in [
        ("reopen_days = -1", "`desk.creatio.reopen_days` must be a whole number"),
        ("reopen_days = 99999", "`desk.creatio.reopen_days` must be 3650 or less"),
        ("reopen_days = \"7\"", "`desk.creatio.reopen_days` must be a whole number"),
        ("daily_calls = 7", "`desk.creatio.daily_calls`: it must be 100 or more"),
        ("closing_events = [\"\"]", "`desk.creatio.closing_events`: it has an empty one"),
        ("files = \"all\"", "`desk.creatio.files` is \"all\""),
    ] {
        let told = told(&format!("{LOGIN}\n{key}"), "", "");
        assert!(told.contains(expected), "{key}: {told}");
    }
}
