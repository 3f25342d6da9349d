//! The doctor at a Creatio that is wrong in every way the simulator knows.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use chrono::TimeDelta;
use handover_core::probe::{Check, Verdict};
use handover_sim::creatio::{Builder, Creatio, FileSecurity, Host, Operation, Quirk, Rights};
use handover_sim::{Fault, Rule, server};

use super::super::{State, judge, show, trip};
use crate::compose::Adapters;
use crate::config::{self, Around};

const SECRET: &str = "creatio-secret-7712";

/// What is wrong, before the tenant starts and after.
struct Mode {
    name: &'static str,
    build: fn(Builder) -> Builder,
    then: fn(&Creatio),
    /// The lines that are not proven, each with its verdict; all others are.
    told: &'static [(&'static str, Verdict)],
}

const fn mode(name: &'static str, told: &'static [(&'static str, Verdict)]) -> Mode {
    Mode { name, build: |builder| builder, then: |_| {}, told }
}

const BROKEN: Verdict = Verdict::Broken;
const NOTE: Verdict = Verdict::Warning;
/// What cannot be read could not be removed either.
const NOT_TRIED: (&str, Verdict) = ("round trip", NOTE);

fn modes() -> Vec<Mode> {
    vec![
        mode("all is well", &[]),
        Mode { build: |b| b.host(Host::Core), ..mode("a .NET host", &[]) },
        Mode {
            build: |b| b.base_path("/studio"),
            ..mode("another path", &[("identity service", BROKEN), NOT_TRIED])
        },
        Mode {
            build: |b| b.split_host(),
            ..mode("no identity service here", &[("identity service", BROKEN), NOT_TRIED])
        },
        Mode {
            build: |b| b.rights(Rights::NoRoles),
            ..mode(
                "a user without roles",
                &[
                    ("rights on Contact", BROKEN),
                    ("default_owner_id", BROKEN),
                    ("resolved_status_id", BROKEN),
                    ("case statuses", BROKEN),
                    ("field PriorityId", BROKEN),
                    ("replies", BROKEN),
                    NOT_TRIED,
                ],
            )
        },
        Mode {
            build: |b| b.rights(Rights::NoOData),
            ..mode("no right to OData", &[("address", BROKEN), NOT_TRIED])
        },
        Mode {
            build: |b| b.without_entity("Activity"),
            ..mode(
                "no activities",
                &[
                    ("rights on Activity", BROKEN),
                    ("columns of Activity", BROKEN),
                    ("shared login", BROKEN),
                    NOT_TRIED,
                ],
            )
        },
        Mode {
            then: |sim| sim.deny("Case", Operation::Insert),
            ..mode("cases cannot be added", &[("round trip: open", BROKEN)])
        },
        Mode {
            then: |sim| sim.deny("Case", Operation::Update),
            ..mode("cases cannot be changed", &[("round trip: close", BROKEN)])
        },
        Mode {
            then: |sim| sim.deny("Activity", Operation::Insert),
            ..mode("activities cannot be added", &[("round trip: append", BROKEN)])
        },
        Mode {
            then: |sim| sim.deny("ActivityFile", Operation::Insert),
            ..mode("files cannot be added", &[("round trip: file", BROKEN)])
        },
        Mode {
            then: |sim| sim.deny("Case", Operation::Delete),
            ..mode("cases cannot be removed", &[("round trip: remove", NOTE)])
        },
        Mode {
            then: |sim| sim.deny("CasePriority", Operation::Read),
            ..mode("a lookup cannot be read", &[("field PriorityId", BROKEN), NOT_TRIED])
        },
        Mode {
            build: |b| b.file_security(FileSecurity::Allow(vec!["pdf".to_owned()])),
            ..mode("texts are no files", &[("round trip: file", NOTE)])
        },
        Mode {
            build: |b| b.clock_skew(TimeDelta::minutes(5)),
            ..mode("a clock that is ahead", &[("clocks", NOTE)])
        },
        Mode {
            then: |sim| sim.faults().add(Rule::new(Fault::ExpireToken).path("/Case?").once()),
            ..mode("a token that ends early", &[])
        },
        Mode {
            then: |sim| sim.faults().add(Rule::new(Fault::Html).path("/odata/")),
            ..mode("a login page for everything", &[("address", BROKEN), NOT_TRIED])
        },
        Mode {
            then: |sim| sim.faults().add(Rule::new(Fault::Truncate).path("/odata/")),
            ..mode(
                "half of every answer",
                &[
                    ("rights on Case", BROKEN),
                    ("rights on Activity", BROKEN),
                    ("rights on Contact", BROKEN),
                    ("rights on ContactCommunication", BROKEN),
                    ("rights on ActivityFile", BROKEN),
                    ("default_owner_id", BROKEN),
                    ("resolved_status_id", BROKEN),
                    ("case statuses", BROKEN),
                    ("field PriorityId", BROKEN),
                    ("replies", BROKEN),
                    ("shared login", BROKEN),
                    NOT_TRIED,
                ],
            )
        },
        Mode {
            then: |sim| {
                let busy = Fault::Status { code: 503, retry_after: Some(30) };
                sim.faults().add(Rule::new(busy).path("/odata/"));
            },
            ..mode("a busy host", &[("address", BROKEN), NOT_TRIED])
        },
        Mode {
            then: |sim| sim.faults().add(Rule::new(Fault::Unreachable)),
            ..mode("nobody there", &[("identity service", BROKEN), NOT_TRIED])
        },
        Mode {
            then: |sim| sim.limit_calls(Some((0, 429))),
            ..mode("no calls left", &[("address", BROKEN), NOT_TRIED])
        },
        Mode {
            then: |sim| {
                let lost = Rule::new(Fault::DropAfterWrite).method(http::Method::POST);
                sim.faults().add(lost.path("/Case").once());
            },
            ..mode("an answer that was lost", &[])
        },
    ]
}

/// Oddities that a doctor, like the relay, must not mind.
const ODD: [Quirk; 12] = [
    Quirk::BatchAnswersFewer,
    Quirk::BatchAnswersMultipart,
    Quirk::BatchAnswersReversed,
    Quirk::BatchIdsDoubled,
    Quirk::CreatedWithoutBody,
    Quirk::ErrorsAre200,
    Quirk::ExternalStorage,
    Quirk::NumbersAsText,
    Quirk::StaleModel,
    Quirk::TokenExpiryAsText,
    Quirk::TokenExpiryZero,
    Quirk::TokenWithoutExpiry,
];

async fn examine(sim: &Creatio) -> Vec<(String, Check)> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = server::serve(sim.clone(), any).await.unwrap();
    let (url, owner) = (server.base_url(), sim.lookup_id("Contact", "Supervisor"));
    let resolved = "ae7f411e-f46b-1410-009b-0050ba5d6c38";
    let text = format!(
        r#"tenant = "acme"
[server]
public_url = "https://relay.acme.example"
operator_token = "an-operator-token"
[desk.creatio]
kind = "creatio"
base_url = "{url}"
identity_url = "{url}"
client_id = "client"
client_secret = "{SECRET}"
default_owner_id = "{owner}"
resolved_status_id = "{resolved}"
[desk.creatio.reply]
types = ["Email"]
[[desk.creatio.field]]
column = "PriorityId"
type = "dropdown"
options = ["Medium"]
[channel.sms-us]
kind = "twilio"
desk = "creatio"
account_sid = "AC00000000000000000000000000000001"
auth_token = "a-token-of-twilio"
from = "+15550001111"
"#
    );
    let around = Around { name: "handover.toml", folder: Path::new("."), env: &|_| None };
    let loaded = config::parse(&text, &around).unwrap();
    let adapters = Adapters::new(&loaded.settings).unwrap();
    let mut checks = Vec::new();
    for (place, probe) in adapters.probes() {
        if place == "desk.creatio" {
            checks.extend(probe.check().await.into_iter().map(|check| (place.clone(), check)));
        }
    }
    let found = trip::checks(&loaded.settings, &adapters, &checks).await;
    checks.extend(found);
    server.shutdown().await;
    checks
}

/// What is not proven, but for the webhook, of which nobody was told.
fn unproven(checks: &[(String, Check)]) -> Vec<(&str, Verdict)> {
    let others = checks.iter().map(|(_, check)| check).filter(|check| check.name != "webhook");
    others
        .filter(|check| check.verdict != Verdict::Proven)
        .map(|check| (check.name.as_str(), check.verdict))
        .collect()
}

#[tokio::test]
async fn the_doctor_names_what_is_wrong_and_how_to_mend_it() {
    let mut wrong = Vec::new();
    for mode in modes() {
        let sim = (mode.build)(Creatio::builder("client", SECRET)).build();
        (mode.then)(&sim);
        let checks = examine(&sim).await;
        crate::print::line(format_args!("\n--- {}", mode.name));
        checks.iter().for_each(|(place, check)| show(place, check));
        if unproven(&checks) != mode.told {
            wrong.push(format!("{}: {:?}", mode.name, unproven(&checks)));
            continue;
        }
        for (_, check) in &checks {
            assert_eq!(check.fix.is_some(), check.verdict != Verdict::Proven, "{check:?}");
            assert!(!format!("{check:?}").contains(SECRET), "{check:?}");
        }
        let is_left = mode.told.iter().any(|(name, _)| *name == "round trip: remove");
        assert!(is_left || sim.cases().is_empty(), "{}", mode.name);
        let is_broken = mode.told.iter().any(|(_, verdict)| *verdict == BROKEN);
        let state = judge(checks.iter().map(|(_, check)| check.verdict), false);
        assert_eq!(state, if is_broken { State::Broken } else { State::Active }, "{}", mode.name);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn what_is_only_odd_is_no_trouble() {
    for quirk in ODD {
        let sim = Creatio::builder("client", SECRET).quirk(quirk).build();
        let checks = examine(&sim).await;
        crate::print::line(format_args!("\n--- {quirk:?}"));
        checks.iter().for_each(|(place, check)| show(place, check));
        assert_eq!(unproven(&checks), [], "{quirk:?}");
        assert!(sim.cases().is_empty());
    }
}

#[tokio::test]
async fn a_wrong_secret_is_told_as_that() {
    let sim = Creatio::new("client", "another secret");
    let checks = examine(&sim).await;
    assert_eq!(unproven(&checks), [("login", BROKEN), NOT_TRIED]);
}
