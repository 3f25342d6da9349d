//! Business processes of a tenant that change cases behind everybody's back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::seed;
use super::tenant::{Happened, Signal};
use super::{Creatio, State};

/// A process that sets a column of a case when something happens to it: an activity moves it to
/// "In progress", predictive routing fills the group, a reopening clears the owner.
#[derive(Clone, Debug)]
pub struct CaseRule {
    on: On,
    column: String,
    value: Value,
    after: Duration,
}

/// What starts a [`CaseRule`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum On {
    /// An activity is added to the case, by whomever.
    ActivityAdded,
    /// The case is new.
    CaseAdded,
    /// This column of the case changes, by the name bodies use.
    CaseChanged(String),
}

impl CaseRule {
    /// Sets a column, by the name bodies use, within the same transaction and in the name of whoever
    /// started it.
    pub fn new(on: On, column: &str, value: Value) -> Self {
        Self { on, column: column.to_owned(), value, after: Duration::ZERO }
    }

    /// Sets it only this much later, in the background and in the name of the system's user.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.after = time;
        self
    }

    fn starts(&self, signal: &Signal) -> bool {
        match &self.on {
            On::ActivityAdded => signal.what == Happened::ActivityAdded,
            On::CaseAdded => signal.what == Happened::CaseAdded,
            On::CaseChanged(column) => {
                signal.what == Happened::CaseModified && signal.changed.contains(column)
            }
        }
    }
}

impl Creatio {
    /// Adds a process. What rules change starts no rule, but does call out.
    pub fn rule(&self, rule: CaseRule) {
        self.state().rules.push(rule);
    }
}

/// A change that a rule has still to make.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    due: DateTime<Utc>,
    case: Uuid,
    column: String,
    value: Value,
    by: Uuid,
}

impl State {
    /// Makes the changes whose time has come; their signals start nothing.
    pub(crate) fn background(&mut self, now: DateTime<Utc>) {
        let (due, later) = self.pending.drain(..).partition(|pending| pending.due <= now);
        self.pending = later;
        self.make(due);
        self.quiet = self.tenant.signals.len();
    }

    /// Lets the rules react to what has happened since.
    pub(crate) fn react(&mut self, now: DateTime<Utc>) {
        let mut due = Vec::new();
        for signal in self.tenant.signals.iter().skip(std::mem::take(&mut self.quiet)) {
            for rule in self.rules.iter().filter(|rule| rule.starts(signal)) {
                let by = match signal.what {
                    _ if !rule.after.is_zero() => None,
                    Happened::CaseModified => {
                        self.tenant.cell("Case", signal.case, "ModifiedBy").guid()
                    }
                    _ => signal.author,
                };
                let pending = Pending {
                    due: now + rule.after,
                    by: by.unwrap_or(seed::SUPERVISOR_CONTACT),
                    case: signal.case,
                    column: rule.column.clone(),
                    value: rule.value.clone(),
                };
                if rule.after.is_zero() {
                    due.push(pending);
                } else {
                    self.pending.push(pending);
                }
            }
        }
        self.make(due);
    }

    fn make(&mut self, changes: Vec<Pending>) {
        for change in changes {
            if self.tenant.row("Case", change.case).is_some() {
                let save = self.tenant.save(change.by, change.due);
                self.update("Case", change.case, &[(change.column, change.value)], save);
            }
        }
    }
}
