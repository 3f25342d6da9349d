//! What the demo's people do: the customer on the phone, and the rep in Creatio.

use chrono::Utc;
use handover_sim::creatio::{ActivityType, Record, RepActivity};
use uuid::Uuid;

use super::world::{self, World};

impl World {
    /// A customer texts our number. Gives the provider's id of the text.
    pub(super) fn customer_texts(&self, from: &str, text: &str) -> String {
        self.twilio.customer_texts(from, world::OURS, text, &[], Utc::now())
    }

    /// The rep sends the customer an e-mail from the case.
    pub(super) fn rep_replies(&self, case: Uuid, text: &str) {
        let reply = RepActivity::new(ActivityType::Email).title("Re: your message").body(text);
        self.creatio.rep_adds_activity(case, reply.finished(), Utc::now());
    }

    /// The rep notes something on the case, for colleagues.
    pub(super) fn rep_notes(&self, case: Uuid, text: &str) {
        let note = RepActivity::new(ActivityType::Task).title("Internal note").notes(text);
        self.creatio.rep_adds_activity(case, note.finished(), Utc::now());
    }

    /// The rep resolves the case.
    pub(super) fn rep_closes(&self, case: Uuid) {
        self.creatio.rep_sets_status(case, "Resolved", Utc::now());
    }

    /// The case with this number or id; the newest one for `last`.
    pub(super) fn case(&self, name: &str) -> Option<Record> {
        let cases = self.creatio.cases();
        if name == "last" {
            return cases.last().cloned();
        }
        let is_meant =
            |case: &&Record| case.text("Number") == name || case.id().to_string() == name;
        cases.iter().find(is_meant).cloned()
    }

    /// The activities of a case, in the order in which people see them: by start, then by the place
    /// in the session.
    pub(super) fn activities(&self, case: Uuid) -> Vec<Record> {
        let mut activities = self.creatio.activities(case);
        activities.sort_by_key(|activity| (activity.date("StartDate"), place(activity)));
        activities
    }
}

/// The place in the session that a title begins with.
fn place(activity: &Record) -> u64 {
    let title = activity.text("Title").trim_start_matches('#');
    let digits = title.find(|c: char| !c.is_ascii_digit()).unwrap_or(title.len());
    title[..digits].parse().unwrap_or(u64::MAX)
}
