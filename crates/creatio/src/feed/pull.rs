use std::collections::HashMap;

use chrono::{DateTime, Utc};
use handover_core::desk::CaseStatus;
use handover_core::error::Error;
use handover_core::event::{Event, Fact};
use handover_core::feed::Page;
use uuid::Uuid;

use super::mark::{Marks, PAGE};
use super::reply::Candidate;
use crate::budget::Priority;
use crate::column::Column;
use crate::creatio::{Creatio, is_entry};
use crate::entities::{self, activity, base, case};
use crate::filter::Filter;
use crate::parse::Row;
use crate::query::Query;

impl Creatio {
    /// What changed since, one query for each table.
    ///
    /// Cases are read first: then no activity from before a case's change can be missing from the
    /// activities that are read after it. While activities are behind, cases wait for them.
    pub(super) async fn pull_all(&self, marks: Marks) -> Result<Page, Error> {
        let now = self.client().now();
        // Where calls come in, polling finds only what was lost, and leaves a customer's share of the
        // day's calls alone.
        let client = match self.config().webhook_secrets.is_empty() {
            true => self.client().clone(),
            false => self.client().with_priority(Priority::Enrichment),
        };
        let query = marks.cases.page(Query::new(entities::CASE, CASE_COLUMNS));
        let mut cases = client.query(&query).await?;
        let query = marks.activities.page(Query::new(entities::ACTIVITY, self.reply_columns()));
        let activities = client.query(&query).await?;
        self.learn_from(&activities);
        let (activities_mark, behind) = marks.activities.after(&activities, now);
        let (mut cases_mark, mut more_cases) = marks.cases.after(&cases, now);
        if behind {
            let horizon = activities_mark.at;
            let read = cases.len();
            cases.retain(|row| row.time(&base::MODIFIED_ON).is_none_or(|at| at < horizon));
            if cases.len() < read {
                cases_mark = marks.cases.held_at(horizon, cases_mark);
                more_cases = true;
            }
        }
        let next = marks.moved(activities_mark, cases_mark);
        let mut page = self.page(&cases, &activities).await?;
        page.next = next.cursor();
        page.more = (behind || more_cases) && next != marks;
        Ok(page)
    }

    /// The tail of one case.
    pub(super) async fn pull_case(&self, id: Uuid) -> Result<Page, Error> {
        let Some(row) = self.client().get(&entities::CASE, id, &CASE_COLUMNS).await? else {
            return Ok(Page { ignored: 1, ..Page::default() });
        };
        let mut activities = self.client().query(&self.tail(id)).await?;
        if self.learn_from(&activities) && activities.len() == PAGE {
            activities = self.client().query(&self.tail(id)).await?;
        }
        self.page(&[row], &activities).await
    }

    /// Learns our own contact from an entry of ours among these rows, if it is not known yet.
    fn learn_from(&self, activities: &[Row]) -> bool {
        let entry = activities.iter().find(|row| self.own_contact().is_none() && is_entry(row));
        entry.inspect(|row| self.learn(row)).is_some()
    }

    /// The newest activities of a case, without ours as soon as we know which those are: a long
    /// transcript must not push a reply out of the tail.
    fn tail(&self, case: Uuid) -> Query {
        let query = Query::new(entities::ACTIVITY, self.reply_columns())
            .filter(Filter::eq(&activity::CASE, case))
            .order_by_descending(base::MODIFIED_ON)
            .order_by(base::ID)
            .top(PAGE);
        match self.own_contact() {
            Some(own) => query.filter(Filter::ne(&base::CREATED_BY, own)),
            None => query,
        }
    }

    async fn page(&self, cases: &[Row], activities: &[Row]) -> Result<Page, Error> {
        let mut page = Page::default();
        let mut standing: HashMap<Uuid, (CaseStatus, DateTime<Utc>)> = HashMap::new();
        let mut statuses = Vec::new();
        for row in cases {
            let client = self.client();
            let status = self.0.lookups.case_status(client, row.id(&case::STATUS)).await?;
            match self.case_events(row, status) {
                Some(events) => {
                    let at = events.first().map(|event| event.at);
                    standing.extend(row.id(&base::ID).zip(at.map(|at| (status, at))));
                    statuses.extend(events);
                }
                None => page.ignored += 1,
            }
        }
        let mut candidates: Vec<Candidate> = Vec::new();
        let rule = self.rule().await?;
        for row in activities {
            let candidate = match &rule {
                Some(rule) => self.candidate(row, rule).await?,
                None => None,
            };
            match candidate {
                Some(candidate) => candidates.push(candidate),
                None => page.ignored += 1,
            }
        }
        let authors: Vec<Uuid> = candidates.iter().map(|candidate| candidate.by).collect();
        let names = self.0.lookups.names(self.client(), &authors).await;
        page.events = candidates
            .into_iter()
            .map(|mut candidate| {
                let stands = standing.get(&candidate.case).copied();
                let status = stands.and_then(|(status, changed)| candidate.place(status, changed));
                let name = names.get(&candidate.by).cloned();
                self.reply_event(candidate, name, status)
            })
            .chain(statuses)
            .collect();
        page.events.sort_by_key(order);
        Ok(page)
    }
}

/// Oldest first; of one moment, what was said before how the case stands.
fn order(event: &Event) -> (DateTime<Utc>, bool) {
    (event.at, !matches!(event.fact, Fact::Reply(_)))
}

const CASE_COLUMNS: [Column; 6] =
    [base::ID, base::CREATED_BY, base::MODIFIED_BY, base::MODIFIED_ON, case::OWNER, case::STATUS];
