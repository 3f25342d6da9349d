//! What people do in the application: none of it goes through the API.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::data::{self, Cell};
use super::seed;
use super::tenant::{Save, Values};
use super::{Creatio, State};

/// What kind of activity a person adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActivityType {
    /// A telephone call.
    Call,
    /// A mail, outgoing and sent.
    Email,
    /// A mail that came from the customer.
    IncomingEmail,
    /// A task.
    Task,
    /// A meeting.
    Visit,
}

/// An activity as a person adds it to a case.
#[derive(Clone, Debug)]
pub struct RepActivity {
    kind: ActivityType,
    columns: Vec<(String, Value)>,
    finished: bool,
    author: Uuid,
    lag: Duration,
    category: Option<String>,
}

impl RepActivity {
    /// An unfinished activity of the Supervisor, without any text.
    pub fn new(kind: ActivityType) -> Self {
        Self {
            kind,
            columns: Vec::new(),
            finished: false,
            author: seed::SUPERVISOR_CONTACT,
            lag: Duration::ZERO,
            category: None,
        }
    }

    /// The text of a mail.
    #[must_use]
    pub fn body(self, text: &str) -> Self {
        self.column("Body", Value::from(text))
    }

    /// The column "Results".
    #[must_use]
    pub fn detailed_result(self, text: &str) -> Self {
        self.column("DetailedResult", Value::from(text))
    }

    /// The column "Notes".
    #[must_use]
    pub fn notes(self, text: &str) -> Self {
        self.column("Notes", Value::from(text))
    }

    /// The category by what people see: `Meeting`. The kind's own when not called.
    #[must_use]
    pub fn category(mut self, name: &str) -> Self {
        self.category = Some(name.to_owned());
        self
    }

    /// The subject.
    #[must_use]
    pub fn title(self, text: &str) -> Self {
        self.column("Title", Value::from(text))
    }

    /// Any other column, by the name bodies use.
    #[must_use]
    pub fn column(mut self, name: &str, value: Value) -> Self {
        self.columns.push((name.to_owned(), value));
        self
    }

    /// Completed at once.
    #[must_use]
    pub fn finished(mut self) -> Self {
        self.finished = true;
        self
    }

    /// Another author than the Supervisor: a contact.
    #[must_use]
    pub fn by(mut self, contact: Uuid) -> Self {
        self.author = contact;
        self
    }

    /// The transaction ends only after `lag`: until then no query sees the row, though its
    /// `ModifiedOn` is older and the process may have called out already.
    #[must_use]
    pub fn commits_after(mut self, lag: Duration) -> Self {
        self.lag = lag;
        self
    }
}

impl Creatio {
    /// A person adds an activity to a case.
    ///
    /// # Panics
    ///
    /// When the server would refuse it: an unknown case or author, a bad value.
    pub fn rep_adds_activity(&self, case: Uuid, activity: RepActivity, now: DateTime<Utc>) -> Uuid {
        let (kind, category) = match activity.kind {
            ActivityType::Call => (seed::TYPE_CALL, seed::CATEGORY_CALL),
            ActivityType::Email | ActivityType::IncomingEmail => {
                (seed::TYPE_EMAIL, seed::CATEGORY_EMAIL)
            }
            ActivityType::Task => (seed::TYPE_TASK, seed::CATEGORY_TODO),
            ActivityType::Visit => (seed::TYPE_VISIT, seed::CATEGORY_TODO),
        };
        let category = match &activity.category {
            Some(name) => self.lookup_id("ActivityCategory", name),
            None => category,
        };
        let mut columns = vec![
            ("CaseId".to_owned(), Value::from(case.to_string())),
            ("TypeId".to_owned(), Value::from(kind.to_string())),
            ("ActivityCategoryId".to_owned(), Value::from(category.to_string())),
        ];
        let direction = match activity.kind {
            ActivityType::Email => Some(seed::OUTGOING),
            ActivityType::IncomingEmail => Some(seed::INCOMING),
            _ => None,
        };
        if let Some(direction) = direction {
            columns.push(("MessageTypeId".to_owned(), Value::from(direction.to_string())));
            let sent = if activity.finished { seed::MAIL_SENT } else { seed::MAIL_NOT_SENT };
            columns.push(("EmailSendStatusId".to_owned(), Value::from(sent.to_string())));
        }
        if activity.finished {
            columns.push(("StatusId".to_owned(), Value::from(seed::COMPLETED.to_string())));
        }
        columns.extend(activity.columns);
        self.person(now, |state| {
            let mut save = state.tenant.save(activity.author, now);
            save.visible_at += activity.lag;
            state.insert("Activity", &columns, save)
        })
    }

    /// A person completes an activity.
    ///
    /// # Panics
    ///
    /// When the activity does not exist.
    pub fn rep_finishes_activity(&self, activity: Uuid, now: DateTime<Utc>) {
        let completed = Value::from(seed::COMPLETED.to_string());
        self.rep_edits_activity(activity, "StatusId", completed, now);
    }

    /// A person changes a column of an activity.
    ///
    /// # Panics
    ///
    /// When the activity does not exist or the server would refuse the value.
    pub fn rep_edits_activity(&self, id: Uuid, column: &str, value: Value, now: DateTime<Utc>) {
        self.rep_edits("Activity", id, column, value, now);
    }

    /// A person sets the status of a case by its name.
    ///
    /// # Panics
    ///
    /// When the case or the status does not exist.
    pub fn rep_sets_status(&self, case: Uuid, status: &str, now: DateTime<Utc>) {
        let id = self.lookup_id("CaseStatus", status);
        self.rep_edits_case(case, "StatusId", Value::from(id.to_string()), now);
    }

    /// A person assigns a case to a contact, or to nobody.
    ///
    /// # Panics
    ///
    /// When the case or the contact does not exist.
    pub fn rep_assigns(&self, case: Uuid, owner: Option<Uuid>, now: DateTime<Utc>) {
        let owner = owner.map_or(Value::Null, |owner| Value::from(owner.to_string()));
        self.rep_edits_case(case, "OwnerId", owner, now);
    }

    /// A person changes a column of a case.
    ///
    /// # Panics
    ///
    /// When the case does not exist or the server would refuse the value.
    pub fn rep_edits_case(&self, case: Uuid, column: &str, value: Value, now: DateTime<Utc>) {
        self.rep_edits("Case", case, column, value, now);
    }

    /// A person adds a row of any entity: a contact, an account, a user.
    ///
    /// # Panics
    ///
    /// When the entity does not exist or the server would refuse the row.
    pub fn add(&self, entity: &str, columns: &[(&str, Value)], now: DateTime<Utc>) -> Uuid {
        let columns: Vec<_> =
            columns.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.person(now, |state| {
            let save = state.tenant.save(seed::SUPERVISOR_CONTACT, now);
            state.insert(entity, &columns, save)
        })
    }

    /// A person adds a contact.
    ///
    /// # Panics
    ///
    /// When the server would refuse it.
    pub fn add_contact(&self, name: &str, mobile: &str, email: &str, now: DateTime<Utc>) -> Uuid {
        let columns = [
            ("Name", Value::from(name)),
            ("MobilePhone", Value::from(mobile)),
            ("Email", Value::from(email)),
        ];
        self.add("Contact", &columns, now)
    }

    /// The id of a lookup row by what people see.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn lookup_id(&self, entity: &str, name: &str) -> Uuid {
        let id = self.state().tenant.named(entity, name);
        id.unwrap_or_else(|| panic!("no {entity} is called {name:?}"))
    }

    /// A person changes a column of any row.
    ///
    /// # Panics
    ///
    /// When the row does not exist or the server would refuse the value.
    pub fn rep_edits(
        &self,
        entity: &str,
        id: Uuid,
        column: &str,
        value: Value,
        now: DateTime<Utc>,
    ) {
        let columns = [(column.to_owned(), value)];
        self.person(now, |state| {
            let save = state.tenant.save(seed::SUPERVISOR_CONTACT, now);
            state.update(entity, id, &columns, save);
        });
    }

    /// Runs an action of a person and then the business processes.
    pub(super) fn person<T>(&self, now: DateTime<Utc>, act: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        state.background(now);
        let done = act(&mut state);
        let pokes = state.pokes(now);
        drop(state);
        pokes.into_iter().for_each(|outgoing| self.outbox.push(outgoing));
        done
    }
}

impl State {
    pub(crate) fn insert(&mut self, entity: &str, columns: &[(String, Value)], save: Save) -> Uuid {
        let values = self.values(entity, columns);
        let schema = Arc::clone(&self.tenant.entities[entity]);
        let inserted = self.tenant.insert(&schema, values, save);
        inserted.unwrap_or_else(|fail| panic!("the server refuses the {entity}: {fail:?}"))
    }

    pub(crate) fn update(
        &mut self,
        entity: &str,
        id: Uuid,
        columns: &[(String, Value)],
        save: Save,
    ) {
        let values = self.values(entity, columns);
        let schema = Arc::clone(&self.tenant.entities[entity]);
        let updated = self.tenant.update(&schema, id, values, save);
        updated.unwrap_or_else(|fail| panic!("the server refuses the {entity}: {fail:?}"));
    }

    fn values(&self, entity: &str, columns: &[(String, Value)]) -> Values {
        let schema = self.tenant.entities.get(entity);
        let schema = schema.unwrap_or_else(|| panic!("no entity is called {entity:?}"));
        let mut values = Vec::new();
        for (name, value) in columns {
            let index = schema.property(name);
            let index = index.unwrap_or_else(|| panic!("{entity} has no column {name:?}"));
            match data::written(value, &schema.columns[index].kind) {
                Ok(cell) => values.push((index, cell.unwrap_or(Cell::Null))),
                Err(bad) => panic!("{entity}.{name} cannot hold it: {bad:?}"),
            }
        }
        values
    }
}
