//! Rows as values with a type.

use std::fmt;

use chrono::{DateTime, Utc};
use handover_core::error::Error;
use uuid::Uuid;

use super::{account, activity, base, case, contact, flag, social, unit};
use crate::client::Client;
use crate::column::{Column, Entity};
use crate::parse::Row;
use crate::query::Query;

/// Rows of one entity, read into a type. Yours may implement it as well.
pub trait Record: Sized {
    /// The entity.
    const ENTITY: Entity;

    /// The columns that [`Record::read`] reads, `Id` and `CreatedOn` among them if rows are to be
    /// streamed.
    fn columns() -> Vec<Column>;

    /// A value out of a row; `None` for one without an id.
    fn read(row: &Row) -> Option<Self>;
}

impl Query {
    /// All rows of a [`Record`]'s entity, with its columns.
    pub fn of<R: Record>() -> Self {
        Self::new(R::ENTITY, R::columns())
    }
}

impl Client {
    /// The row with this id, or `None`.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn find<R: Record>(&self, id: Uuid) -> Result<Option<R>, Error> {
        let row = self.get(&R::ENTITY, id, &R::columns()).await?;
        Ok(row.as_ref().and_then(R::read))
    }

    /// The rows that `query`, made by [`Query::of`], names.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn find_all<R: Record>(&self, query: &Query) -> Result<Vec<R>, Error> {
        Ok(self.query(query).await?.iter().filter_map(R::read).collect())
    }
}

/// A record's struct, from which columns its fields are read, and as what.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident, $entity:expr,
        { $($(#[$about:meta])* $field:ident: $kind:ident = $column:expr,)* }) => {
        $(#[$doc])*
        ///
        /// # Privacy
        /// `Debug` shows the id only.
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            /// Its id.
            pub id: Uuid,
            /// When it was made.
            pub created_on: Option<DateTime<Utc>>,
            $($(#[$about])* pub $field: kind!($kind),)*
        }

        impl Record for $name {
            const ENTITY: Entity = $entity;

            fn columns() -> Vec<Column> {
                vec![base::ID, base::CREATED_ON, $($column,)*]
            }

            fn read(row: &Row) -> Option<Self> {
                Some(Self {
                    id: row.id(&base::ID)?,
                    created_on: row.time(&base::CREATED_ON),
                    $($field: read!($kind, row, &$column),)*
                })
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("id", &self.id).finish_non_exhaustive()
            }
        }
    };
}

macro_rules! kind {
    (Flag) => { bool };
    (Id) => { Option<Uuid> };
    (Number) => { Option<i64> };
    (Text) => { Option<String> };
    (Time) => { Option<DateTime<Utc>> };
}

macro_rules! read {
    (Flag, $row:ident, $column:expr) => {
        $row.flag($column)
    };
    (Id, $row:ident, $column:expr) => {
        $row.id($column)
    };
    (Number, $row:ident, $column:expr) => {
        $row.number($column)
    };
    (Text, $row:ident, $column:expr) => {
        $row.text($column).map(str::to_owned)
    };
    (Time, $row:ident, $column:expr) => {
        $row.time($column)
    };
}

record! {
    /// A company.
    Account, super::ACCOUNT, {
        /// Its name.
        name: Text = base::NAME,
        /// The contact of the user who looks after it.
        owner: Id = account::OWNER,
        /// Its first telephone number.
        phone: Text = account::PHONE,
        /// Whom to ask there first.
        primary_contact: Id = account::PRIMARY_CONTACT,
        /// Its web site.
        web: Text = account::WEB,
    }
}

record! {
    /// A task, an e-mail, a call.
    Activity, super::ACTIVITY, {
        /// The text of an e-mail.
        body: Text = activity::BODY,
        /// The case it belongs to.
        case: Id = activity::CASE,
        /// The contact it is about.
        contact: Id = activity::CONTACT,
        /// Who made it: a contact, not a user.
        created_by: Id = base::CREATED_BY,
        /// The result, in words.
        detailed_result: Text = activity::DETAILED_RESULT,
        /// How far an e-mail got.
        email_send_status: Id = activity::EMAIL_SEND_STATUS,
        /// Whether the body is HTML.
        is_html_body: Flag = activity::IS_HTML_BODY,
        /// Incoming or outgoing.
        message_type: Id = activity::MESSAGE_TYPE,
        /// When it was changed last.
        modified_on: Time = base::MODIFIED_ON,
        /// Notes.
        notes: Text = activity::NOTES,
        /// The contact of the user it belongs to.
        owner: Id = activity::OWNER,
        /// When it begins.
        start_date: Time = activity::START_DATE,
        /// Where it stands.
        status: Id = activity::STATUS,
        /// Its title.
        title: Text = activity::TITLE,
        /// Task, Email, Call, Visit, …
        kind: Id = activity::TYPE,
    }
}

record! {
    /// A case.
    Case, super::CASE, {
        /// The customer's company.
        account: Id = case::ACCOUNT,
        /// What kind of matter it is.
        category: Id = case::CATEGORY,
        /// When it was closed.
        closure_date: Time = case::CLOSURE_DATE,
        /// The customer's contact.
        contact: Id = case::CONTACT,
        /// The role that shall work on it.
        group: Id = case::GROUP,
        /// When it was changed last.
        modified_on: Time = base::MODIFIED_ON,
        /// The number people use.
        number: Text = case::NUMBER,
        /// The contact of the user who works on it.
        owner: Id = case::OWNER,
        /// The case it follows.
        parent: Id = case::PARENT,
        /// How urgent it is.
        priority: Id = case::PRIORITY,
        /// Where it stands.
        status: Id = case::STATUS,
        /// Its title.
        subject: Text = case::SUBJECT,
        /// Its description.
        symptoms: Text = case::SYMPTOMS,
    }
}

record! {
    /// A status of cases. Its flags say what it means; its name is the tenant's.
    CaseStatus, super::CASE_STATUS, {
        /// Whether a case with it is over for good.
        is_final: Flag = flag::IS_FINAL,
        /// Whether a case with it is solved.
        is_resolved: Flag = flag::IS_RESOLVED,
        /// Its name.
        name: Text = base::NAME,
    }
}

record! {
    /// A number or address of a contact.
    Communication, super::CONTACT_COMMUNICATION, {
        /// The contact it belongs to.
        contact: Id = contact::CONTACT,
        /// Whether it is out of use.
        is_non_actual: Flag = contact::NON_ACTUAL,
        /// What kind of number or address it is.
        kind: Id = contact::COMMUNICATION_TYPE,
        /// As it was entered.
        number: Text = contact::NUMBER,
    }
}

record! {
    /// A person.
    Contact, super::CONTACT, {
        /// The company they belong to.
        account: Id = contact::ACCOUNT,
        /// Their first mailbox.
        email: Text = contact::EMAIL,
        /// Their mobile number.
        mobile_phone: Text = contact::MOBILE_PHONE,
        /// Their name.
        name: Text = base::NAME,
    }
}

record! {
    /// A post in the feed of a row.
    Post, super::SOCIAL_MESSAGE, {
        /// Who wrote it: a contact.
        created_by: Id = base::CREATED_BY,
        /// The row it is about.
        entity: Id = social::ENTITY_ID,
        /// Its text, HTML.
        message: Text = social::MESSAGE,
        /// The post it answers.
        parent: Id = social::PARENT,
    }
}

record! {
    /// A user or a role.
    Unit, super::SYS_ADMIN_UNIT, {
        /// The contact of a user.
        contact: Id = unit::CONTACT,
        /// Whether it may log in.
        is_active: Flag = unit::ACTIVE,
        /// What it is: 0 to 3 and 6 are roles, 4 and 5 are users.
        kind: Number = unit::KIND,
        /// Its name.
        name: Text = base::NAME,
    }
}

#[cfg(test)]
mod tests;
