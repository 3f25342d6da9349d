//! The promises of a desk and of a directory, on the simulated Creatio.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up has failed")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_conformance::desk::{DeskFixture, SeenCase, SeenEntry, SeenFile};
use handover_conformance::directory::DirectoryFixture;
use handover_core::desk::{CaseStatus, Desk};
use handover_core::directory::Directory;
use handover_core::id::{DeskId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::transport::Transport;
use handover_creatio::{Client, Config, Creatio, DeskConfig};
use handover_sim::Clock;
use handover_sim::creatio::{ActivityType, Creatio as Sim, Record, RepActivity};
use http::Response;
use secrecy::SecretString;
use serde_json::Value;

const SECRET: &str = "creatio-secret-9931";

struct Fixture {
    sim: Sim,
    team: String,
    now: Arc<Mutex<DateTime<Utc>>>,
}

impl Fixture {
    fn new() -> Self {
        let start: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
        let sim = Sim::new("client", SECRET);
        let team = sim.add_contact("Team", "+10000000000", "t@example.com", start).to_string();
        Self { sim, team, now: Arc::new(Mutex::new(start)) }
    }

    fn clock(&self) -> Clock {
        let now = Arc::clone(&self.now);
        Clock::new(move || *now.lock().unwrap())
    }

    fn pass(&self) -> DateTime<Utc> {
        let mut now = self.now.lock().unwrap();
        *now += TimeDelta::seconds(5);
        *now
    }

    fn make(&self, transport: Arc<dyn Transport>) -> Creatio {
        let config = Config::new("http://127.0.0.1:9/", "client", SecretString::from(SECRET))
            .and_then(|config| config.with_identity_url("http://127.0.0.1:9"))
            .unwrap();
        let resolved = self.sim.lookup_id("CaseStatus", "Resolved").to_string();
        let desk = DeskConfig::new(TenantId::new("acme").unwrap(), DeskId::new("creatio").unwrap())
            .with_default_owner_id(&self.team)
            .unwrap()
            .with_resolved_status_id(&resolved)
            .unwrap();
        Creatio::new(Client::new(&config, transport, Arc::new(self.clock())).unwrap(), desk)
            .unwrap()
    }

    fn id(case: &str) -> uuid::Uuid {
        case.parse().unwrap()
    }
}
/// The number that a title begins with.
fn seq(title: &str) -> u64 {
    let number = title.trim_start_matches('#').split(' ').next();
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn status(name: &str) -> CaseStatus {
    match name {
        "Resolved" => CaseStatus::Resolved,
        "Closed" | "Canceled" => CaseStatus::Final,
        _ => CaseStatus::Open,
    }
}

impl DeskFixture for Fixture {
    fn double(&self) -> Arc<dyn Transport> {
        self.pass();
        Arc::new(self.sim.transport(self.clock()))
    }

    fn desk(&self, transport: Arc<dyn Transport>) -> Arc<dyn Desk> {
        Arc::new(self.make(transport))
    }

    fn secret(&self) -> String {
        SECRET.into()
    }

    fn busy(&self, delay: Duration) -> Response<Bytes> {
        Response::builder()
            .status(429)
            .header("retry-after", delay.as_secs())
            .body(Bytes::new())
            .unwrap()
    }

    fn cases(&self) -> Vec<SeenCase> {
        self.sim
            .cases()
            .iter()
            .map(|case| {
                SeenCase::new(
                    case.id().to_string(),
                    status(case.shown("Status")),
                    case.guid("OwnerId").map(|owner| owner.to_string()),
                    case.text("Symptoms"),
                )
            })
            .collect()
    }

    fn entries(&self, case: &str) -> Vec<SeenEntry> {
        let mut all = self.sim.activities(Self::id(case));
        all.sort_by_key(|entry| (entry.date("StartDate"), seq(entry.text("Title"))));
        let seen =
            |entry: &Record| SeenEntry::new(entry.text("Notes"), entry.date("StartDate").unwrap());
        all.iter().map(seen).collect()
    }

    fn person_describes(&self, case: &str, text: &str) {
        self.sim.rep_edits_case(Self::id(case), "Symptoms", Value::from(text), self.pass());
    }

    fn person_takes(&self, case: &str) {
        let now = self.pass();
        let rita = self.sim.add_contact("Rita", "+10000000001", "r@example.com", now);
        self.sim.rep_assigns(Self::id(case), Some(rita), now);
    }

    fn person_writes(&self, case: &str, text: &str) {
        self.sim.rep_adds_activity(
            Self::id(case),
            RepActivity::new(ActivityType::Task).notes(text).finished(),
            self.pass(),
        );
    }

    fn person_resolves(&self, case: &str) {
        self.sim.rep_sets_status(Self::id(case), "Resolved", self.pass());
    }

    fn files(&self, case: &str) -> Vec<SeenFile> {
        let (case, mut all) = (Self::id(case), Vec::new());
        for entry in self.sim.activities(case) {
            let of_entry = |file: &Record| file.guid("ActivityId") == Some(entry.id());
            for file in self.sim.records("ActivityFile").into_iter().filter(of_entry) {
                let bytes = self.sim.file("ActivityFile", file.id()).unwrap_or_default();
                all.push(SeenFile::new(file.text("Name"), bytes));
            }
        }
        all
    }

    fn close(&self, case: &str) {
        self.sim.rep_sets_status(Self::id(case), "Closed", self.pass());
    }
}

impl DirectoryFixture for Fixture {
    fn double(&self) -> Arc<dyn Transport> {
        DeskFixture::double(self)
    }

    fn directory(&self, transport: Arc<dyn Transport>) -> Arc<dyn Directory> {
        Arc::new(self.make(transport))
    }

    fn secret(&self) -> String {
        SECRET.into()
    }

    fn busy(&self, delay: Duration) -> Response<Bytes> {
        DeskFixture::busy(self, delay)
    }

    fn identity(&self) -> Identity {
        Identity::new(Identity::TEL, "+14155557741", Proof::ChannelProven)
    }

    fn contacts(&self, identity: &Identity) -> Vec<String> {
        self.sim
            .contacts()
            .iter()
            .filter(|contact| contact.text("MobilePhone") == &*identity.value)
            .map(|contact| contact.id().to_string())
            .collect()
    }

    fn person_adds(&self, identity: &Identity) -> String {
        self.sim.add_contact("Somebody", &identity.value, "", self.pass()).to_string()
    }
}

mod desk {
    handover_conformance::desk_tests!(super::Fixture::new());
}

mod directory {
    handover_conformance::directory_tests!(super::Fixture::new());
}
