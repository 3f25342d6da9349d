//! Configurations that are wrong, each with the message it must give.

use std::path::Path;

use handover_store::url::Location;
use secrecy::ExposeSecret as _;

use super::{Around, ChannelKind, DeskKind, Loaded, parse};

mod creatio;
mod front;

const WHOLE: &str = r#"tenant = "acme"
[server]
listen = "127.0.0.1:8080"
public_url = "https://relay.acme.example/in/"
operator_token = { env = "HANDOVER_TOKEN" }
[store]
url = "sqlite:handover.db"
blobs = "file:handover-blobs"
[assistant]
kind = "keyword"
[[assistant.answer]]
contains = ["opening hours"]
reply = "From 9 to 5."
[retry]
give_up_after = { desk = "48h", customer = "30min" }
[desk.creatio]
kind = "creatio"
base_url = "https://acme.creatio.com/0/"
client_id = "client"
client_secret = { env = "CREATIO_SECRET" }
webhook_secret = ["a-webhook-secret-1", { env = "WEBHOOK_SECRET" }]
open_case = "handoff"
default_owner_id = "410006e1-ca4e-4502-a9ec-e54d922d2c00"
[desk.creatio.contacts]
on_none = "leave-empty"
[desk.creatio.reply]
types = ["Email"]
[[desk.creatio.field]]
column = "UsrOrderNumber"
title = "Order number"
pattern = '[A-Z]-\d+'
[channel.sms-us]
kind = "twilio"
desk = "creatio"
account_sid = "AC00000000000000000000000000000001"
auth_token = { env = "TWILIO_TOKEN" }
from = "+15550001111"
inactivity = "90min"
"#;

fn read(text: &str) -> Result<Loaded, String> {
    let env = |name: &str| match name {
        "HANDOVER_TOKEN" => Some("an-operator-token".to_owned()),
        "CREATIO_SECRET" => Some("secret-of-creatio".to_owned()),
        "WEBHOOK_SECRET" => Some("a-webhook-secret-2".to_owned()),
        "DATABASE_URL" => {
            Some("postgres://relay:s3cret@db.example/handover?sslrootcert=ca.pem".to_owned())
        }
        "TWILIO_TOKEN" => Some("secret-of-twilio".to_owned()),
        _ => None,
    };
    let around = Around { name: "handover.toml", folder: Path::new("/etc/handover"), env: &env };
    parse(text, &around).map_err(|problem| problem.to_string())
}

/// What is wrong after `from` became `to`.
#[track_caller]
fn problem(from: &str, to: &str) -> String {
    assert!(WHOLE.contains(from), "{from:?} is not in the text");
    match read(&WHOLE.replacen(from, to, 1)) {
        Ok(_) => panic!("{to:?} is accepted"),
        Err(problem) => problem,
    }
}

#[test]
fn a_whole_configuration_is_read() {
    let settings = read(WHOLE).unwrap().settings;
    assert_eq!(settings.tenant.as_str(), "acme");
    assert_eq!(settings.server.public_url.as_str(), "https://relay.acme.example/in");
    assert_eq!(settings.server.operator_tokens[0].expose_secret(), "an-operator-token");
    let file = Path::new("/etc/handover/handover.db");
    assert_eq!(settings.store.place, Location::Sqlite(file.into()));
    assert_eq!(settings.policy.desk_give_up.num_hours(), 48);
    assert_eq!(settings.policy.customer_give_up.num_minutes(), 30);
    let [desk] = settings.desks.as_slice() else { panic!("one desk") };
    let DeskKind::Creatio(creatio) = &desk.kind else { panic!("a Creatio") };
    assert!(!creatio.create_contacts);
    assert_eq!(creatio.client.base_url().as_str(), "https://acme.creatio.com/");
    assert_eq!(desk.poll_interval.as_secs(), 900, "calls come in");
    let [channel] = settings.channels.as_slice() else { panic!("one channel") };
    assert_eq!(channel.inactivity.map(|span| span.as_secs()), Some(90 * 60));
    assert!(channel.assistant);
    let ChannelKind::Twilio { config, .. } = &channel.kind else { panic!("a Twilio") };
    assert_eq!(
        config.webhook_url().as_str(),
        "https://relay.acme.example/in/channels/sms-us#rc=5&rp=all"
    );
}

#[test]
fn a_typo_is_told_with_its_line_and_the_key_that_was_meant() {
    let table = [
        (
            "open_case =",
            "open_caes =",
            "handover.toml:22: `desk.creatio.open_caes` is not a key: did you mean `open_case`?",
        ),
        (
            "base_url =",
            "base_ulr =",
            "handover.toml:18: `desk.creatio.base_ulr` is not a key: did you mean `base_url`?",
        ),
        ("[retry]", "[rety]", "handover.toml:14: `rety` is not a key: did you mean `retry`?"),
        (
            "on_none",
            "on_non",
            "`desk.creatio.contacts.on_non` is not a key: did you mean `on_none`?",
        ),
        ("types =", "typs =", "`desk.creatio.reply.typs` is not a key: did you mean `types`?"),
        (
            "pattern =",
            "patern =",
            "`desk.creatio.field.1.patern` is not a key: did you mean `pattern`?",
        ),
        ("inactivity =", "idle =", "`channel.sms-us.idle` is not a key: known here: kind, desk,"),
        (
            "desk = \"48h\"",
            "desks = \"48h\"",
            "`retry.give_up_after.desks` is not a key: did you mean `desk`?",
        ),
        (
            "[[assistant.answer]]",
            "[[assistant.anwser]]",
            "`assistant.anwser` is not a key: did you mean `answer`?",
        ),
        ("contains =", "contain =", "`assistant`: unknown field `contain`"),
        ("listen =", "listn =", "`server.listn` is not a key: did you mean `listen`?"),
        ("blobs =", "blob =", "`store.blob` is not a key: did you mean `blobs`?"),
    ];
    for (from, to, expected) in table {
        let told = problem(from, to);
        assert!(told.contains(expected), "{to}: {told}");
    }
}

#[test]
fn a_wrong_value_is_told_with_its_key_and_the_fix() {
    let table = [
        ("\"acme\"", "\"ac me\"", "`tenant`: a name has 1 to 64 characters"),
        ("\"acme\"", "7", "`tenant` must be a text in quotes, not integer"),
        ("127.0.0.1:8080", "8080", "`server.listen` is no address with a port"),
        (
            "https://relay.acme",
            "http://relay.acme",
            "`server.public_url` http:// is accepted for this machine only",
        ),
        ("https://relay.acme", "relay.acme", "`server.public_url` is no URL"),
        (
            "example/in/",
            "example/in?a=b",
            "`server.public_url` must not have a part from ? or # on",
        ),
        ("{ env = \"HANDOVER_TOKEN\" }", "\" \"", "`server.operator_token` is empty"),
        (
            "HANDOVER_TOKEN",
            "NOT_SET",
            "`server.operator_token`: set the environment variable NOT_SET",
        ),
        (
            "{ env = \"HANDOVER_TOKEN\" }",
            "{ var = \"X\" }",
            "`server.operator_token` is no secret: write a text, { env",
        ),
        (
            "{ env = \"HANDOVER_TOKEN\" }",
            "{ file = \"nothing-here\" }",
            "`server.operator_token`: cannot read /etc/handover/nothing-here",
        ),
        (
            "sqlite:handover.db",
            "postgres:x",
            "`store.url` cannot be used: the URL of the store must begin with \"sqlite:\"",
        ),
        (
            "sqlite:handover.db",
            "postgres://relay:s3cret@db.example",
            "`store.url` cannot be used: the URL of a PostgreSQL store must name a host and a",
        ),
        (
            "sqlite:handover.db",
            "postgres://relay:s3cret@db.example/relay?sslmode=prefer",
            "`store.url` cannot be used: \"sslmode\" in the URL of the store must be",
        ),
        ("\"sqlite:handover.db\"", "{ env = \"NO_URL\" }", "set the environment variable NO_URL"),
        ("sqlite:handover.db", "sqlite::memory:", "`store.url` must name a file"),
        ("file:handover-blobs", "handover-blobs", "`store.blobs` cannot be used"),
        (
            "kind = \"keyword\"",
            "kind = \"keywords\"",
            "`assistant.kind` is \"keywords\": write \"keyword\"; did you mean \"keyword\"?",
        ),
        ("\"From 9 to 5.\"", "\"\"", "`assistant.answer` is empty"),
        ("\"48h\"", "\"48\"", "`retry.give_up_after.desk` is no length of time"),
        (
            "https://acme.creatio.com",
            "http://acme.creatio.com",
            "`desk.creatio.base_url`: http:// is accepted for loopback only",
        ),
        (
            "kind = \"creatio\"",
            "kind = \"fornt\"",
            "`desk.creatio.kind` is \"fornt\": write \"creatio\" or \"front\"; did you mean \"front\"?",
        ),
        ("open_case = \"handoff\"", "open_case = \"hand-off\"", "did you mean \"handoff\"?"),
        ("410006e1", "410006e", "`desk.creatio.default_owner_id`: it is no GUID"),
        ("a-webhook-secret-1", "a secret", "`desk.creatio.webhook_secret`: it must be made of"),
        (
            "leave-empty",
            "empty",
            "`desk.creatio.contacts.on_none` is \"empty\": write \"create\" or \"leave-empty\"",
        ),
        ("[\"Email\"]", "[]", "`desk.creatio.reply.types`: name at least one type"),
        (
            "UsrOrderNumber",
            "StatusId",
            "`desk.creatio.field.1.column`: the desk writes this column itself",
        ),
        ("[A-Z]-", "[A-Z-", "`desk.creatio.field.1.pattern` is no regular expression"),
        (
            "desk = \"creatio\"",
            "desk = \"creatoi\"",
            "`channel.sms-us.desk` names no desk: add [desk.creatoi], or did you mean \"creatio\"?",
        ),
        ("AC0000", "SK0000", "`channel.sms-us.account_sid`: the account's auth token is needed"),
        ("+15550001111", "5550001111x", "`channel.sms-us.from`: give a number in E.164"),
        ("\"90min\"", "\"soon\"", "`channel.sms-us.inactivity` is no length of time"),
        (
            "inactivity = \"90min\"",
            "api_url = \"http://example.com\"",
            "`channel.sms-us.api_url` http:// is accepted for this machine only",
        ),
        (
            "inactivity = \"90min\"",
            "assistant = \"yes\"",
            "`channel.sms-us.assistant` is \"yes\": write \"on\" or \"off\"",
        ),
        (
            "open_case = \"handoff\"",
            "session_url = \"https://x.example/\"",
            "`desk.creatio.session_url` must hold {session} once",
        ),
        ("[server]", "[server", "handover.toml:2:"),
    ];
    for (from, to, expected) in table {
        let told = problem(from, to);
        assert!(told.contains(expected), "{to}: {told}");
        assert!(!told.contains('\n'), "one line: {told}");
    }
}

#[test]
fn what_is_missing_is_told_with_an_example() {
    let table = [
        ("tenant = \"acme\"\n", "`tenant` is missing: give a name"),
        (
            "public_url = \"https://relay.acme.example/in/\"\n",
            "handover.toml:2: `server.public_url` is missing",
        ),
        (
            "operator_token = { env = \"HANDOVER_TOKEN\" }\n",
            "`server.operator_token` is missing: give a text, { env",
        ),
        ("base_url = \"https://acme.creatio.com/0/\"\n", "`desk.creatio.base_url` is missing"),
        (
            "client_secret = { env = \"CREATIO_SECRET\" }\n",
            "`desk.creatio.client_secret` is missing",
        ),
        ("types = [\"Email\"]\n", "`desk.creatio.reply.types` is missing"),
        ("column = \"UsrOrderNumber\"\n", "`desk.creatio.field.1.column` is missing"),
        ("auth_token = { env = \"TWILIO_TOKEN\" }\n", "`channel.sms-us.auth_token` is missing"),
        ("from = \"+15550001111\"\n", "`channel.sms-us.from` is missing"),
    ];
    for (line, expected) in table {
        let told = problem(line, "");
        assert!(told.contains(expected), "{line}: {told}");
    }
    let without_channel = &WHOLE[..WHOLE.find("[channel").unwrap()];
    assert!(read(without_channel).unwrap_err().contains("`channel` is missing: give at least one"));
}

#[test]
fn a_disabled_desk_asks_for_no_secret_and_helps_nobody() {
    let text = WHOLE.replacen("kind = \"creatio\"", "enabled = false", 1);
    let settings = read(&text.replace("CREATIO_SECRET", "NOT_SET")).unwrap().settings;
    assert!(settings.desks.is_empty());
    assert_eq!(settings.channels[0].desk, None);

    let text = text.replacen("inactivity = \"90min\"", "assistant = \"off\"", 1);
    let told = read(&text).unwrap_err();
    assert!(told.contains("`channel.sms-us.assistant` is off and no desk helps"), "{told}");
}

#[test]
fn what_takes_effect_is_shown_with_defaults_and_without_secrets() {
    let shown = read(WHOLE).unwrap().shown;
    let lines: Vec<String> = shown.lines().collect();
    let all = lines.join("\n");
    for expected in [
        "tenant = \"acme\"",
        "server.operator_token = \"******** from the environment: HANDOVER_TOKEN\"",
        "desk.creatio.webhook_secret = [\"********\",\"******** from the environment: WEBHOOK_SECRET\"]",
        "desk.creatio.poll_interval = \"15min\"  # default",
        "desk.creatio.open_case = \"handoff\"",
        "assistant.fallbacks_before_handoff = 2  # default",
        "channel.sms-us.poll_interval = \"60s\"  # default",
    ] {
        assert!(all.contains(expected), "{expected} is not in\n{all}");
    }
    let json = shown.json().to_string();
    for secret in ["an-operator-token", "secret-of", "a-webhook-secret"] {
        assert!(!all.contains(secret) && !json.contains(secret), "{secret} is shown");
    }
}

#[test]
fn what_nobody_writes_is_what_core_has() {
    let without =
        WHOLE.replacen("[retry]\ngive_up_after = { desk = \"48h\", customer = \"30min\" }", "", 1);
    assert_eq!(read(&without).unwrap().settings.policy, handover_core::policy::Policy::default());
}

#[test]
fn lengths_of_time() {
    for (text, seconds) in [("90s", 90), ("1h 30min", 5400), ("15m", 900), ("7d", 604_800)] {
        assert_eq!(super::span::parse(text).map(|span| span.as_secs()), Some(seconds), "{text}");
    }
    for text in ["", "3", "h", "-3h", "0s", "3 parsecs", "99999999999999d"] {
        assert_eq!(super::span::parse(text), None, "{text}");
    }
}

#[test]
fn a_database_is_named_by_its_url_and_its_password_is_not_shown() {
    let plain = r#""postgres://relay:s3cret@db.example:5433/handover?sslrootcert=ca.pem""#;
    for (url, shown) in [
        (plain, "postgres://db.example/handover"),
        (r#"{ env = "DATABASE_URL" }"#, "******** from the environment: DATABASE_URL"),
    ] {
        let loaded = read(&WHOLE.replace(r#""sqlite:handover.db""#, url)).unwrap();
        let Location::Postgres(address) = &loaded.settings.store.place else { panic!("{url}") };
        assert_eq!(address.place(), "db.example/handover");
        let lines: Vec<String> = loaded.shown.lines().collect();
        let line = lines.iter().find(|line| line.contains("store.url")).unwrap();
        assert!(line.contains(shown), "{line}");
        let all = format!("{lines:?} {:?}", loaded.settings);
        assert!(!all.contains("s3cret") && !all.contains("relay:"), "{all}");
        assert!(format!("{address:?}").contains("/etc/handover/ca.pem"), "{address:?}");
    }
}
