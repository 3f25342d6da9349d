//! What is asked of an entity set.

use handover_core::error::{Error, ErrorKind};

use crate::column::{Column, Entity};
use crate::encode;
use crate::filter::Filter;

/// Rows to read: `$select` always, because some tenants fail on reads of all columns.
#[derive(Clone, Debug)]
pub struct Query {
    entity: Entity,
    select: Vec<Column>,
    filter: Option<Filter>,
    order: Vec<(Column, bool)>,
    top: usize,
    skip: usize,
}

impl Query {
    /// Every row of `entity`, with these columns, at most [`Query::MOST`] of them.
    pub fn new(entity: Entity, select: impl IntoIterator<Item = Column>) -> Self {
        let select = select.into_iter().collect();
        Self { entity, select, filter: None, order: Vec::new(), top: Self::MOST, skip: 0 }
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

    /// Ordered by `column`, after what was named before.
    #[must_use]
    pub fn order_by(mut self, column: Column) -> Self {
        self.order.push((column, false));
        self
    }

    /// Ordered by `column`, greatest first, after what was named before.
    #[must_use]
    pub fn order_by_descending(mut self, column: Column) -> Self {
        self.order.push((column, true));
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

    /// The path below the service root.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for a query the server is known to refuse.
    pub(crate) fn path(&self) -> Result<String, Error> {
        if self.select.is_empty() {
            return Err(Error::never(ErrorKind::Invalid, "a query names the columns it reads"));
        }
        let mut path =
            format!("{}?$select={}&$top={}", self.entity.name(), select(&self.select), self.top);
        if let Some(filter) = &self.filter {
            if filter.nodes() > Filter::NODES {
                return Err(Error::never(ErrorKind::Invalid, "a filter has at most 100 nodes"));
            }
            path.push_str("&$filter=");
            path.push_str(&encode::option(filter.text()));
        }
        if !self.order.is_empty() {
            let order: Vec<String> = self
                .order
                .iter()
                .map(|(column, down)| {
                    format!("{}{}", column.path(), if *down { " desc" } else { "" })
                })
                .collect();
            path.push_str("&$orderby=");
            path.push_str(&encode::option(&order.join(",")));
        }
        if self.skip > 0 {
            path.push_str(&format!("&$skip={}", self.skip));
        }
        Ok(path)
    }
}

/// The list of a `$select`.
pub(crate) fn select(columns: &[Column]) -> String {
    columns.iter().map(Column::body).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
