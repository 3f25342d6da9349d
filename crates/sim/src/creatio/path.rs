use std::cmp::Ordering;

use super::data::{Cell, Row};
use super::fail::Fail;
use super::schema::{Entity, ID, Kind};
use super::tenant::Tenant;

/// A column as `$filter` and `$orderby` name it: `Subject`, `Case/Id`, `Owner/Account/Name`.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// The lookup columns on the way, each with the entity it leads to.
    hops: Vec<(usize, String)>,
    column: usize,
    pub(crate) kind: Kind,
    /// What a parser counts for it: the access, the variable it starts at, and each hop.
    pub(crate) nodes: usize,
}

impl Path {
    pub(crate) fn resolve(tenant: &Tenant, entity: &Entity, text: &str) -> Result<Self, Fail> {
        let mut hops = Vec::new();
        let mut here = entity;
        let mut segments = text.split('/').peekable();
        while let Some(segment) = segments.next() {
            let index = here.column(segment).or_else(|| here.property(segment));
            let Some(index) = index else { return Err(unknown(here, segment)) };
            let column = &here.columns[index];
            let last = segments.peek().is_none();
            match &column.kind {
                // The generated class has the property, the schema behind it has not.
                Kind::Lookup(_) if column.property == segment => {
                    return Err(Fail::server(format!(
                        "Column by path {} not found in schema {}.",
                        text.replace('/', "."),
                        entity.name
                    )));
                }
                Kind::Lookup(target) if !last => {
                    let Some(next) = tenant.entities.get(target) else {
                        return Err(unknown(here, segment));
                    };
                    hops.push((index, target.clone()));
                    here = next;
                }
                kind if last && !matches!(kind, Kind::Lookup(_) | Kind::Stream) => {
                    let nodes = 2 + hops.len();
                    // The key of a row is what points to it: the last hop can be saved.
                    let saved = if index == ID { hops.pop() } else { None };
                    let column = saved.map_or(index, |(column, _)| column);
                    return Ok(Self { hops, column, kind: kind.clone(), nodes });
                }
                _ => return Err(Fail::query(format!("'{text}' is not a path to a value."))),
            }
        }
        Err(Fail::query("An identifier was expected."))
    }

    pub(crate) fn value<'a>(&self, tenant: &'a Tenant, row: &'a Row) -> &'a Cell {
        let mut row = row;
        for (index, target) in &self.hops {
            let next = row.cells[*index].guid().and_then(|id| tenant.row(target, id));
            let Some(next) = next else { return &Cell::Null };
            row = next;
        }
        &row.cells[self.column]
    }
}

/// The order of two cells of one column; nothing comes first.
pub(crate) fn order(left: &Cell, right: &Cell) -> Ordering {
    match (left, right) {
        (Cell::Bool(left), Cell::Bool(right)) => left.cmp(right),
        (Cell::Date(left), Cell::Date(right)) => left.cmp(right),
        (Cell::Float(left), Cell::Float(right)) => left.total_cmp(right),
        (Cell::Guid(left), Cell::Guid(right)) => left.cmp(right),
        (Cell::Int(left), Cell::Int(right)) => left.cmp(right),
        (Cell::Text(left), Cell::Text(right)) => left.cmp(right),
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Less,
        _ => Ordering::Greater,
    }
}

pub(crate) fn unknown(entity: &Entity, name: &str) -> Fail {
    Fail::query(format!(
        "Could not find a property named '{name}' on type 'Terrasoft.Configuration.OData.{}'.",
        entity.name
    ))
}
