//! What the server adds to a save: defaults, validators, and the listeners of the case, activity
//! and contact packages.

use std::sync::Arc;

use uuid::Uuid;

use super::data::{Cell, Row};
use super::fail::Fail;
use super::schema::Entity;
use super::seed;
use super::tenant::{Happened, Save, Signal, Tenant, Values};

/// Before an insert. `given` are the columns the caller named, empty or not.
pub(crate) fn inserting(
    tenant: &mut Tenant,
    entity: &Entity,
    row: &mut Row,
    given: &[usize],
    save: Save,
) -> Result<(), Fail> {
    match entity.name.as_str() {
        "Activity" => {
            activity_defaults(tenant, entity, row, given, save);
            owner_required(entity, row)?;
        }
        "Case" => case_defaults(tenant, entity, row, save),
        "Contact" => {
            row.fill(entity, "Owner", Cell::Guid(save.by));
            name_from_parts(entity, row);
        }
        "ContactCommunication" => search_number(entity, row),
        "CaseFile" => row.fill(entity, "IsNeedToNotify", Cell::Bool(true)),
        _ => {}
    }
    Ok(())
}

/// After an insert; the row stays whatever this returns.
pub(crate) fn inserted(
    tenant: &mut Tenant,
    entity: &Arc<Entity>,
    id: Uuid,
    save: Save,
) -> Result<(), Fail> {
    match entity.name.as_str() {
        "Activity" => activity_added(tenant, entity, id, save),
        "Case" => {
            signal(tenant, entity, Happened::CaseAdded, None, id);
            Ok(())
        }
        "Contact" => mirror_contact(tenant, entity, None, id, save),
        _ => Ok(()),
    }
}

/// Before an update.
pub(crate) fn updating(
    tenant: &Tenant,
    entity: &Entity,
    before: &Row,
    row: &mut Row,
    save: Save,
) -> Result<(), Fail> {
    match entity.name.as_str() {
        "Activity" => owner_required(entity, row)?,
        "Case" => case_status_changed(tenant, entity, before, row, save),
        "ContactCommunication" => search_number(entity, row),
        _ => {}
    }
    Ok(())
}

/// After an update.
pub(crate) fn updated(
    tenant: &mut Tenant,
    entity: &Arc<Entity>,
    before: &Row,
    id: Uuid,
    save: Save,
) -> Result<(), Fail> {
    match entity.name.as_str() {
        "Activity" => {
            signal(tenant, entity, Happened::ActivityModified, Some(before), id);
        }
        "Case" => signal(tenant, entity, Happened::CaseModified, Some(before), id),
        "Contact" => mirror_contact(tenant, entity, Some(before), id, save)?,
        _ => {}
    }
    Ok(())
}

/// Tells the business processes of a save, where a case is concerned.
fn signal(tenant: &mut Tenant, entity: &Entity, what: Happened, before: Option<&Row>, id: Uuid) {
    let Some(row) = tenant.row(&entity.name, id) else { return };
    let case = if entity.name == "Case" { Some(id) } else { row.get(entity, "Case").guid() };
    let Some(case) = case else { return };
    let changed = entity.columns.iter().enumerate();
    let changed = changed
        .filter(|(index, _)| before.is_some_and(|before| before.cells[*index] != row.cells[*index]))
        .map(|(_, column)| column.property.clone())
        .collect();
    let author = row.get(entity, "CreatedBy").guid();
    tenant.signals.push(Signal { what, case, row: id, author, changed });
}

fn activity_defaults(tenant: &Tenant, entity: &Entity, row: &mut Row, given: &[usize], save: Save) {
    let owner_given = entity.column("Owner").is_some_and(|index| given.contains(&index));
    if !owner_given {
        row.set(entity, "Owner", Cell::Guid(save.by));
    }
    row.fill(entity, "Author", Cell::Guid(save.by));
    row.fill(entity, "StartDate", Cell::Date(save.now));
    row.fill(entity, "DueDate", Cell::Date(save.now));
    row.fill(entity, "Status", Cell::Guid(seed::NOT_STARTED));
    row.fill(entity, "Priority", Cell::Guid(seed::ACTIVITY_PRIORITY));
    row.fill(entity, "CallDirection", Cell::Guid(seed::CALL_DIRECTION));
    let category = row.get(entity, "ActivityCategory").guid();
    let implied = category.map(|id| tenant.cell("ActivityCategory", id, "ActivityType").clone());
    if let Some(kind @ Cell::Guid(_)) = implied {
        row.fill(entity, "Type", kind);
    }
    row.fill(entity, "Type", Cell::Guid(seed::TYPE_TASK));
    row.fill(entity, "ActivityCategory", Cell::Guid(seed::CATEGORY_TODO));
    if is_email(entity, row) {
        row.set(entity, "IsNeedProcess", Cell::Bool(true));
        row.fill(entity, "EmailSendStatus", Cell::Guid(seed::MAIL_NOT_SENT));
        let preview: String = row.get(entity, "Body").as_text().chars().take(250).collect();
        row.fill(entity, "Preview", Cell::text(preview));
    }
}

fn owner_required(entity: &Entity, row: &Row) -> Result<(), Fail> {
    if row.get(entity, "Owner").is_empty() && row.get(entity, "OwnerRole").is_empty() {
        return Err(Fail::server("Field \"Owner\" must be filled in"));
    }
    Ok(())
}

fn activity_added(
    tenant: &mut Tenant,
    entity: &Arc<Entity>,
    id: Uuid,
    save: Save,
) -> Result<(), Fail> {
    let Some(row) = tenant.row("Activity", id).cloned() else { return Ok(()) };
    let case = row.get(entity, "Case").guid();
    signal(tenant, entity, Happened::ActivityAdded, None, id);
    if !is_email(entity, &row) {
        return Ok(());
    }
    let incoming = row.get(entity, "MessageType").guid() == Some(seed::INCOMING);
    if let Some(case) = case {
        remember_message(tenant, entity, &row, case, incoming);
        if incoming {
            reopen_on_email(tenant, case, save)?;
        }
    }
    let sender = row.get(entity, "Sender").as_text();
    if !sender.is_empty() && !sender.contains('<') {
        // The participants are read from the sender after the row was written.
        return Err(Fail::server("Index was outside the bounds of the array."));
    }
    Ok(())
}

fn remember_message(tenant: &mut Tenant, entity: &Entity, row: &Row, case: Uuid, incoming: bool) {
    let author = if incoming { "Contact" } else { "CreatedBy" };
    let id = tenant.fresh_id();
    let values = [
        ("Message", row.get(entity, "Body").clone()),
        ("RecordId", Cell::Guid(row.id())),
        ("Case", Cell::Guid(case)),
        ("OwnerContact", row.get(entity, author).clone()),
        ("CreatedOn", row.get(entity, "CreatedOn").clone()),
        ("ModifiedOn", row.get(entity, "CreatedOn").clone()),
    ];
    tenant.plant("CaseMessageHistory", id, &values);
}

/// A customer's mail on a paused or resolved case reopens it and clears the assignee.
fn reopen_on_email(tenant: &mut Tenant, case: Uuid, save: Save) -> Result<(), Fail> {
    let Some(status) = tenant.cell("Case", case, "Status").guid() else { return Ok(()) };
    let waits = tenant.flag("CaseStatus", status, "IsPaused")
        || tenant.flag("CaseStatus", status, "IsResolved");
    if !waits || tenant.flag("CaseStatus", status, "IsFinal") {
        return Ok(());
    }
    let Some(entity) = tenant.entities.get("Case").cloned() else { return Ok(()) };
    let changes: Values = [("Status", Cell::Guid(seed::STATUS_REOPENED)), ("Owner", Cell::Null)]
        .into_iter()
        .filter_map(|(name, cell)| Some((entity.column(name)?, cell)))
        .collect();
    tenant.update(&entity, case, changes, save)
}

fn case_defaults(tenant: &mut Tenant, entity: &Entity, row: &mut Row, save: Save) {
    if row.get(entity, "Number").is_empty() {
        row.set(entity, "Number", Cell::text(tenant.next_case_number()));
    }
    row.fill(entity, "RegisteredOn", Cell::Date(save.now));
    row.fill(entity, "Status", Cell::Guid(seed::STATUS_NEW));
    row.fill(entity, "Priority", Cell::Guid(seed::PRIORITY_MEDIUM));
    row.fill(entity, "Origin", Cell::Guid(seed::ORIGIN_CALL));
    if row.get(entity, "Origin").guid() == Some(seed::ORIGIN_PORTAL) {
        row.fill(entity, "Contact", Cell::Guid(save.by));
    }
    let subject = row.get(entity, "Subject").clone();
    row.fill(entity, "Symptoms", subject);
    if row.get(entity, "Status").guid().is_some_and(|status| status != seed::STATUS_NEW) {
        stamp_status(tenant, entity, row, save);
    }
}

fn case_status_changed(tenant: &Tenant, entity: &Entity, before: &Row, row: &mut Row, save: Save) {
    let subject = row.get(entity, "Subject").clone();
    row.fill(entity, "Symptoms", subject);
    if before.get(entity, "Status") == row.get(entity, "Status") {
        return;
    }
    row.fill(entity, "RespondedOn", Cell::Date(save.now));
    stamp_status(tenant, entity, row, save);
}

fn stamp_status(tenant: &Tenant, entity: &Entity, row: &mut Row, save: Save) {
    let Some(status) = row.get(entity, "Status").guid() else { return };
    if ends(tenant, status) {
        row.fill(entity, "FirstSolutionProvidedOn", Cell::Date(save.now));
        row.set(entity, "SolutionProvidedOn", Cell::Date(save.now));
    }
    if tenant.flag("CaseStatus", status, "IsFinal") {
        row.fill(entity, "ClosureDate", Cell::Date(save.now));
    }
    if tenant.flag("CaseStatus", status, "IsPaused") {
        row.set(entity, "SolutionDate", Cell::Null);
    }
}

/// Whether a status is one that resolves a case or is final.
pub(crate) fn ends(tenant: &Tenant, status: Uuid) -> bool {
    tenant.flag("CaseStatus", status, "IsFinal") || tenant.flag("CaseStatus", status, "IsResolved")
}

fn is_email(entity: &Entity, row: &Row) -> bool {
    row.get(entity, "Type").guid() == Some(seed::TYPE_EMAIL)
}

fn name_from_parts(entity: &Entity, row: &mut Row) {
    let parts: Vec<&str> = ["GivenName", "MiddleName", "Surname"]
        .into_iter()
        .map(|part| row.get(entity, part).as_text())
        .filter(|part| !part.is_empty())
        .collect();
    let name = parts.join(" ");
    row.fill(entity, "Name", Cell::text(name));
}

/// Phone and e-mail columns of a contact live a second time as communication rows.
fn mirror_contact(
    tenant: &mut Tenant,
    entity: &Entity,
    before: Option<&Row>,
    id: Uuid,
    save: Save,
) -> Result<(), Fail> {
    for (column, kind) in MIRRORED {
        let number = tenant.cell("Contact", id, column).clone();
        let old = before.map_or(&Cell::Null, |row| row.get(entity, column));
        if number != *old && !(number.is_empty() && old.is_empty()) {
            mirror(tenant, id, *kind, old.as_text(), &number, save)?;
        }
    }
    Ok(())
}

fn mirror(
    tenant: &mut Tenant,
    contact: Uuid,
    kind: Uuid,
    old: &str,
    number: &Cell,
    save: Save,
) -> Result<(), Fail> {
    let Some(schema) = tenant.entities.get("ContactCommunication").cloned() else {
        return Ok(());
    };
    let existing = tenant.tables.get("ContactCommunication").and_then(|table| {
        table.rows().find(|row| {
            row.get(&schema, "Contact").guid() == Some(contact)
                && row.get(&schema, "CommunicationType").guid() == Some(kind)
                && row.get(&schema, "Number").as_text() == old
        })
    });
    let existing = existing.map(Row::id);
    if number.is_empty() {
        return existing.map_or(Ok(()), |row| tenant.delete(&schema, row));
    }
    let values: Values = [
        ("Contact", Cell::Guid(contact)),
        ("CommunicationType", Cell::Guid(kind)),
        ("Number", number.clone()),
        ("Primary", Cell::Bool(true)),
    ]
    .into_iter()
    .filter_map(|(name, cell)| Some((schema.column(name)?, cell)))
    .collect();
    match existing {
        Some(row) => tenant.update(&schema, row, values, save),
        None => tenant.insert(&schema, values, save).map(drop),
    }
}

/// Digits reversed for a telephone, lower case for the rest.
fn search_number(entity: &Entity, row: &mut Row) {
    let number = row.get(entity, "Number").as_text();
    let kind = row.get(entity, "CommunicationType").guid();
    let search: String = if kind.is_some_and(|kind| seed::PHONES.contains(&kind)) {
        number.chars().rev().filter(char::is_ascii_digit).collect()
    } else {
        number.to_lowercase()
    };
    row.set(entity, "SearchNumber", Cell::text(search));
}

const MIRRORED: &[(&str, Uuid)] = &[
    ("Phone", seed::BY_WORK),
    ("MobilePhone", seed::BY_MOBILE),
    ("HomePhone", seed::BY_HOME),
    ("Skype", seed::BY_SKYPE),
    ("Email", seed::BY_EMAIL),
];
