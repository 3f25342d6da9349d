//! Wrong statements in the place of right ones, for tests that see the suite red.

use std::sync::Arc;

/// What stands in the place of what.
#[derive(Clone, Debug, Default)]
pub(super) struct Wrong(pub(super) Arc<[(&'static str, &'static str)]>);

impl Wrong {
    /// What a statement is now.
    pub(super) fn text(&self, sql: &str) -> String {
        self.0.iter().fold(sql.to_owned(), |sql, (right, wrong)| sql.replace(right, wrong))
    }
}
