//! `$filter`.

use std::fmt;

use uuid::Uuid;

use crate::column::{Path, Value};
use crate::encode;

/// A condition on rows.
///
/// Source: `eq ne gt ge lt le and or`, `startswith`, `endswith`, `contains` and comparison with `null`
/// work; `in`, `any` and `all` do not, and a filter has at most 100 nodes.
#[derive(Clone)]
pub struct Filter {
    text: String,
    nodes: usize,
    shape: Shape,
    /// The path is a lookup and the value no id, or the other way round: the server would refuse it.
    wrong: bool,
}

/// What stands outermost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    And,
    Or,
    Single,
}

impl Filter {
    /// The value is `value`.
    pub fn eq(path: impl Into<Path>, value: impl Into<Value>) -> Self {
        Self::compare(&path.into(), "eq", &value.into())
    }

    /// The value is not `value`.
    pub fn ne(path: impl Into<Path>, value: impl Into<Value>) -> Self {
        Self::compare(&path.into(), "ne", &value.into())
    }

    /// The value is `value` or more.
    pub fn ge(path: impl Into<Path>, value: impl Into<Value>) -> Self {
        Self::compare(&path.into(), "ge", &value.into())
    }

    /// The value is more than `value`.
    pub fn gt(path: impl Into<Path>, value: impl Into<Value>) -> Self {
        Self::compare(&path.into(), "gt", &value.into())
    }

    /// The value is `value` or less.
    pub fn le(path: impl Into<Path>, value: impl Into<Value>) -> Self {
        Self::compare(&path.into(), "le", &value.into())
    }

    /// The value is less than `value`.
    pub fn lt(path: impl Into<Path>, value: impl Into<Value>) -> Self {
        Self::compare(&path.into(), "lt", &value.into())
    }

    /// There is no value: a lookup points nowhere.
    pub fn is_null(path: impl Into<Path>) -> Self {
        Self::null(&path.into(), "eq")
    }

    /// There is a value.
    pub fn is_not_null(path: impl Into<Path>) -> Self {
        Self::null(&path.into(), "ne")
    }

    /// The text begins with `start`.
    pub fn starts_with(path: impl Into<Path>, start: &str) -> Self {
        Self::call("startswith", &path.into(), start)
    }

    /// The text ends with `end`.
    pub fn ends_with(path: impl Into<Path>, end: &str) -> Self {
        Self::call("endswith", &path.into(), end)
    }

    /// The text contains `part`.
    pub fn contains(path: impl Into<Path>, part: &str) -> Self {
        Self::call("contains", &path.into(), part)
    }

    /// The value is one of these ids. How many go into one filter depends on what else is in it;
    /// [`Client::query_among`](crate::Client::query_among) splits a list of any length.
    ///
    /// `None` for no ids.
    pub fn any_of(path: impl Into<Path>, ids: &[Uuid]) -> Option<Self> {
        let path = path.into();
        ids.iter().map(|id| Self::eq(&path, *id)).reduce(Self::or)
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.join(Shape::And, other)
    }

    /// One of them holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.join(Shape::Or, other)
    }

    /// How many nodes the server will count, rather too many than too few.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// The text of the option, not yet percent-encoded.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the server is known to refuse a comparison in it.
    pub(crate) fn is_wrong(&self) -> bool {
        self.wrong
    }

    /// How many ids one filter is given at most. 15 are known to pass, and 20 to fail.
    pub const IDS: usize = 15;

    /// The most nodes a filter may have.
    pub const NODES: usize = 100;

    fn compare(path: &Path, operator: &str, value: &Value) -> Self {
        let literal = match value {
            Value::Date(day) => encode::day(*day),
            Value::Decimal(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::Id(id) => id.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => encode::literal(text),
            Value::Time(at) => encode::time(*at),
        };
        let wrong = path.is_lookup() && !matches!(value, Value::Id(_));
        Self::single(format!("{path} {operator} {literal}"), path, wrong)
    }

    fn null(path: &Path, operator: &str) -> Self {
        Self::single(format!("{path} {operator} null"), path, false)
    }

    fn call(function: &str, path: &Path, text: &str) -> Self {
        let literal = encode::literal(text);
        Self::single(format!("{function}({path},{literal})"), path, path.is_lookup())
    }

    fn single(text: String, path: &Path, wrong: bool) -> Self {
        Self { text, nodes: path.nodes() + 3, shape: Shape::Single, wrong }
    }

    fn join(self, shape: Shape, other: Self) -> Self {
        let word = if shape == Shape::And { "and" } else { "or" };
        let wrong = self.wrong || other.wrong;
        let nodes = self.nodes + other.nodes + 1;
        let text = format!("{} {word} {}", self.within(shape), other.within(shape));
        Self { text, nodes, shape, wrong }
    }

    /// The text as a part of a chain.
    fn within(self, shape: Shape) -> String {
        if self.shape == Shape::Single || self.shape == shape {
            return self.text;
        }
        format!("({})", self.text)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").field("nodes", &self.nodes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
