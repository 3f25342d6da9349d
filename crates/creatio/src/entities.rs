//! The entities and columns of the stock configuration that support desks use. Any other has a name:
//! [`Entity::named`](crate::Entity::named), [`Column::named`](crate::Column::named).
//!
//! Source: the schemas of the stock configuration; tenants add to them.

mod record;

use crate::column::{Column, Entity};

pub use record::{Account, Activity, Case, CaseStatus, Communication, Contact, Post, Record, Unit};

/// `Account`: a company.
pub const ACCOUNT: Entity = Entity::stock("Account");
/// `AccountFile`.
pub const ACCOUNT_FILE: Entity = Entity::stock("AccountFile");
/// `Activity`: a task, an e-mail, a call.
pub const ACTIVITY: Entity = Entity::stock("Activity");
/// `ActivityCategory`.
pub const ACTIVITY_CATEGORY: Entity = Entity::stock("ActivityCategory");
/// `ActivityFile`.
pub const ACTIVITY_FILE: Entity = Entity::stock("ActivityFile");
/// `ActivityStatus`.
pub const ACTIVITY_STATUS: Entity = Entity::stock("ActivityStatus");
/// `ActivityType`.
pub const ACTIVITY_TYPE: Entity = Entity::stock("ActivityType");
/// `Case`.
pub const CASE: Entity = Entity::stock("Case");
/// `CaseCategory`.
pub const CASE_CATEGORY: Entity = Entity::stock("CaseCategory");
/// `CaseFile`.
pub const CASE_FILE: Entity = Entity::stock("CaseFile");
/// `CaseOrigin`.
pub const CASE_ORIGIN: Entity = Entity::stock("CaseOrigin");
/// `CasePriority`.
pub const CASE_PRIORITY: Entity = Entity::stock("CasePriority");
/// `CaseStatus`.
pub const CASE_STATUS: Entity = Entity::stock("CaseStatus");
/// `ClosureCode`: why a case was closed.
pub const CLOSURE_CODE: Entity = Entity::stock("ClosureCode");
/// `CommunicationType`.
pub const COMMUNICATION_TYPE: Entity = Entity::stock("CommunicationType");
/// `Contact`.
pub const CONTACT: Entity = Entity::stock("Contact");
/// `ContactCommunication`: a contact's numbers and addresses.
pub const CONTACT_COMMUNICATION: Entity = Entity::stock("ContactCommunication");
/// `ContactFile`.
pub const CONTACT_FILE: Entity = Entity::stock("ContactFile");
/// `SocialMessage`: a post in the feed of a row.
pub const SOCIAL_MESSAGE: Entity = Entity::stock("SocialMessage");
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

    /// The customer's company.
    pub const ACCOUNT: Column = Column::lookup("Account");
    /// What kind of matter it is.
    pub const CATEGORY: Column = Column::lookup("Category");
    /// Why it was closed. What stands here when a case is opened again stays for its next closing.
    pub const CLOSURE_CODE: Column = Column::lookup("ClosureCode");
    /// When it was closed. The server fills it only where it is empty.
    pub const CLOSURE_DATE: Column = Column::plain("ClosureDate");
    /// The customer's contact.
    pub const CONTACT: Column = Column::lookup("Contact");
    /// The role that shall work on it.
    pub const GROUP: Column = Column::lookup("Group");
    /// The number people use.
    pub const NUMBER: Column = Column::plain("Number");
    /// How the customer came.
    pub const ORIGIN: Column = Column::lookup("Origin");
    /// The contact of the user who works on it.
    pub const OWNER: Column = Column::lookup("Owner");
    /// The case it follows.
    pub const PARENT: Column = Column::lookup("ParentCase");
    /// How urgent it is.
    pub const PRIORITY: Column = Column::lookup("Priority");
    /// When it came in.
    pub const REGISTERED_ON: Column = Column::plain("RegisteredOn");
    /// What was done about it.
    pub const SOLUTION: Column = Column::plain("Solution");
    /// When it was solved last.
    pub const SOLUTION_PROVIDED_ON: Column = Column::plain("SolutionProvidedOn");
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
    /// The contact it is about.
    pub const CONTACT: Column = Column::lookup("Contact");
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
    /// To whom an e-mail goes, as the platform spells it.
    pub const RECIPIENT: Column = Column::plain("Recepient");
    /// Who sends an e-mail: `Name <address>`. Source: without `<…>` the server fails.
    pub const SENDER: Column = Column::plain("Sender");
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

    /// The company a contact belongs to.
    pub const ACCOUNT: Column = Column::lookup("Account");
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
    /// Whether a case with this status waits for the customer.
    pub const IS_PAUSED: Column = Column::plain("IsPaused");
    /// Whether a case with this status is solved.
    pub const IS_RESOLVED: Column = Column::plain("IsResolved");
    /// Where a status of cases stands among the others.
    pub const STAGE: Column = Column::plain("StageNumber");
    /// What a `SysAdminUnit` is: 0 to 3 and 6 are roles, 4 and 5 are users.
    pub const UNIT_KIND: Column = Column::plain("SysAdminUnitTypeValue");
}

/// Columns of `Account`.
pub mod account {
    use super::Column;

    /// The contact of the user who looks after it.
    pub const OWNER: Column = Column::lookup("Owner");
    /// Its first telephone number.
    pub const PHONE: Column = Column::plain("Phone");
    /// Whom to ask there first.
    pub const PRIMARY_CONTACT: Column = Column::lookup("PrimaryContact");
    /// Its web site.
    pub const WEB: Column = Column::plain("Web");
}

/// Columns of `ActivityFile`, `CaseFile` and their like.
pub mod file {
    use super::Column;

    /// What an `AccountFile` belongs to.
    pub const ACCOUNT: Column = Column::lookup("Account");
    /// What an `ActivityFile` belongs to.
    pub const ACTIVITY: Column = Column::lookup("Activity");
    /// What a `CaseFile` belongs to.
    pub const CASE: Column = Column::lookup("Case");
    /// What a `ContactFile` belongs to.
    pub const CONTACT: Column = Column::lookup("Contact");
    /// How many bytes it is said to have.
    pub const SIZE: Column = Column::plain("Size");
    /// A file, a link, or a link to a row.
    pub const TYPE: Column = Column::lookup("Type");
}

/// Columns of `SocialMessage`.
pub mod social {
    use super::Column;

    /// The row it is about: a plain GUID, no lookup.
    pub const ENTITY_ID: Column = Column::plain("EntityId");
    /// The schema of that row.
    pub const ENTITY_SCHEMA: Column = Column::plain("EntitySchemaUId");
    /// Its text, HTML.
    pub const MESSAGE: Column = Column::plain("Message");
    /// The post it answers.
    pub const PARENT: Column = Column::lookup("Parent");
}

/// Columns of `SysAdminUnit`.
pub mod unit {
    use super::Column;

    /// Whether it may log in.
    pub const ACTIVE: Column = Column::plain("Active");
    /// The contact of a user.
    pub const CONTACT: Column = Column::lookup("Contact");
    /// What it is: 0 to 3 and 6 are roles, 4 and 5 are users.
    pub const KIND: Column = Column::plain("SysAdminUnitTypeValue");
}
