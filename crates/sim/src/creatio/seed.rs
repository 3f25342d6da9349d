//! The stock rows of a fresh tenant. Ids as published with the demo configuration; the named
//! ones are those the simulated server logic itself needs.

use uuid::{Uuid, uuid};

pub(crate) struct Seed {
    pub(crate) entity: &'static str,
    pub(crate) id: Uuid,
    pub(crate) name: &'static str,
    /// Boolean columns that are true.
    pub(crate) flags: &'static [&'static str],
}

const fn row(entity: &'static str, id: Uuid, name: &'static str) -> Seed {
    Seed { entity, id, name, flags: &[] }
}

const fn flagged(
    entity: &'static str,
    id: Uuid,
    name: &'static str,
    flags: &'static [&'static str],
) -> Seed {
    Seed { entity, id, name, flags }
}

pub(crate) const STATUS_NEW: Uuid = uuid!("ae5f2f10-f46b-1410-fd9a-0050ba5d6c38");
pub(crate) const STATUS_REOPENED: Uuid = uuid!("f063ebbe-fdc6-4982-8431-d8cfa52fedcf");
pub(crate) const ORIGIN_PORTAL: Uuid = uuid!("debf4124-f46b-1410-3592-0050ba5d6c38");
pub(crate) const ORIGIN_CALL: Uuid = uuid!("5e5e202a-f46b-1410-3692-0050ba5d6c38");
pub(crate) const PRIORITY_MEDIUM: Uuid = uuid!("d9bd322c-f46b-1410-ee8c-0050ba5d6c38");
pub(crate) const TYPE_TASK: Uuid = uuid!("fbe0acdc-cfc0-df11-b00f-001d60e938c6");
pub(crate) const TYPE_EMAIL: Uuid = uuid!("e2831dec-cfc0-df11-b00f-001d60e938c6");
pub(crate) const TYPE_CALL: Uuid = uuid!("e1831dec-cfc0-df11-b00f-001d60e938c6");
pub(crate) const TYPE_VISIT: Uuid = uuid!("e3831dec-cfc0-df11-b00f-001d60e938c6");
pub(crate) const CATEGORY_TODO: Uuid = uuid!("f51c4643-58e6-df11-971b-001d60e938c6");
pub(crate) const CATEGORY_EMAIL: Uuid = uuid!("8038a396-7825-e011-8165-00155d043204");
pub(crate) const CATEGORY_CALL: Uuid = uuid!("e52bd583-7825-e011-8165-00155d043204");
pub(crate) const NOT_STARTED: Uuid = uuid!("384d4b84-58e6-df11-971b-001d60e938c6");
pub(crate) const COMPLETED: Uuid = uuid!("4bdbb88f-58e6-df11-971b-001d60e938c6");
pub(crate) const ACTIVITY_PRIORITY: Uuid = uuid!("ab96fa02-7fe6-df11-971b-001d60e938c6");
pub(crate) const CALL_DIRECTION: Uuid = uuid!("1d96a65f-2131-4916-8825-2d142b1000b2");
pub(crate) const MAIL_SENT: Uuid = uuid!("8074ffc0-6107-e011-a646-16d83cab0980");
pub(crate) const MAIL_NOT_SENT: Uuid = uuid!("20c0c460-6107-e011-a646-16d83cab0980");
pub(crate) const INCOMING: Uuid = uuid!("7f9d1f86-f36b-1410-068c-20cf30b39373");
pub(crate) const OUTGOING: Uuid = uuid!("7f6d3f94-f36b-1410-068c-20cf30b39373");
pub(crate) const BY_EMAIL: Uuid = uuid!("ee1c85c3-cfcb-df11-9b2a-001d60e938c6");
pub(crate) const BY_MOBILE: Uuid = uuid!("d4a2dc80-30ca-df11-9b2a-001d60e938c6");
pub(crate) const BY_WORK: Uuid = uuid!("3dddb3cc-53ee-49c4-a71f-e9e257f59e49");
pub(crate) const BY_HOME: Uuid = uuid!("0da6a26b-d7bc-df11-b00f-001d60e938c6");
pub(crate) const BY_SKYPE: Uuid = uuid!("09e4bda6-cfcb-df11-9b2a-001d60e938c6");
/// The schema of `Case`, which the feed names.
pub(crate) const CASE_SCHEMA: Uuid = uuid!("117d32f9-8275-4534-8411-1c66115ce9cd");
pub(crate) const FILE: Uuid = uuid!("529bc2f8-0ee0-df11-971b-001d60e938c6");
/// `SysAdminUnitTypeValue` of a user, and of a functional role; an organisation is 0.
pub(crate) const USER: i64 = 4;
pub(crate) const FUNCTIONAL_ROLE: i64 = 6;
/// Communication types whose numbers are telephone numbers.
pub(crate) const PHONES: &[Uuid] = &[
    BY_MOBILE,
    BY_WORK,
    BY_HOME,
    uuid!("6a3fb10c-67cc-df11-9b2a-001d60e938c6"),
    uuid!("2b387201-67cc-df11-9b2a-001d60e938c6"),
    uuid!("21c0d693-9a52-43fa-b7f1-c6d8b53975d4"),
    uuid!("e9d91e45-8d92-4e38-95a0-ef8aa28c9e7a"),
    uuid!("9a7ab41b-67cc-df11-9b2a-001d60e938c6"),
];
/// The contact of the user Supervisor.
pub(crate) const SUPERVISOR_CONTACT: Uuid = uuid!("410006e1-ca4e-4502-a9ec-e54d922d2c00");
pub(crate) const ADMINISTRATORS: Uuid = uuid!("83a43ebc-f36b-1410-298d-001e8c82bcad");
pub(crate) const SUPERVISOR: Uuid = uuid!("7f3b869f-34f3-4f20-ab4d-7480a5fdf647");

pub(crate) const ROWS: &[Seed] = &[
    row("Contact", SUPERVISOR_CONTACT, "Supervisor"),
    row("CaseStatus", STATUS_NEW, "New"),
    row("CaseStatus", uuid!("7e9f1204-f46b-1410-fb9a-0050ba5d6c38"), "In progress"),
    flagged(
        "CaseStatus",
        uuid!("3859c6e7-cbcb-486b-ba53-77808fe6e593"),
        "Waiting for response",
        &["IsPaused"],
    ),
    flagged("CaseStatus", uuid!("56022749-b807-48ff-876c-0b9133d90365"), "Pending", &["IsPaused"]),
    flagged(
        "CaseStatus",
        uuid!("ae7f411e-f46b-1410-009b-0050ba5d6c38"),
        "Resolved",
        &["IsResolved"],
    ),
    row("CaseStatus", STATUS_REOPENED, "Reopened"),
    flagged("CaseStatus", uuid!("3e7f420c-f46b-1410-fc9a-0050ba5d6c38"), "Closed", &["IsFinal"]),
    flagged("CaseStatus", uuid!("6e5f4218-f46b-1410-fe9a-0050ba5d6c38"), "Canceled", &["IsFinal"]),
    row("CaseOrigin", uuid!("7f9e1f1e-f46b-1410-3492-0050ba5d6c38"), "Email"),
    row("CaseOrigin", ORIGIN_PORTAL, "Portal"),
    row("CaseOrigin", ORIGIN_CALL, "Call"),
    row("CasePriority", PRIORITY_MEDIUM, "Medium"),
    row("CaseCategory", uuid!("1b0bc159-150a-e111-a31b-00155d04c01d"), "Incident"),
    row("CaseCategory", uuid!("1c0bc159-150a-e111-a31b-00155d04c01d"), "Service request"),
    row("ClosureCode", uuid!("b69f315c-f36b-1410-159b-0050ba5d6c38"), "Completed"),
    row("ClosureCode", uuid!("068ea63f-f5da-4d0e-b061-95a64ad120e7"), "Canceled by user"),
    row("ClosureCode", uuid!("7643e27f-51b2-4226-9001-e2a0aa415b3f"), "Closed by user"),
    row("ClosureCode", uuid!("2b74ea83-21f8-4f5d-8b92-fa2b8d823cba"), "Spam"),
    row("ClosureCode", uuid!("7ce9843e-6855-4412-9282-ec55edf6d05b"), "Duplicate"),
    row("SatisfactionLevel", uuid!("5b0a6f2c-3a1e-4c57-9b4e-6d1f0a000005"), "Very satisfied"),
    row("ActivityType", TYPE_TASK, "Task"),
    row("ActivityType", TYPE_EMAIL, "Email"),
    row("ActivityType", TYPE_CALL, "Call"),
    row("ActivityType", TYPE_VISIT, "Visit"),
    row("ActivityCategory", CATEGORY_TODO, "To do"),
    row("ActivityCategory", CATEGORY_EMAIL, "Email"),
    row("ActivityCategory", CATEGORY_CALL, "Call"),
    row("ActivityCategory", uuid!("03df85bf-6b19-4dea-8463-d5d49b80bb28"), "Call (task)"),
    row("ActivityCategory", uuid!("42c74c49-58e6-df11-971b-001d60e938c6"), "Meeting"),
    row("ActivityCategory", uuid!("2365ae4f-58e6-df11-971b-001d60e938c6"), "Paperwork"),
    row("ActivityStatus", NOT_STARTED, "Not started"),
    row("ActivityStatus", uuid!("394d4b84-58e6-df11-971b-001d60e938c6"), "In progress"),
    flagged("ActivityStatus", COMPLETED, "Completed", &["Finish"]),
    flagged(
        "ActivityStatus",
        uuid!("201cfba8-58e6-df11-971b-001d60e938c6"),
        "Canceled",
        &["Finish"],
    ),
    row("ActivityPriority", ACTIVITY_PRIORITY, "Medium"),
    row("CallDirection", CALL_DIRECTION, "Incoming"),
    row("EmailSendStatus", MAIL_SENT, "Sent"),
    row("EmailSendStatus", MAIL_NOT_SENT, "Not sent"),
    row("EmailSendStatus", uuid!("603ba6af-6107-e011-a646-16d83cab0980"), "In progress"),
    row("EmailSendStatus", uuid!("7459545a-9229-4ee7-b501-03b8a50e2b39"), "Opened"),
    row("EmailType", INCOMING, "Incoming"),
    row("EmailType", OUTGOING, "Outgoing"),
    row("CommunicationType", BY_EMAIL, "Email"),
    row("CommunicationType", BY_MOBILE, "Mobile phone"),
    row("CommunicationType", BY_WORK, "Business phone"),
    row("CommunicationType", BY_HOME, "Home phone"),
    row("CommunicationType", BY_SKYPE, "Skype"),
    row("CommunicationType", uuid!("6a3fb10c-67cc-df11-9b2a-001d60e938c6"), "Primary phone"),
    row("CommunicationType", uuid!("2b387201-67cc-df11-9b2a-001d60e938c6"), "Alternate phone"),
    row("CommunicationType", uuid!("21c0d693-9a52-43fa-b7f1-c6d8b53975d4"), "Other phone"),
    row("CommunicationType", uuid!("e9d91e45-8d92-4e38-95a0-ef8aa28c9e7a"), "Extension phone"),
    row("CommunicationType", uuid!("9a7ab41b-67cc-df11-9b2a-001d60e938c6"), "Fax"),
    row("CommunicationType", uuid!("6a8ba927-67cc-df11-9b2a-001d60e938c6"), "Web"),
    row("FileType", FILE, "File"),
    row("FileType", uuid!("539bc2f8-0ee0-df11-971b-001d60e938c6"), "Link"),
    row("ContactType", uuid!("806732ee-f36b-1410-a883-16d83cab0980"), "Contact person"),
    row("SysAdminUnit", uuid!("a29a3ba5-4b0d-de11-9a51-005056c00008"), "All employees"),
    row("SysAdminUnit", ADMINISTRATORS, "System administrators"),
    row("SysAdminUnit", uuid!("720b771c-e7a7-4f31-9cfb-52cd21c3739f"), "Portal users"),
    row("SysAdminUnit", SUPERVISOR, "Supervisor"),
];
