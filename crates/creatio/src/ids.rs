//! Ids of the rows that every Creatio comes with.
//!
//! Source: the default values and constants of the stock configuration packages. A tenant may delete
//! or add rows, so flags and names are read from the tenant wherever that is possible, and these are
//! the fallback.

use uuid::{Uuid, uuid};

/// `ActivityType` Task.
pub const TASK: Uuid = uuid!("fbe0acdc-cfc0-df11-b00f-001d60e938c6");
/// `ActivityType` Email.
pub const EMAIL: Uuid = uuid!("e2831dec-cfc0-df11-b00f-001d60e938c6");
/// `ActivityType` Call.
pub const CALL: Uuid = uuid!("e1831dec-cfc0-df11-b00f-001d60e938c6");
/// `ActivityType` Visit.
pub const VISIT: Uuid = uuid!("e3831dec-cfc0-df11-b00f-001d60e938c6");
/// `ActivityCategory` To do.
pub const TO_DO: Uuid = uuid!("f51c4643-58e6-df11-971b-001d60e938c6");
/// `ActivityCategory` Email.
pub const EMAIL_CATEGORY: Uuid = uuid!("8038a396-7825-e011-8165-00155d043204");
/// `ActivityStatus` Completed.
pub const COMPLETED: Uuid = uuid!("4bdbb88f-58e6-df11-971b-001d60e938c6");
/// `ActivityStatus` Canceled.
pub const CANCELED: Uuid = uuid!("201cfba8-58e6-df11-971b-001d60e938c6");
/// `EmailSendStatus` Sent.
pub const SENT: Uuid = uuid!("8074ffc0-6107-e011-a646-16d83cab0980");
/// `EmailSendStatus` Opened: sent, and read by the recipient.
pub const OPENED: Uuid = uuid!("7459545a-9229-4ee7-b501-03b8a50e2b39");
/// `EmailType` Incoming.
pub const INCOMING: Uuid = uuid!("7f9d1f86-f36b-1410-068c-20cf30b39373");
/// `EmailType` Outgoing.
pub const OUTGOING: Uuid = uuid!("7f6d3f94-f36b-1410-068c-20cf30b39373");
/// `CommunicationType` Email.
pub const BY_EMAIL: Uuid = uuid!("ee1c85c3-cfcb-df11-9b2a-001d60e938c6");
/// `CaseStatus` Resolved.
pub const CASE_RESOLVED: Uuid = uuid!("ae7f411e-f46b-1410-009b-0050ba5d6c38");
/// `CaseStatus` Reopened.
pub const CASE_REOPENED: Uuid = uuid!("f063ebbe-fdc6-4982-8431-d8cfa52fedcf");
/// `CaseStatus` Closed.
pub const CASE_CLOSED: Uuid = uuid!("3e7f420c-f46b-1410-fc9a-0050ba5d6c38");
/// `CaseStatus` Canceled.
pub const CASE_CANCELED: Uuid = uuid!("6e5f4218-f46b-1410-fe9a-0050ba5d6c38");

/// `FileType` File.
pub const FILE: Uuid = uuid!("529bc2f8-0ee0-df11-971b-001d60e938c6");
/// The schema `Case`, as `SocialMessage.EntitySchemaUId` names it.
pub const CASE_SCHEMA: Uuid = uuid!("117d32f9-8275-4534-8411-1c66115ce9cd");

/// `CommunicationType` rows that hold telephone numbers: Mobile, Work, Home, Main, Additional and
/// Other. Fax and Extension are none a text message comes from.
pub const PHONES: [Uuid; 6] = [
    uuid!("d4a2dc80-30ca-df11-9b2a-001d60e938c6"),
    uuid!("3dddb3cc-53ee-49c4-a71f-e9e257f59e49"),
    uuid!("0da6a26b-d7bc-df11-b00f-001d60e938c6"),
    uuid!("6a3fb10c-67cc-df11-9b2a-001d60e938c6"),
    uuid!("2b387201-67cc-df11-9b2a-001d60e938c6"),
    uuid!("21c0d693-9a52-43fa-b7f1-c6d8b53975d4"),
];

/// The stock activity types by their English names.
pub(crate) const TYPE_NAMES: [(&str, Uuid); 4] =
    [("Call", CALL), ("Email", EMAIL), ("Task", TASK), ("Visit", VISIT)];
