mod hostile;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use handover_core::probe::Verdict;
use handover_sim::front::Front;
use handover_sim::server;

use super::here::polling;
use super::{State, addresses, judge};
use crate::compose::Adapters;
use crate::config::{self, Around};

fn configuration(front: &str, token: &str) -> config::Loaded {
    let text = format!(
        r#"tenant = "acme"
[server]
public_url = "https://relay.acme.example/in"
operator_token = "an-operator-token"
[desk.front]
kind = "front"
api_url = "{front}"
token = "{token}"
rule_secret = "a-rule-secret"
teammate_id = "tea_ai"
[desk.front.channel_api]
app_uid = "0a1b2c"
app_secret = "a-secret"
channel_id = "cha_sms"
[channel.front-sms]
kind = "front"
desk = "front"
inboxes = ["inb_sms"]
"#
    );
    let around = Around { name: "handover.toml", folder: Path::new("."), env: &|_| None };
    config::parse(&text, &around).unwrap()
}

#[tokio::test]
async fn a_good_front_is_proven_and_a_bad_token_comes_with_its_fix() {
    let front = Front::new("token");
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = server::serve(front.clone(), any).await.unwrap();
    front.set_api_url(&server.base_url());
    for token in ["token", "another"] {
        let loaded = configuration(&server.base_url(), token);
        let adapters = Adapters::new(&loaded.settings).unwrap();
        let probes = adapters.probes();
        let [(place, probe)] = probes.as_slice() else { panic!("the desk's") };
        assert_eq!(place, "desk.front");
        let checks = probe.check().await;
        let broken: Vec<_> =
            checks.iter().filter(|check| check.verdict == Verdict::Broken).collect();
        assert_eq!(broken.is_empty(), token == "token", "{broken:#?}");
        assert!(broken.iter().all(|check| check.fix.is_some()));
    }
    server.shutdown().await;
}

#[test]
fn a_channel_that_a_desk_hosts_has_no_address_of_its_own() {
    let loaded = configuration("https://acme.api.frontapp.com", "token");
    let shown = serde_json::Value::Object(addresses(&loaded.settings));
    let expected = serde_json::json!({
        "desk.front": "https://relay.acme.example/in/desks/front",
        "desk.front.channel_api": "https://relay.acme.example/in/desks/front/channel",
    });
    assert_eq!(shown, expected);
}

#[test]
fn active_is_only_what_is_proven_to_the_end() {
    use Verdict::{Broken, Proven, Warning};
    for (verdicts, needs_trip, state) in [
        (vec![Proven, Warning], false, State::Active),
        (vec![Proven], true, State::Unproven),
        (vec![Proven, Broken, Warning], true, State::Broken),
        (vec![Broken], false, State::Broken),
        (vec![], false, State::Active),
    ] {
        assert_eq!(judge(verdicts.clone(), needs_trip), state, "{verdicts:?}");
    }
}

#[test]
fn what_polling_costs_is_told_and_weighed_against_the_limit() {
    let desk = |keys: &str| {
        let text = format!(
            r#"tenant = "acme"
[server]
public_url = "https://relay.acme.example"
operator_token = "an-operator-token"
[desk.creatio]
kind = "creatio"
base_url = "https://acme.creatio.com"
client_id = "id"
client_secret = "s"
{keys}
[channel.sms-us]
kind = "twilio"
desk = "creatio"
account_sid = "AC00000000000000000000000000000001"
auth_token = "a-token"
from = "+15550001111"
"#
        );
        let around = Around { name: "handover.toml", folder: Path::new("."), env: &|_| None };
        config::parse(&text, &around).unwrap().settings.desks.remove(0)
    };
    let often = polling(&desk(""));
    assert_eq!(often.detail, "every 60 s, which is 2880 calls a day");
    assert_eq!(often.verdict, Verdict::Proven);
    let called = polling(&desk("webhook_secret = \"a-long-enough-secret\""));
    assert_eq!(called.detail, "every 900 s, which is 192 calls a day");
    assert_eq!(polling(&desk("daily_calls = 5000")).verdict, Verdict::Warning);
}
