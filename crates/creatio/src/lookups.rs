//! Small tables of the tenant, kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use handover_core::desk::CaseStatus;
use handover_core::error::Error;
use uuid::Uuid;

use crate::client::Client;
use crate::column::{Column, Entity};
use crate::config::ReplyRule;
use crate::entities::{self, base, flag};
use crate::ids;
use crate::parse::{Row, guid};
use crate::query::Query;

/// The tables.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    case_statuses: Table,
    activity_statuses: Table,
    activity_types: Table,
    names: Mutex<HashMap<Uuid, Box<str>>>,
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
        let columns = [base::ID, base::NAME, flag::IS_FINAL, flag::IS_RESOLVED];
        let rows =
            self.case_statuses.rows(client, &entities::CASE_STATUS, &columns, Some(status)).await?;
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

    /// The types a rule names, and the names in it that nothing has.
    pub(crate) async fn reply_types(
        &self,
        client: &Client,
        rule: &ReplyRule,
    ) -> Result<(Vec<Uuid>, Vec<String>), Error> {
        if let Some(types) = rule.types.iter().map(|name| guid(name)).collect() {
            return Ok((types, Vec::new()));
        }
        let columns = [base::ID, base::NAME];
        let table = &self.activity_types;
        let rows = table.rows(client, &entities::ACTIVITY_TYPE, &columns, None).await?;
        let (mut types, mut unknown) = (Vec::new(), Vec::new());
        for name in &rule.types {
            match guid(name).or_else(|| by_name(&rows, name)) {
                Some(id) => types.push(id),
                None => unknown.push(name.clone()),
            }
        }
        Ok((types, unknown))
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

/// For how long rows are good.
const KEPT: Duration = Duration::minutes(10);
/// For how long they are good when a row is asked for that is not among them.
const KEPT_WITHOUT: Duration = Duration::seconds(30);
const MOST_NAMES: usize = 1_000;
