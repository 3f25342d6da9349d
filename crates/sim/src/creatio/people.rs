//! What people do in the application beyond activities: the feed, mails, assignment, merging,
//! deleting.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::data::{self, Cell};
use super::schema::Kind;
use super::{Creatio, State, seed};

impl Creatio {
    /// A person writes into the feed of a case; the text is HTML.
    ///
    /// # Panics
    ///
    /// When the author does not exist.
    pub fn rep_posts(&self, case: Uuid, html: &str, author: Uuid, now: DateTime<Utc>) -> Uuid {
        let columns = [
            ("EntitySchemaUId".to_owned(), json!(seed::CASE_SCHEMA)),
            ("EntityId".to_owned(), json!(case)),
            ("Message".to_owned(), json!(html)),
        ];
        self.person(now, |state| {
            let save = state.tenant.save(author, now);
            state.insert("SocialMessage", &columns, save)
        })
    }

    /// Creatio sends a mail that a person drafted: to the customer, by itself.
    ///
    /// # Panics
    ///
    /// When the activity does not exist.
    pub fn rep_sends_email(&self, activity: Uuid, now: DateTime<Utc>) {
        let columns = [
            ("EmailSendStatusId".to_owned(), json!(seed::MAIL_SENT)),
            ("SendDate".to_owned(), json!(data::shown_date(now))),
            ("StatusId".to_owned(), json!(seed::COMPLETED)),
        ];
        self.person(now, |state| {
            let save = state.tenant.save(seed::SUPERVISOR_CONTACT, now);
            state.update("Activity", activity, &columns, save);
        });
    }

    /// A person assigns a case to a group, by its name, or to none.
    ///
    /// # Panics
    ///
    /// When the case or the group does not exist.
    pub fn rep_assigns_group(&self, case: Uuid, group: Option<&str>, now: DateTime<Utc>) {
        let group = group.map(|name| self.lookup_id("SysAdminUnit", name));
        self.rep_edits_case(case, "GroupId", json!(group), now);
    }

    /// An administrator adds a user with a contact of the same name; the contact is returned, as it
    /// is what owns and writes.
    pub fn add_user(&self, name: &str, now: DateTime<Utc>) -> Uuid {
        let contact = self.add("Contact", &[("Name", json!(name))], now);
        let columns = [
            ("Name", json!(name)),
            ("ContactId", json!(contact)),
            ("SysAdminUnitTypeValue", json!(seed::USER)),
            ("Active", json!(true)),
        ];
        self.add("SysAdminUnit", &columns, now);
        contact
    }

    /// An administrator adds a functional role: what a case's group points to.
    pub fn add_role(&self, name: &str, now: DateTime<Utc>) -> Uuid {
        let kind = json!(seed::FUNCTIONAL_ROLE);
        self.add("SysAdminUnit", &[("Name", json!(name)), ("SysAdminUnitTypeValue", kind)], now)
    }

    /// A person merges two contacts: what pointed to `gone` points to `kept`.
    ///
    /// # Panics
    ///
    /// When one of them does not exist.
    pub fn rep_merges_contacts(&self, kept: Uuid, gone: Uuid, now: DateTime<Utc>) {
        self.person(now, |state| state.remove("Contact", gone, &Cell::Guid(kept), now));
    }

    /// A person deletes a record. What belongs to it goes with it; what else pointed to it points
    /// nowhere.
    ///
    /// # Panics
    ///
    /// When it does not exist.
    pub fn rep_deletes(&self, entity: &str, id: Uuid, now: DateTime<Utc>) {
        self.person(now, |state| state.remove(entity, id, &Cell::Null, now));
    }
}

impl State {
    fn remove(&mut self, entity: &str, id: Uuid, heir: &Cell, now: DateTime<Utc>) {
        let schema = self.tenant.entities.get(entity).cloned();
        let schema = schema.unwrap_or_else(|| panic!("no entity is called {entity:?}"));
        let target = Kind::Lookup(entity.to_owned());
        for (name, rows) in self.tenant.pointing_at(entity, id) {
            let pointing = std::sync::Arc::clone(&self.tenant.entities[&name]);
            for row in rows {
                let moved: Vec<(String, Value)> = pointing
                    .columns
                    .iter()
                    .filter(|column| column.kind == target)
                    .filter(|column| *self.tenant.cell(&name, row, &column.name) == Cell::Guid(id))
                    .map(|column| (column.property.clone(), json!(heir.guid())))
                    .collect();
                let is_owned = super::tenant::is_owned(&name, entity);
                if !(is_owned && *heir == Cell::Null) {
                    let save = self.tenant.save(seed::SUPERVISOR_CONTACT, now);
                    self.update(&name, row, &moved, save);
                }
            }
        }
        let deleted = self.tenant.delete(&schema, id);
        deleted.unwrap_or_else(|fail| panic!("the server refuses it: {fail:?}"));
    }
}
