//! The entities and columns that the desk reads and writes.
//!
//! Source: the schemas of the stock configuration; tenants add to them.

use crate::column::{Column, Entity};

/// `Activity`: a task, an e-mail, a call.
pub const ACTIVITY: Entity = Entity::stock("Activity");
/// `ActivityStatus`.
pub const ACTIVITY_STATUS: Entity = Entity::stock("ActivityStatus");
/// `ActivityType`.
pub const ACTIVITY_TYPE: Entity = Entity::stock("ActivityType");
/// `Case`.
pub const CASE: Entity = Entity::stock("Case");
/// `CaseStatus`.
pub const CASE_STATUS: Entity = Entity::stock("CaseStatus");
/// `Contact`.
pub const CONTACT: Entity = Entity::stock("Contact");
/// `ContactCommunication`: a contact's numbers and addresses.
pub const CONTACT_COMMUNICATION: Entity = Entity::stock("ContactCommunication");
/// `SysAdminUnit`: users and roles.
pub const SYS_ADMIN_UNIT: Entity = Entity::stock("SysAdminUnit");

/// Columns that every entity has.
pub mod base {
    use super::Column;

    /// Who made the row: a contact, not a user.
    pub const CREATED_BY: Column = Column::lookup("CreatedBy");
    /// When the row was made.
    pub const CREATED_ON: Column = Column::plain("CreatedOn");
    /// The row's id.
    pub const ID: Column = Column::plain("Id");
    /// Who changed it last.
    pub const MODIFIED_BY: Column = Column::lookup("ModifiedBy");
    /// When it was changed last.
    pub const MODIFIED_ON: Column = Column::plain("ModifiedOn");
    /// The name of a contact, a role or a row of a lookup.
    pub const NAME: Column = Column::plain("Name");
}

/// Columns of `Case`.
pub mod case {
    use super::Column;

    /// The customer's contact.
    pub const CONTACT: Column = Column::lookup("Contact");
    /// The role that shall work on it.
    pub const GROUP: Column = Column::lookup("Group");
    /// The number people use.
    pub const NUMBER: Column = Column::plain("Number");
    /// The contact of the user who works on it.
    pub const OWNER: Column = Column::lookup("Owner");
    /// The case it follows.
    pub const PARENT: Column = Column::lookup("ParentCase");
    /// Where it stands.
    pub const STATUS: Column = Column::lookup("Status");
    /// Its title, of at most 500 UTF-16 units.
    pub const SUBJECT: Column = Column::plain("Subject");
    /// Its description.
    pub const SYMPTOMS: Column = Column::plain("Symptoms");
}

/// Columns of `Activity`.
pub mod activity {
    use super::Column;

    /// The text of an e-mail.
    pub const BODY: Column = Column::plain("Body");
    /// The case it belongs to.
    pub const CASE: Column = Column::lookup("Case");
    /// Its category.
    pub const CATEGORY: Column = Column::lookup("ActivityCategory");
    /// The result, in words.
    pub const DETAILED_RESULT: Column = Column::plain("DetailedResult");
    /// When it ends.
    pub const DUE_DATE: Column = Column::plain("DueDate");
    /// How far an e-mail got.
    pub const EMAIL_SEND_STATUS: Column = Column::lookup("EmailSendStatus");
    /// An id for other systems; here the key of the entry.
    pub const GLOBAL_ID: Column = Column::plain("GlobalActivityID");
    /// Whether an e-mail was made by a machine.
    pub const IS_AUTO_SUBMITTED: Column = Column::plain("IsAutoSubmitted");
    /// Whether the body is HTML.
    pub const IS_HTML_BODY: Column = Column::plain("IsHtmlBody");
    /// Incoming or outgoing.
    pub const MESSAGE_TYPE: Column = Column::lookup("MessageType");
    /// Notes.
    pub const NOTES: Column = Column::plain("Notes");
    /// The contact of the user it belongs to. It must not be empty.
    pub const OWNER: Column = Column::lookup("Owner");
    /// When an e-mail was sent.
    pub const SEND_DATE: Column = Column::plain("SendDate");
    /// When it begins.
    pub const START_DATE: Column = Column::plain("StartDate");
    /// Where it stands.
    pub const STATUS: Column = Column::lookup("Status");
    /// Its title, of at most 450 UTF-16 units.
    pub const TITLE: Column = Column::plain("Title");
    /// Task, Email, Call, Visit, …
    pub const TYPE: Column = Column::lookup("Type");
}

/// Columns of `Contact` and `ContactCommunication`.
pub mod contact {
    use super::Column;

    /// The contact a communication row belongs to.
    pub const CONTACT: Column = Column::lookup("Contact");
    /// What kind of number or address it is.
    pub const COMMUNICATION_TYPE: Column = Column::lookup("CommunicationType");
    /// The contact's first mailbox.
    pub const EMAIL: Column = Column::plain("Email");
    /// The contact's mobile number.
    pub const MOBILE_PHONE: Column = Column::plain("MobilePhone");
    /// Whether it is out of use.
    pub const NON_ACTUAL: Column = Column::plain("NonActual");
    /// The number or address as it was entered.
    pub const NUMBER: Column = Column::plain("Number");
    /// The server's own form of it: digits reversed, or lower case.
    pub const SEARCH_NUMBER: Column = Column::plain("SearchNumber");
}

/// Flags of statuses and kinds of units.
pub mod flag {
    use super::Column;

    /// Whether an activity with this status is done.
    pub const FINISH: Column = Column::plain("Finish");
    /// Whether a case with this status is over for good.
    pub const IS_FINAL: Column = Column::plain("IsFinal");
    /// Whether a case with this status is solved.
    pub const IS_RESOLVED: Column = Column::plain("IsResolved");
    /// What a `SysAdminUnit` is: 0 to 3 and 6 are roles, 4 and 5 are users.
    pub const UNIT_KIND: Column = Column::plain("SysAdminUnitTypeValue");
}
