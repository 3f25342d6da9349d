use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::Quirk;
use super::data::Row;
use super::fail::Fail;
use super::filter::Filter;
use super::path::{self, Path};
use super::schema::{Entity, Kind};
use super::tenant::Tenant;

/// The query options of a read.
#[derive(Debug, Default)]
pub(crate) struct Query {
    filter: Option<Filter>,
    order: Vec<(Path, bool)>,
    top: Option<usize>,
    skip: usize,
    pub(crate) count: bool,
    shape: Shape,
}

/// What of a row is shown: `$select` and `$expand`.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    columns: Option<Vec<usize>>,
    expand: Vec<(usize, Arc<Entity>, Self)>,
}

impl Query {
    pub(crate) fn parse(tenant: &Tenant, entity: &Entity, query: &str) -> Result<Self, Fail> {
        let mut parsed = Self::default();
        let mut seen = HashSet::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if !name.starts_with('$') {
                continue;
            }
            if !seen.insert(name.clone()) {
                return Err(Fail::query(format!("Query option '{name}' was specified twice.")));
            }
            match name.as_str() {
                "$count" => parsed.count = value.parse().map_err(|_| bad(&name, &value))?,
                "$expand" => parsed.shape.expand(tenant, entity, &value)?,
                "$filter" => parsed.filter = Some(Filter::parse(tenant, entity, &value)?),
                "$orderby" => parsed.order = order(tenant, entity, &value)?,
                "$select" => parsed.shape.select(entity, &value)?,
                "$skip" => parsed.skip = value.parse().map_err(|_| bad(&name, &value))?,
                "$top" => parsed.top = Some(value.parse().map_err(|_| bad(&name, &value))?),
                _ => {
                    return Err(Fail::query(format!(
                        "The query parameter '{name}' is not supported."
                    )));
                }
            }
        }
        Ok(parsed)
    }

    /// The rows of a page, and how many there are without paging.
    pub(crate) fn run<'a>(
        &self,
        tenant: &'a Tenant,
        entity: &Entity,
        now: DateTime<Utc>,
    ) -> (Vec<&'a Row>, usize) {
        let table = tenant.tables.get(&entity.name);
        let mut rows: Vec<&Row> = table
            .iter()
            .flat_map(|table| table.rows())
            .filter_map(|row| row.seen(now))
            .filter(|row| self.filter.as_ref().is_none_or(|filter| filter.matches(tenant, row)))
            .collect();
        let all = rows.len();
        if !self.order.is_empty() {
            rows.sort_by(|left, right| {
                let orders = self.order.iter().map(|(path, descending)| {
                    let order = path::order(path.value(tenant, left), path.value(tenant, right));
                    if *descending { order.reverse() } else { order }
                });
                orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
            });
        }
        let cap = tenant.limits.rows;
        let top = self.top.unwrap_or(cap).min(cap);
        (rows.into_iter().skip(self.skip).take(top).collect(), all)
    }

    /// Whether more rows are asked for than a page may hold.
    pub(crate) fn asks_for_more_than(&self, rows: usize) -> bool {
        self.top.is_some_and(|top| top > rows)
    }

    /// Whether the columns are named.
    pub(crate) fn selects(&self) -> bool {
        self.shape.columns.is_some()
    }

    pub(crate) fn show(&self, tenant: &Tenant, entity: &Entity, row: &Row) -> Map<String, Value> {
        self.shape.show(tenant, entity, row)
    }
}

impl Shape {
    pub(crate) fn show(&self, tenant: &Tenant, entity: &Entity, row: &Row) -> Map<String, Value> {
        let mut shown = Map::new();
        let mut show = |index: usize| {
            let column = &entity.columns[index];
            if column.kind == Kind::Stream {
                return;
            }
            let mut value = row.cells[index].shown(&column.kind);
            if column.kind == Kind::Float && tenant.quirks.contains(&Quirk::NumbersAsText) {
                value = json!(value.to_string());
            }
            shown.insert(column.property.clone(), value);
        };
        match &self.columns {
            Some(columns) => columns.iter().copied().for_each(&mut show),
            None => (0..entity.columns.len()).for_each(&mut show),
        }
        for (index, target, shape) in &self.expand {
            let next = row.cells[*index].guid().and_then(|id| tenant.row(&target.name, id));
            let value = next.map_or(Value::Null, |row| shape.show(tenant, target, row).into());
            shown.insert(entity.columns[*index].name.clone(), value);
        }
        shown
    }

    fn select(&mut self, entity: &Entity, list: &str) -> Result<(), Fail> {
        let mut columns = Vec::new();
        for name in list.split(',').map(str::trim) {
            if name == "*" {
                return Ok(());
            }
            if let Some(index) = entity.property(name) {
                columns.push(index);
            } else if entity.column(name).is_none() {
                return Err(path::unknown(entity, name));
            }
        }
        self.columns = Some(columns);
        Ok(())
    }

    fn expand(&mut self, tenant: &Tenant, entity: &Entity, list: &str) -> Result<(), Fail> {
        for item in split(list, ',') {
            let (name, options) = match item.split_once('(') {
                Some((name, rest)) => (name, rest.strip_suffix(')').unwrap_or(rest)),
                None => (item, ""),
            };
            let index = entity.column(name).ok_or_else(|| path::unknown(entity, name))?;
            let Kind::Lookup(target) = &entity.columns[index].kind else {
                return Err(Fail::query(format!("Property '{name}' cannot be expanded.")));
            };
            let target = tenant.entities.get(target).ok_or_else(|| path::unknown(entity, name))?;
            let mut shape = Self::default();
            for option in split(options, ';') {
                match option.split_once('=') {
                    Some(("$select", list)) => shape.select(target, list)?,
                    Some(("$expand", list)) => shape.expand(tenant, target, list)?,
                    _ => return Err(bad("$expand", option)),
                }
            }
            self.expand.push((index, Arc::clone(target), shape));
        }
        Ok(())
    }
}

/// Percent-decoding only: a `+` stays a `+`.
pub(crate) fn decode(text: &str) -> Result<String, Fail> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_| Fail::query("The URI is not valid UTF-8."))
}

fn order(tenant: &Tenant, entity: &Entity, list: &str) -> Result<Vec<(Path, bool)>, Fail> {
    let mut order = Vec::new();
    for item in list.split(',') {
        let (path, descending) = match item.trim().split_once(' ') {
            None => (item.trim(), false),
            Some((path, "asc")) => (path, false),
            Some((path, "desc")) => (path, true),
            Some(_) => return Err(bad("$orderby", item)),
        };
        order.push((Path::resolve(tenant, entity, path)?, descending));
    }
    Ok(order)
}

/// Splits outside of parentheses.
fn split(list: &str, separator: char) -> Vec<&str> {
    let mut depth = 0_i32;
    let parts = list.split(move |character| {
        depth += i32::from(character == '(') - i32::from(character == ')');
        depth == 0 && character == separator
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn bad(name: &str, value: &str) -> Fail {
    Fail::query(format!("Invalid value '{value}' for the query option '{name}'."))
}
