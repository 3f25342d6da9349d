//! `$filter`.

use uuid::Uuid;

use crate::column::{Column, Value};
use crate::encode;

/// A condition on rows.
///
/// Source: `eq ne gt ge lt le and or`, `startswith` and comparison with `null` work; `in`, `any` and
/// `all` do not, and a filter has at most 100 nodes.
#[derive(Clone)]
pub struct Filter {
    text: String,
    nodes: usize,
    compound: bool,
}

impl Filter {
    /// The column is `value`.
    pub fn eq(column: &Column, value: impl Into<Value>) -> Self {
        Self::compare(column, "eq", &value.into())
    }

    /// The column is not `value`.
    pub fn ne(column: &Column, value: impl Into<Value>) -> Self {
        Self::compare(column, "ne", &value.into())
    }

    /// The column is `value` or more.
    pub fn ge(column: &Column, value: impl Into<Value>) -> Self {
        Self::compare(column, "ge", &value.into())
    }

    /// The column is more than `value`.
    pub fn gt(column: &Column, value: impl Into<Value>) -> Self {
        Self::compare(column, "gt", &value.into())
    }

    /// The column is less than `value`.
    pub fn lt(column: &Column, value: impl Into<Value>) -> Self {
        Self::compare(column, "lt", &value.into())
    }

    /// The text begins with `start`.
    pub fn starts_with(column: &Column, start: &str) -> Self {
        let text = format!("startswith({},{})", column.path(), encode::literal(start));
        Self { text, nodes: path_nodes(column) + 3, compound: false }
    }

    /// The row has one of these ids: at most [`Filter::IDS`] of them in one filter.
    ///
    /// `None` for no ids.
    pub fn any_of(column: &Column, ids: &[Uuid]) -> Option<Self> {
        ids.iter().map(|id| Self::eq(column, *id)).reduce(Self::or)
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.join("and", other)
    }

    /// One of them holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.join("or", other)
    }

    /// How many nodes the server will count, rather too many than too few.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// The text of the option, not yet percent-encoded.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many ids [`Filter::any_of`] may be given. 15 are known to pass, and 20 to fail.
    pub const IDS: usize = 15;

    /// The most nodes a filter may have.
    pub const NODES: usize = 100;

    fn compare(column: &Column, operator: &str, value: &Value) -> Self {
        let literal = match value {
            Value::Flag(flag) => flag.to_string(),
            Value::Id(id) => id.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => encode::literal(text),
            Value::Time(at) => encode::time(*at),
        };
        let text = format!("{} {operator} {literal}", column.path());
        Self { text, nodes: path_nodes(column) + 3, compound: false }
    }

    fn join(self, operator: &str, other: Self) -> Self {
        let flat = operator == "or" && self.compound_by("or");
        let left = if self.compound && !flat { format!("({})", self.text) } else { self.text };
        let right = if other.compound { format!("({})", other.text) } else { other.text };
        let text = format!("{left} {operator} {right}");
        Self { text, nodes: self.nodes + other.nodes + 1, compound: true }
    }

    /// Whether it is a chain of this operator alone, which needs no parentheses when it grows.
    fn compound_by(&self, operator: &str) -> bool {
        let other = if operator == "or" { " and " } else { " or " };
        self.compound && !self.text.contains('(') && !self.text.contains(other)
    }
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").field("nodes", &self.nodes).finish_non_exhaustive()
    }
}

fn path_nodes(column: &Column) -> usize {
    2 + usize::from(column.is_lookup())
}

#[cfg(test)]
mod tests;
