//! What is asked of an entity set.

use handover_core::error::{Error, ErrorKind};

use crate::column::{Column, Entity, Path};
use crate::encode;
use crate::filter::Filter;

/// Rows to read: `$select` always, because some tenants fail on reads of all columns.
#[derive(Clone, Debug)]
pub struct Query {
    entity: Entity,
    select: Vec<Column>,
    expand: Vec<(Column, Vec<Column>)>,
    filter: Option<Filter>,
    order: Vec<(Path, bool)>,
    top: usize,
    skip: usize,
    count: bool,
}

impl Query {
    /// Every row of `entity`, with these columns, at most [`Query::MOST`] of them.
    pub fn new(entity: Entity, select: impl IntoIterator<Item = Column>) -> Self {
        Self {
            entity,
            select: select.into_iter().collect(),
            expand: Vec::new(),
            filter: None,
            order: Vec::new(),
            top: Self::MOST,
            skip: 0,
            count: false,
        }
    }

    /// Only rows for which `filter` holds.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = Some(match self.filter.take() {
            Some(first) => first.and(filter),
            None => filter,
        });
        self
    }

    /// With columns of the row that a lookup points to, to be read by [`Row::to`](crate::Row::to).
    #[must_use]
    pub fn expand(mut self, lookup: Column, columns: impl IntoIterator<Item = Column>) -> Self {
        self.expand.push((lookup, columns.into_iter().collect()));
        self
    }

    /// Ordered by a column or what it leads to, after what was named before.
    #[must_use]
    pub fn order_by(mut self, path: impl Into<Path>) -> Self {
        self.order.push((path.into(), false));
        self
    }

    /// Ordered so, greatest first, after what was named before.
    #[must_use]
    pub fn order_by_descending(mut self, path: impl Into<Path>) -> Self {
        self.order.push((path.into(), true));
        self
    }

    /// At most `top` rows.
    #[must_use]
    pub fn top(mut self, top: usize) -> Self {
        self.top = top.min(Self::MOST);
        self
    }

    /// Without the first `skip` rows.
    #[must_use]
    pub fn skip(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    /// The most rows one answer holds. The platform's own limit is 20,000, which it keeps silently.
    pub const MOST: usize = 1_000;

    /// How many rows one answer may hold.
    pub(crate) fn page_size(&self) -> usize {
        self.top
    }

    /// What is left of it after `read` rows.
    pub(crate) fn from(&self, read: usize) -> Self {
        Self { top: self.top.saturating_sub(read), skip: self.skip + read, ..self.clone() }
    }

    /// With the number of all rows.
    pub(crate) fn counted(self) -> Self {
        Self { count: true, ..self }
    }

    /// How many ids may be added to its filter as a list of `column`.
    pub(crate) fn room_for_ids(&self, column: &Column) -> usize {
        let taken = self.filter.as_ref().map_or(0, |filter| filter.nodes() + 1);
        // Each has a comparison, and an `or` to the one before.
        let each = Path::from(column).nodes() + 4;
        ((Filter::NODES + 1).saturating_sub(taken) / each).min(Filter::IDS)
    }

    /// The path below the service root.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for a query the server is known to refuse.
    pub(crate) fn path(&self) -> Result<String, Error> {
        let refused = |message| Err(Error::never(ErrorKind::Invalid, message));
        if self.select.is_empty() {
            return refused("a query names the columns it reads");
        }
        let mut path =
            format!("{}?$select={}&$top={}", self.entity.name(), select(&self.select), self.top);
        if let Some(filter) = &self.filter {
            if filter.nodes() > Filter::NODES {
                return refused("a filter has at most 100 nodes");
            }
            if filter.is_wrong() {
                return refused("a lookup is compared with the id of a row");
            }
            path.push_str("&$filter=");
            path.push_str(&encode::option(filter.text()));
        }
        if !self.expand.is_empty() {
            if self.expand.iter().any(|(lookup, columns)| !lookup.is_lookup() || columns.is_empty())
            {
                return refused("what is expanded is a lookup, with columns");
            }
            let list: Vec<String> = self
                .expand
                .iter()
                .map(|(lookup, columns)| {
                    format!("{}($select={})", lookup.schema_name(), select(columns))
                })
                .collect();
            path.push_str("&$expand=");
            path.push_str(&list.join(","));
        }
        if !self.order.is_empty() {
            let order: Vec<String> = self
                .order
                .iter()
                .map(|(by, down)| format!("{by}{}", if *down { " desc" } else { "" }))
                .collect();
            path.push_str("&$orderby=");
            path.push_str(&encode::option(&order.join(",")));
        }
        if self.skip > 0 {
            path.push_str(&format!("&$skip={}", self.skip));
        }
        if self.count {
            path.push_str("&$count=true");
        }
        if path.len() > LONGEST {
            return refused("the query is too long for a URL: filter by less at a time");
        }
        Ok(path)
    }
}

/// The list of a `$select`.
pub(crate) fn select(columns: &[Column]) -> String {
    columns.iter().map(Column::body).collect::<Vec<_>>().join(",")
}

/// The most bytes of a query.
///
/// Source: Windows' HTTP server takes 16 KiB of a request line, some of which the address needs.
const LONGEST: usize = 15_000;

#[cfg(test)]
mod tests;
