//! Small tables of the tenant, kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use handover_core::desk::CaseStatus;
use handover_core::error::Error;
use uuid::Uuid;

use crate::budget::Priority;
use crate::client::Client;
use crate::column::{Column, Entity};
use crate::entities::{self, base, flag};
use crate::filter::Filter;
use crate::ids;
use crate::parse::{Row, guid};
use crate::query::Query;

/// The tables.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    case_statuses: Table,
    activity_statuses: Table,
    named: Mutex<HashMap<Entity, Arc<Table>>>,
    names: Mutex<HashMap<Uuid, Box<str>>>,
}

/// What a label names in a table. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    Row(Uuid),
    /// More than one row has this name.
    Several,
    Unknown,
}

/// The rows of one table, by id.
pub(crate) type Rows = Arc<HashMap<Uuid, Row>>;

#[derive(Debug, Default)]
struct Table(Mutex<Option<(DateTime<Utc>, Rows)>>);

impl Lookups {
    /// Where a case with this status stands, by the flags of the status.
    ///
    /// Source: tenants rename statuses and add their own; the flags say what they mean.
    pub(crate) async fn case_status(
        &self,
        client: &Client,
        status: Option<Uuid>,
    ) -> Result<CaseStatus, Error> {
        let Some(status) = status else { return Ok(CaseStatus::Open) };
        let rows = self.all_case_statuses(client, Some(status)).await?;
        Ok(match rows.get(&status) {
            Some(row) if row.flag(&flag::IS_FINAL) => CaseStatus::Final,
            Some(row) if row.flag(&flag::IS_RESOLVED) => CaseStatus::Resolved,
            Some(_) => CaseStatus::Open,
            None => match status {
                ids::CASE_CLOSED | ids::CASE_CANCELED => CaseStatus::Final,
                ids::CASE_RESOLVED => CaseStatus::Resolved,
                _ => CaseStatus::Open,
            },
        })
    }

    /// Whether an activity with this status is done. A canceled one is finished, but nothing that
    /// anybody was to read.
    pub(crate) async fn is_done(
        &self,
        client: &Client,
        status: Option<Uuid>,
    ) -> Result<bool, Error> {
        let Some(status) = status.filter(|status| *status != ids::CANCELED) else {
            return Ok(false);
        };
        let columns = [base::ID, flag::FINISH];
        let table = &self.activity_statuses;
        let rows = table.rows(client, &entities::ACTIVITY_STATUS, &columns, Some(status)).await?;
        Ok(rows.get(&status).map_or(status == ids::COMPLETED, |row| row.flag(&flag::FINISH)))
    }

    /// The status that a case gets that is opened again: the stock row if the tenant has it, else one
    /// of that name, else the first by stage of those that are neither over nor paused.
    pub(crate) async fn reopened_status(&self, client: &Client) -> Result<Option<Uuid>, Error> {
        let rows = self.all_case_statuses(client, None).await?;
        let is_open = |row: &Row| {
            ![flag::IS_FINAL, flag::IS_RESOLVED, flag::IS_PAUSED].iter().any(|over| row.flag(over))
        };
        let open = || rows.iter().filter(|(_, row)| is_open(row));
        let stock = open().find(|(id, _)| **id == ids::CASE_REOPENED);
        let named = || open().find(|(_, row)| row.text(&base::NAME) == Some("Reopened"));
        let first = || open().min_by_key(|(id, row)| (row.number(&flag::STAGE), **id));
        Ok(stock.or_else(named).or_else(first).map(|(id, _)| *id))
    }

    /// Some status of cases that are solved, or over for good.
    pub(crate) async fn some_resolved_status(
        &self,
        client: &Client,
    ) -> Result<Option<Uuid>, Error> {
        let rows = self.all_case_statuses(client, None).await?;
        let solved = rows.iter().filter(|(_, row)| row.flag(&flag::IS_RESOLVED));
        let over = rows.iter().filter(|(_, row)| row.flag(&flag::IS_FINAL));
        Ok(solved.chain(over).map(|(id, _)| *id).next())
    }

    async fn all_case_statuses(
        &self,
        client: &Client,
        wanted: Option<Uuid>,
    ) -> Result<Rows, Error> {
        let columns =
            [base::ID, base::NAME, flag::IS_FINAL, flag::IS_RESOLVED, flag::IS_PAUSED, flag::STAGE];
        self.case_statuses.rows(client, &entities::CASE_STATUS, &columns, wanted).await
    }

    /// The rows of a table that these names or ids mean, and the names that nothing has.
    pub(crate) async fn ids_of(
        &self,
        client: &Client,
        entity: &Entity,
        names: &[String],
    ) -> Result<(Vec<Uuid>, Vec<String>), Error> {
        if let Some(ids) = names.iter().map(|name| guid(name)).collect() {
            return Ok((ids, Vec::new()));
        }
        let rows = self.table(entity).rows(client, entity, &[base::ID, base::NAME], None).await?;
        let (mut ids, mut unknown) = (Vec::new(), Vec::new());
        for name in names {
            match guid(name).or_else(|| by_name(&rows, name)) {
                Some(id) => ids.push(id),
                None => unknown.push(name.clone()),
            }
        }
        Ok((ids, unknown))
    }

    /// The row of a table that has this name; never a guess.
    pub(crate) async fn label(
        &self,
        client: &Client,
        entity: &Entity,
        label: &str,
    ) -> Result<Label, Error> {
        let columns = [base::ID, base::NAME];
        let table = self.table(entity);
        let rows = table.rows(client, entity, &columns, guid(label)).await?;
        if let Some(id) = guid(label).filter(|id| rows.contains_key(id)) {
            return Ok(Label::Row(id));
        }
        let found = labelled(rows.iter().map(|(id, row)| (*id, row)), label);
        if found != Label::Unknown || rows.len() < Query::MOST {
            return Ok(found);
        }
        // There are more rows than one answer holds.
        let query = Query::new(entity.clone(), columns).filter(Filter::eq(&base::NAME, label));
        let rows = client.query(&query.top(MOST_ALIKE)).await?;
        Ok(labelled(rows.iter().filter_map(|row| Some((row.id(&base::ID)?, row))), label))
    }

    fn table(&self, entity: &Entity) -> Arc<Table> {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(named.entry(entity.clone()).or_default())
    }

    /// The names of contacts, as far as they can be read.
    pub(crate) async fn names(&self, client: &Client, ids: &[Uuid]) -> HashMap<Uuid, Box<str>> {
        let mut known: HashMap<Uuid, Box<str>> = HashMap::new();
        let mut unknown: Vec<Uuid> = Vec::new();
        {
            let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
            for id in ids {
                match names.get(id) {
                    Some(name) => drop(known.insert(*id, name.clone())),
                    None if !unknown.contains(id) => unknown.push(*id),
                    None => {}
                }
            }
        }
        // A name is a courtesy: without it the reply goes out all the same.
        let columns = [base::ID, base::NAME];
        let client = client.with_priority(Priority::Enrichment);
        let Ok(rows) = client.rows(&entities::CONTACT, &unknown, &columns).await else {
            return known;
        };
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() > MOST_NAMES {
            names.clear();
        }
        for row in rows {
            if let (Some(id), Some(name)) = (row.id(&base::ID), row.text(&base::NAME)) {
                names.insert(id, name.into());
                known.insert(id, name.into());
            }
        }
        known
    }
}

impl Table {
    /// The rows, read again when they are old, or when `wanted` is not among rows that are not new.
    async fn rows(
        &self,
        client: &Client,
        entity: &Entity,
        columns: &[Column],
        wanted: Option<Uuid>,
    ) -> Result<Rows, Error> {
        let now = client.now();
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, rows)) = &kept {
            let has = wanted.is_none_or(|id| rows.contains_key(&id));
            let limit = if has { KEPT } else { KEPT_WITHOUT };
            if now - *at < limit {
                return Ok(Arc::clone(rows));
            }
        }
        let query = Query::new(entity.clone(), columns.iter().cloned());
        let rows = client.query(&query).await?;
        let rows: Rows =
            Arc::new(rows.into_iter().filter_map(|row| Some((row.id(&base::ID)?, row))).collect());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&rows)));
        Ok(rows)
    }
}

/// The row with this name, or the stock row that has it in English where names are translated.
fn by_name(rows: &Rows, name: &str) -> Option<Uuid> {
    let named = rows
        .iter()
        .find(|(_, row)| row.text(&base::NAME).is_some_and(|text| text.eq_ignore_ascii_case(name)));
    let stock = ids::TYPE_NAMES.iter().find(|(stock, _)| stock.eq_ignore_ascii_case(name));
    named.map(|(id, _)| *id).or_else(|| stock.map(|(_, id)| *id).filter(|id| rows.contains_key(id)))
}

/// The row whose name people read as `label`: letter case and space around it do not count.
fn labelled<'a>(rows: impl Iterator<Item = (Uuid, &'a Row)>, label: &str) -> Label {
    let label = label.trim().to_lowercase();
    let is_named =
        |row: &Row| row.text(&base::NAME).is_some_and(|n| n.trim().to_lowercase() == label);
    let mut found = rows.filter(|(_, row)| is_named(row)).map(|(id, _)| id);
    match (found.next(), found.next()) {
        (Some(id), None) => Label::Row(id),
        (None, _) => Label::Unknown,
        (Some(_), Some(_)) => Label::Several,
    }
}

/// For how long rows are good.
const KEPT: Duration = Duration::minutes(10);
/// For how long they are good when a row is asked for that is not among them.
const KEPT_WITHOUT: Duration = Duration::seconds(30);
const MOST_NAMES: usize = 1_000;
/// More rows of one name than this make no difference.
const MOST_ALIKE: usize = 10;
