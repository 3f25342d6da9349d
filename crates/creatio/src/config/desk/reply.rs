use crate::column::Column;
use crate::config::{ConfigError, bad};
use crate::entities::activity;

/// Which activities, written by somebody else, go to the customer. Everything that is set must hold;
/// all others stay inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyRule {
    pub(crate) types: Option<Vec<String>>,
    pub(crate) categories: Option<Vec<String>>,
    pub(crate) ready: Ready,
    pub(crate) text: Vec<Column>,
    pub(crate) marker: Option<Column>,
    pub(crate) prefix: Option<String>,
}

/// When an activity is ready to go. Complete.
///
/// An e-mail is ready once Creatio has sent it, whatever is chosen: until then it is a draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ready {
    /// As soon as it is there and has a text. What is added to it later does not go out any more.
    Added,
    /// Once its status is a finished one that is not Canceled.
    #[default]
    Finished,
}

impl ReplyRule {
    /// Activities of these types, each a name of `ActivityType` or the id of one of its rows.
    ///
    /// # Errors
    /// [`ConfigError`] for `reply.types`.
    pub fn new(types: Vec<String>) -> Result<Self, ConfigError> {
        let types = Some(names(types, "reply.types", "name at least one type, as [\"Email\"]")?);
        Ok(Self { types, ..Self::any() })
    }

    /// Activities of these categories, each a name of `ActivityCategory` or the id of one of its
    /// rows; whatever their type.
    ///
    /// # Errors
    /// [`ConfigError`] for `reply.categories`.
    pub fn of_categories(categories: Vec<String>) -> Result<Self, ConfigError> {
        Self::any().with_categories(categories)
    }

    /// Activities that people mark in this column of `Activity`, which is true or false.
    ///
    /// # Errors
    /// [`ConfigError`] for `reply.marker_column`.
    pub fn marked(column: &str) -> Result<Self, ConfigError> {
        Self::any().with_marker_column(column)
    }

    /// Activities whose text begins with this; it is taken off.
    ///
    /// # Errors
    /// [`ConfigError`] for `reply.prefix`.
    pub fn prefixed(prefix: &str) -> Result<Self, ConfigError> {
        Self::any().with_prefix(prefix)
    }

    /// Only of these categories.
    ///
    /// # Errors
    /// [`ConfigError`] for `reply.categories`.
    pub fn with_categories(mut self, categories: Vec<String>) -> Result<Self, ConfigError> {
        let fix = "name at least one category, as [\"To do\"]";
        self.categories = Some(names(categories, "reply.categories", fix)?);
        Ok(self)
    }

    /// Only once they are ready.
    #[must_use]
    pub fn with_ready(mut self, ready: Ready) -> Self {
        self.ready = ready;
        self
    }

    /// The columns of `Activity` that may hold the text, in this order: the first one that is not
    /// empty is it. `Body`, `DetailedResult` and `Notes` if nothing is said.
    ///
    /// # Errors
    /// [`ConfigError`] for `reply.text`.
    pub fn with_text(mut self, columns: &[String]) -> Result<Self, ConfigError> {
        let columns: Option<Vec<Column>> =
            columns.iter().map(|name| Column::named(name.trim()).ok()).collect();
        self.text = columns
            .filter(|columns| !columns.is_empty())
            .ok_or_else(|| bad("reply.text", "name columns of Activity, as [\"Notes\"]"))?;
        Ok(self)
    }

    /// Only those marked in this column of `Activity`, which is true or false.
    ///
    /// # Errors
    /// [`ConfigError`] for `reply.marker_column`.
    pub fn with_marker_column(mut self, column: &str) -> Result<Self, ConfigError> {
        let fix = "it must be a column of Activity, as UsrToCustomer";
        let column = Column::named(column.trim()).map_err(|_| bad("reply.marker_column", fix))?;
        self.marker = Some(column);
        Ok(self)
    }

    /// Only those whose text begins with this, which is taken off. Letter case does not count.
    ///
    /// # Errors
    /// [`ConfigError`] for `reply.prefix`.
    pub fn with_prefix(mut self, prefix: &str) -> Result<Self, ConfigError> {
        let prefix = prefix.trim();
        if prefix.is_empty() {
            return Err(bad(
                "reply.prefix",
                "it is empty: write what texts begin with, as \"SMS:\"",
            ));
        }
        self.prefix = Some(prefix.to_owned());
        Ok(self)
    }

    /// The columns that it reads, besides those that are always read.
    pub(crate) fn columns(&self) -> impl Iterator<Item = Column> {
        self.text.iter().chain(&self.marker).cloned()
    }

    /// Every activity; never given out, because a rule without a condition is none.
    fn any() -> Self {
        Self {
            types: None,
            categories: None,
            ready: Ready::default(),
            text: vec![activity::BODY, activity::DETAILED_RESULT, activity::NOTES],
            marker: None,
            prefix: None,
        }
    }
}

fn names(
    names: Vec<String>,
    key: &'static str,
    fix: &'static str,
) -> Result<Vec<String>, ConfigError> {
    if names.is_empty() || names.iter().any(|name| name.trim().is_empty()) {
        return Err(bad(key, fix));
    }
    Ok(names.into_iter().map(|name| name.trim().to_owned()).collect())
}
