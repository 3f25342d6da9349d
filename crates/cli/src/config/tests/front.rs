//! A Front that hosts a channel.

use std::path::Path;

use handover_core::id::ChannelId;

use crate::config::{Around, ChannelKind, DeskKind, Loaded, kept, parse};

const WHOLE: &str = r#"tenant = "acme"
[server]
public_url = "https://relay.acme.example"
operator_token = "an-operator-token"
[desk.front]
kind = "front"
token = { env = "FRONT_TOKEN" }
app_signing_key = ["an-app-key", { env = "FRONT_APP_KEY" }]
teammate_id = "tea_8u2a"
handle_unassigned = true
create_contacts = true
tags = ["handed-off"]
[channel.front-sms]
kind = "front"
desk = "front"
inboxes = ["inb_1", "inb_2"]
[desk.front.channel_api]
app_uid = "0a1b2c"
app_secret = { env = "FRONT_APP_SECRET" }
channel_id = "cha_1"
[channel.sms-us]
desk = "front"
account_sid = "AC00000000000000000000000000000001"
auth_token = "token"
from = "+15550001111"
"#;
const OAUTH: &str = "[desk.front.oauth]\nclient_id = \"id\"\nclient_secret = \"a-client-secret\"\n\
    refresh_token = { file = \"front-refresh-token\" }\n";
const TOKEN: &str = "token = { env = \"FRONT_TOKEN\" }\n";

fn read_in(folder: &Path, text: &str) -> Result<Loaded, String> {
    let env = |name: &str| name.starts_with("FRONT_").then(|| format!("secret-of-{name}"));
    let around = Around { name: "handover.toml", folder, env: &env };
    parse(text, &around).map_err(|problem| problem.to_string())
}

fn read(text: &str) -> Result<Loaded, String> {
    read_in(Path::new("/etc/handover"), text)
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
fn a_front_hosts_the_channel_whose_inboxes_name_it() {
    let settings = read(WHOLE).unwrap().settings;
    let [desk] = settings.desks.as_slice() else { panic!("one desk") };
    assert_eq!(desk.poll_interval.as_secs(), 60);
    assert!(desk.is_partner());
    let DeskKind::Front(front) = &desk.kind else { panic!("a Front") };
    assert!(front.create_contacts);
    let adapters = crate::compose::Adapters::new(&settings).unwrap();
    assert_eq!(adapters.probes().len(), 2, "the desk's, and Twilio's");
    let [hosted, own] = settings.channels.as_slice() else { panic!("two channels") };
    assert_eq!(hosted.id, ChannelId::new("front-sms").unwrap());
    assert!(matches!(hosted.kind, ChannelKind::Front));
    assert!(matches!(own.kind, ChannelKind::Twilio { .. }));
}

#[test]
fn a_wrong_value_is_told_with_its_key_and_the_fix() {
    let table = [
        (TOKEN, "", "`desk.front.token` is missing: give a text, { env"),
        (TOKEN, "token = \"a b\"\n", "`desk.front.token`: it is empty or has spaces"),
        (
            TOKEN,
            "token = \"a\"\napi_url = \"http://front.example\"\n",
            "`desk.front.api_url` http:// is accepted for this machine only",
        ),
        ("tea_8u2a", "8u2a", "`desk.front.teammate_id` is no id of a teammate"),
        ("teammate_id = \"tea_8u2a\"\n", "", "`desk.front.teammate_id` is missing"),
        (
            "app_signing_key = [\"an-app-key\", { env = \"FRONT_APP_KEY\" }]\n",
            "",
            "`desk.front.app_signing_key` is missing: give the application's signing key, or",
        ),
        ("an-app-key", "an app key", "`desk.front.app_signing_key`: it is empty or has spaces"),
        ("app_signing_key =", "app_signing_keys =", "did you mean `app_signing_key`?"),
        ("= true\ncreate", "= \"yes\"\ncreate", "`desk.front.handle_unassigned` must be true or"),
        ("create_contacts = true", "create_contacts = 1", "`desk.front.create_contacts` must be"),
        ("[\"handed-off\"]", "[\" \"]", "`desk.front.tags` has an empty one"),
        ("[\"handed-off\"]", "\"handed-off\"", "`desk.front.tags` must be a list of texts"),
        ("app_uid = \"0a1b2c\"\n", "", "`desk.front.channel_api.app_uid` is missing"),
        ("0a1b2c", "0 a", "`desk.front.channel_api.app_uid`: copy it again"),
        ("\"cha_1\"", "\"inb_1\"", "`desk.front.channel_api.channel_id` is no id of a channel"),
        (
            "app_secret = { env = \"FRONT_APP_SECRET\" }\n",
            "",
            "`desk.front.channel_api.app_secret` is missing",
        ),
        ("desk = \"front\"\ninboxes", "inboxes", "`channel.front-sms.desk` is missing: give the"),
        ("inboxes = [\"inb_1\", \"inb_2\"]\n", "", "`channel.front-sms.inboxes` is missing"),
        ("\"inb_1\", \"inb_2\"", "", "`channel.front-sms.inboxes`: name one inbox at least"),
        ("\"inb_2\"", "\"cha_2\"", "`channel.front-sms.inboxes` has \"cha_2\", which is no id"),
        (
            "[channel.sms-us]\n",
            "[channel.two]\nkind = \"front\"\ndesk = \"front\"\ninboxes = [\"inb_2\"]\n\
             [channel.sms-us]\n",
            "`channel.two.inboxes`: an inbox belongs to one channel only",
        ),
        (
            "inboxes = [\"inb_1\", \"inb_2\"]\n",
            "inboxes = [\"inb_1\"]\npoll_interval = \"60s\"\n",
            "`channel.front-sms.poll_interval` is not a key",
        ),
        (
            "[desk.front.channel_api]\napp_uid = \"0a1b2c\"\n\
             app_secret = { env = \"FRONT_APP_SECRET\" }\nchannel_id = \"cha_1\"\n",
            "",
            "`channel.sms-us.desk` is a Front without a channel for this one: add \
             [desk.front.channel_api]",
        ),
    ];
    for (from, to, expected) in table {
        let told = problem(from, to);
        assert!(told.contains(expected), "{to}: {told}");
        assert!(!told.contains('\n'), "one line: {told}");
    }
}

#[test]
fn an_application_logs_in_with_a_token_that_is_replaced_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("front-refresh-token");
    std::fs::write(&file, "the-first-token\n").unwrap();
    let with_oauth = format!("{}{OAUTH}", WHOLE.replacen(TOKEN, "", 1));
    let loaded = read_in(folder.path(), &with_oauth).unwrap();
    let shown: Vec<String> = loaded.shown.lines().collect();
    assert!(!shown.join("\n").contains("the-first-token"));
    kept::replace(&file, &"the-second-token".into());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "the-second-token");

    let two = read_in(folder.path(), &format!("{WHOLE}{OAUTH}")).map(drop).unwrap_err();
    assert!(two.contains("`desk.front.token` and the table `oauth` are two logins"), "{two}");
    for form in ["\"a-token\"", "{ env = \"FRONT_TOKEN\" }"] {
        let text = with_oauth.replacen("{ file = \"front-refresh-token\" }", form, 1);
        let told = read_in(folder.path(), &text).map(drop).unwrap_err();
        let expected = "`desk.front.oauth.refresh_token` must be { file = \"path\" }";
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn a_channel_of_a_disabled_front_is_not_there() {
    let text = WHOLE.replacen("kind = \"front\"", "enabled = false", 1);
    let settings = read(&text).unwrap().settings;
    let [channel] = settings.channels.as_slice() else { panic!("one channel") };
    assert_eq!(channel.desk, None);
    assert_eq!(channel.id.as_str(), "sms-us");
}

#[test]
fn a_front_channel_needs_a_front() {
    let creatio = "[desk.creatio]\nbase_url = \"https://acme.creatio.com\"\nclient_id = \"c\"\n\
        client_secret = \"s\"\n";
    let text = WHOLE.replacen("desk = \"front\"\ninboxes", "desk = \"creatio\"\ninboxes", 1);
    let told = read(&format!("{text}{creatio}")).map(drop).unwrap_err();
    assert!(told.contains("`channel.front-sms.desk` must be one of kind \"front\""), "{told}");
}

#[test]
fn no_secret_is_shown() {
    let shown = read(WHOLE).unwrap().shown;
    let all = shown.lines().collect::<Vec<_>>().join("\n");
    for secret in ["secret-of", "an-app-key"] {
        assert!(!all.contains(secret), "{secret} is shown");
    }
    for expected in
        ["desk.front.tags = [\"handed-off\"]", "desk.front.poll_interval = \"60s\"  # default"]
    {
        assert!(all.contains(expected), "{expected} is not in\n{all}");
    }
}
