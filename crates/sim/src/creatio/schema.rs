use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// True or false.
    Bool,
    /// A point in time.
    Date,
    /// A number with a fraction.
    Float,
    /// A GUID that points nowhere.
    Guid,
    /// A whole number.
    Int,
    /// A row of another entity; `X` reads and writes as `XId`.
    Lookup(String),
    /// The content of a file, only at `…/Data`.
    Stream,
    /// Text of at most so many UTF-16 units.
    Text(Option<usize>),
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// The schema's name: `Case`, not `CaseId`.
    pub(crate) name: String,
    /// The name in bodies and `$select`: `CaseId`.
    pub(crate) property: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) struct Entity {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    /// The column shown to people.
    pub(crate) display: &'static str,
    by_name: BTreeMap<String, usize>,
    by_property: BTreeMap<String, usize>,
}

impl Entity {
    pub(crate) fn new(name: &str, display: &'static str) -> Self {
        let mut entity = Self {
            name: name.to_owned(),
            columns: Vec::new(),
            display,
            by_name: BTreeMap::new(),
            by_property: BTreeMap::new(),
        };
        entity.add_all(BASE);
        entity
    }

    pub(crate) fn add(&mut self, name: &str, kind: Kind) {
        let property = match kind {
            Kind::Lookup(_) => format!("{name}Id"),
            _ => name.to_owned(),
        };
        self.by_name.insert(name.to_owned(), self.columns.len());
        self.by_property.insert(property.clone(), self.columns.len());
        self.columns.push(Column { name: name.to_owned(), property, kind });
    }

    /// Whether there was such a column.
    pub(crate) fn rename(&mut self, name: &str, new: &str) -> bool {
        let Some(index) = self.by_name.remove(name) else { return false };
        let column = &mut self.columns[index];
        self.by_property.remove(&column.property);
        column.property = match column.kind {
            Kind::Lookup(_) => format!("{new}Id"),
            _ => new.to_owned(),
        };
        new.clone_into(&mut column.name);
        self.by_property.insert(column.property.clone(), index);
        self.by_name.insert(new.to_owned(), index);
        true
    }

    /// By the schema's name.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// By the name bodies use.
    pub(crate) fn property(&self, property: &str) -> Option<usize> {
        self.by_property.get(property).copied()
    }

    fn add_all(&mut self, columns: &[(&str, &str)]) {
        for (kind, names) in columns {
            for name in names.split_whitespace() {
                self.add(name, parse_kind(kind));
            }
        }
    }
}

/// Entities by name; tenants share those that they have not changed.
pub(crate) type Entities = BTreeMap<String, Arc<Entity>>;

/// The entities of a fresh tenant.
pub(crate) fn stock() -> Entities {
    static STOCK: LazyLock<Entities> = LazyLock::new(|| {
        let entities = ENTITIES.iter().map(|(name, display, columns)| {
            let mut entity = Entity::new(name, display);
            entity.add_all(columns);
            ((*name).to_owned(), Arc::new(entity))
        });
        entities.collect()
    });
    STOCK.clone()
}

/// `text` unlimited, `text 50` limited, `bool`, `date`, `float`, `guid`, `int`, `stream`;
/// anything else names the entity a lookup points to.
fn parse_kind(kind: &str) -> Kind {
    match kind {
        "bool" => Kind::Bool,
        "date" => Kind::Date,
        "float" => Kind::Float,
        "guid" => Kind::Guid,
        "int" => Kind::Int,
        "stream" => Kind::Stream,
        "text" => Kind::Text(None),
        _ => match kind.strip_prefix("text ").and_then(|length| length.parse().ok()) {
            Some(length) => Kind::Text(Some(length)),
            None => Kind::Lookup(kind.to_owned()),
        },
    }
}

type Columns = &'static [(&'static str, &'static str)];

/// `Id` is column 0 of every entity.
pub(crate) const ID: usize = 0;

const BASE: Columns = &[
    ("guid", "Id"),
    ("date", "CreatedOn"),
    ("Contact", "CreatedBy"),
    ("date", "ModifiedOn"),
    ("Contact", "ModifiedBy"),
    ("int", "ProcessListeners"),
];

const LOOKUP: Columns = &[("text 250", "Name"), ("text", "Description")];

const FILE: Columns = &[
    ("text 250", "Name"),
    ("text", "Notes"),
    ("stream", "Data"),
    ("FileType", "Type"),
    ("int", "Version Size"),
    ("bool", "Inline Uploaded"),
    ("text 500", "ErrorOnUpload"),
    ("text 500", "Tag"),
    ("Activity", "Activity"),
];

const CASE_FILE: Columns = &[
    ("text 250", "Name"),
    ("text", "Notes"),
    ("stream", "Data"),
    ("FileType", "Type"),
    ("int", "Version Size"),
    ("bool", "Inline Uploaded IsNeedToNotify"),
    ("text 500", "ErrorOnUpload"),
    ("text 500", "Tag"),
    ("Case", "Case"),
];

const ENTITIES: &[(&str, &str, Columns)] = &[
    (
        "Account",
        "Name",
        &[
            ("text 250", "Name Phone Web"),
            ("Contact", "PrimaryContact Owner"),
            ("Account", "Parent"),
            ("text", "Notes"),
        ],
    ),
    (
        "Activity",
        "Title",
        &[
            ("text 450", "Title"),
            ("date", "StartDate DueDate SendDate RemoteCreatedOn"),
            ("ActivityStatus", "Status"),
            ("ActivityPriority", "Priority"),
            ("ActivityCategory", "ActivityCategory"),
            ("ActivityType", "Type"),
            ("Contact", "Owner Author Organizer Contact SenderContact"),
            ("Account", "Account"),
            ("Case", "Case"),
            ("Activity", "ActivityConnection"),
            ("SysAdminUnit", "OwnerRole"),
            ("text", "Body Notes DetailedResult Recepient CopyRecepient BlindCopyRecepient"),
            ("text", "HeaderProperties"),
            ("text 250", "Sender GlobalActivityID Preview"),
            ("text 50", "MailHash"),
            ("text 500", "Location"),
            ("EmailSendStatus", "EmailSendStatus"),
            ("EmailType", "MessageType"),
            ("CallDirection", "CallDirection"),
            ("bool", "IsHtmlBody ShowInScheduler IsNeedProcess ServiceProcessed"),
            ("bool", "IsAutoSubmitted IsNotPublished RemindToOwner"),
        ],
    ),
    ("ActivityCategory", "Name", &[("text 250", "Name"), ("ActivityType", "ActivityType")]),
    ("ActivityFile", "Name", FILE),
    ("ActivityPriority", "Name", LOOKUP),
    ("ActivityStatus", "Name", &[("text 250", "Name"), ("text 50", "Code"), ("bool", "Finish")]),
    ("ActivityType", "Name", &[("text 250", "Name"), ("text 50", "Code")]),
    ("CallDirection", "Name", LOOKUP),
    (
        "Case",
        "Number",
        &[
            ("text 50", "Number"),
            ("date", "RegisteredOn"),
            ("text 500", "Subject"),
            ("text", "Symptoms Solution Notes SatisfactionLevelComment"),
            ("CaseStatus", "Status"),
            ("CasePriority", "Priority"),
            ("CaseOrigin", "Origin"),
            ("Contact", "Contact Owner"),
            ("Account", "Account"),
            ("SysAdminUnit", "Group"),
            ("CaseCategory", "Category"),
            ("SatisfactionLevel", "SatisfactionLevel"),
            ("Case", "ParentCase"),
            ("Activity", "ParentActivity"),
            ("date", "ResponseDate SolutionDate RespondedOn SolutionProvidedOn"),
            ("date", "FirstSolutionProvidedOn ClosureDate"),
            ("ClosureCode", "ClosureCode"),
            ("bool", "ResponseOverdue SolutionOverdue"),
            ("float", "SolutionRemains"),
        ],
    ),
    ("CaseCategory", "Name", LOOKUP),
    ("CaseFile", "Name", CASE_FILE),
    (
        "CaseMessageHistory",
        "Message",
        &[
            ("text", "Message"),
            ("guid", "RecordId"),
            ("bool", "HasAttachment"),
            ("Case", "Case"),
            ("Contact", "OwnerContact"),
        ],
    ),
    ("CaseOrigin", "Name", LOOKUP),
    ("CasePriority", "Name", LOOKUP),
    (
        "CaseStatus",
        "Name",
        &[
            ("text 250", "Name"),
            ("bool", "IsFinal IsResolved IsPaused IsDisplayed"),
            ("int", "StageNumber"),
            ("text 50", "StatusColor"),
            ("ClosureCode", "ClosureCode"),
        ],
    ),
    ("ClosureCode", "Name", LOOKUP),
    ("CommunicationType", "Name", LOOKUP),
    (
        "Contact",
        "Name",
        &[
            ("text 250", "Name Surname GivenName MiddleName JobTitle"),
            ("text 250", "Phone MobilePhone HomePhone Skype Email"),
            ("text", "Address Notes"),
            ("text 50", "Zip"),
            ("Contact", "Owner"),
            ("Account", "Account"),
            ("ContactType", "Type"),
            ("bool", "DoNotUseEmail DoNotUseSms DoNotUseCall IsNonActualEmail"),
        ],
    ),
    (
        "ContactCommunication",
        "Number",
        &[
            ("Contact", "Contact"),
            ("CommunicationType", "CommunicationType"),
            ("text 250", "Number SearchNumber SocialMediaId"),
            ("int", "Position"),
            ("bool", "Primary NonActual"),
            ("date", "DateSetNonActual"),
        ],
    ),
    ("ContactType", "Name", LOOKUP),
    ("EmailSendStatus", "Name", LOOKUP),
    ("EmailType", "Name", LOOKUP),
    ("FileType", "Name", LOOKUP),
    ("SatisfactionLevel", "Name", LOOKUP),
    (
        "SocialMessage",
        "Message",
        &[
            ("guid", "EntitySchemaUId EntityId"),
            ("text", "Message"),
            ("SocialMessage", "Parent"),
            ("int", "LikeCount CommentCount"),
        ],
    ),
    (
        "SysAdminUnit",
        "Name",
        &[
            ("text 250", "Name Email TimeZoneId"),
            ("int", "SysAdminUnitTypeValue ConnectionType"),
            ("SysAdminUnit", "ParentRole"),
            ("Contact", "Contact"),
            ("bool", "Active"),
            ("int", "SessionTimeout"),
        ],
    ),
    (
        "SysFile",
        "Name",
        &[
            ("text 250", "Name"),
            ("stream", "Data"),
            ("FileType", "Type"),
            ("int", "Version Size"),
            ("bool", "Uploaded"),
            ("text 50", "RecordSchemaName"),
            ("guid", "RecordId"),
        ],
    ),
    ("SysUserInRole", "SysUser", &[("SysAdminUnit", "SysUser SysRole")]),
];
