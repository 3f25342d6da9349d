//! What happened in Creatio: activities and cases, read again.

mod mark;
mod pull;
mod reply;
mod rule;

use async_trait::async_trait;
use handover_core::error::Error;
use handover_core::feed::{Cursor, Feed, FeedCapabilities, Page, Scope};

use crate::creatio::Creatio;
use crate::parse::guid;
use mark::Marks;

/// Two tables are followed by `ModifiedOn`, with an overlap for transactions that end late: what is
/// read twice has the same event id.
///
/// # Errors
/// Any [`Error`] of a read. A cursor that is not understood is read as none.
#[async_trait]
impl Feed for Creatio {
    fn capabilities(&self) -> FeedCapabilities {
        FeedCapabilities::new(true)
    }

    async fn pull(&self, scope: &Scope, after: Option<&Cursor>) -> Result<Page, Error> {
        match scope {
            Scope::All => match after.and_then(Marks::parse) {
                Some(marks) => self.pull_all(marks).await,
                // Where it begins is kept before anything is read: were it told only by a read that
                // succeeds, all that happens while the first ones fail would be passed over.
                None => Ok(Page {
                    next: Marks::start(self.client().now()).cursor(),
                    more: true,
                    ..Page::default()
                }),
            },
            Scope::Thread(case) => match guid(case) {
                Some(case) => self.pull_case(case).await,
                None => Ok(Page { ignored: 1, ..Page::default() }),
            },
        }
    }
}

#[cfg(test)]
mod tests;
