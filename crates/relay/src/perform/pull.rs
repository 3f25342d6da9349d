//! A feed is read.

use handover_core::error::Error;
use handover_core::feed::Cursor;
use handover_core::job::Job;

use super::{Done, gone};
use crate::finish::scope_of;
use crate::intake::Door;
use crate::relay::Parts;

impl Parts {
    /// Each fact is durable before the cursor moves.
    pub(super) async fn pull(&self, job: &Job, cursor: Option<&Cursor>) -> Result<Done, Error> {
        let (source, scope) = scope_of(job)?;
        let feed = self.feeds.get(&source).ok_or_else(gone)?;
        let page = feed.pull(&scope, cursor).await?;
        metrics::counter!("handover_events_total", "result" => "ignored")
            .increment(page.ignored.into());
        for event in page.events {
            self.ingest(event, Door::Read).await?;
        }
        Ok(Done::Pulled { cursor: page.next, more: page.more })
    }
}
