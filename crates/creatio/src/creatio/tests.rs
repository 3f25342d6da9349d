use std::io;
use std::sync::{Arc, Mutex};

use handover_core::desk::{Case, CaseStatus, Desk, Handoff};
use handover_core::directory::Directory;
use handover_core::feed::{Feed, Scope};
use handover_core::id::Key;
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Brief, Field, File, Speaker};
use handover_sim::creatio::{ActivityType, RepActivity};
use handover_sim::{Fault, Rule};
use tracing::subscriber::DefaultGuard;

use crate::ReplyRule;
use crate::testing::{
    CLIENT_SECRET, NUMBER, World, attempt, desk_config, entry, opening, session, world_with,
};

#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn listen(&self) -> DefaultGuard {
        let lines = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || lines.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The whole journey; whatever fails is told as text.
async fn journey(world: &World) -> String {
    let mut told = String::new();
    let mut opening = opening();
    opening.about.first_words = "text-canary".to_owned();
    let case = match world.desk.open(&opening, &attempt(opening.key)).await {
        Ok(case) => case,
        Err(error) => {
            told.push_str(&format!("{error} {error:?}"));
            Case::new(opening.key.uuid().to_string())
        }
    };
    let mut said = entry(1, Speaker::Person { name: Some("name-canary".into()) }, "text-canary");
    let mut file = File::new("reference-canary", None);
    file.name = Some("file-canary".to_owned());
    said.files.push(file);
    told.push_str(&format!("{said:?}"));
    told.push_str(&format!(
        "{:?}",
        world.desk.append(&case, &opening.about, &[said], &attempt(opening.key)).await
    ));
    let brief = Brief {
        summary: Some("summary-canary".to_owned()),
        fields: vec![Field { column: "UsrOrderNumber".into(), value: "value-canary".to_owned() }],
        ..Brief::default()
    };
    let handoff = Handoff { key: Key::handoff(session(), 2), about: opening.about.clone(), brief };
    told.push_str(&format!(
        "{:?}",
        world.desk.hand_off(&case, &handoff, &attempt(handoff.key)).await
    ));
    let status = Key::status(session(), 1);
    let settled = world.desk.set_status(&case, CaseStatus::Resolved, &attempt(status)).await;
    told.push_str(&format!("{settled:?}"));
    let tel = Identity::tel(NUMBER, Proof::ChannelProven).unwrap();
    told.push_str(&format!("{:?}", world.desk.lookup(&tel).await));
    for scope in [Scope::All, Scope::Thread(case.reference.clone())] {
        told.push_str(&format!("{:?}", world.desk.pull(&scope, None).await));
    }
    told.push_str(&format!("{:?}", world.desk));
    told
}

#[tokio::test]
async fn nothing_that_people_write_and_no_secret_is_logged_or_told() {
    for fault in [
        None,
        Some(Fault::Status { code: 500, retry_after: None }),
        Some(Fault::AfterWrite { status: 400 }),
        Some(Fault::Html),
        Some(Fault::Truncate),
        Some(Fault::DropAfterWrite),
    ] {
        let rule = ReplyRule::new(vec!["Email".to_owned()]).unwrap();
        let resolved = crate::ids::CASE_RESOLVED.to_string();
        let config =
            desk_config().with_reply_rule(rule).with_resolved_status_id(&resolved).unwrap();
        let world = world_with(config);
        world.sim.add_contact("contact-canary", NUMBER, "mail-canary@x.example", world.time.now());
        let lines = Lines::default();
        let guard = lines.listen();
        let mut told = journey(&world).await;
        let case = opening().key.uuid();
        if world.sim.case(case).is_some() {
            let mail = RepActivity::new(ActivityType::Email).body("reply-canary").finished();
            world.sim.rep_adds_activity(case, mail, world.time.now());
        }
        if let Some(fault) = fault {
            world.sim.faults().add(Rule::new(fault));
        }
        told.push_str(&journey(&world).await);
        drop(guard);
        let seen = told + &lines.text();
        assert!(!lines.text().is_empty());
        for secret in ["-canary", CLIENT_SECRET, "5551234567", "Bearer"] {
            assert!(!seen.contains(secret), "{secret} in {seen}");
        }
    }
}
