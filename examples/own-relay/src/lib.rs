#![doc = include_str!("../README.md")]

mod advance;
mod perform;
pub mod terminal;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::assistant::Assistant;
use handover_core::channel::Channel;
use handover_core::decide::Input;
use handover_core::error::{Error, Retry};
use handover_core::event::Author;
use handover_core::id::TenantId;
use handover_core::job::{Destination, Failure, Outcome};
use handover_core::memory::MemoryStore;
use handover_core::policy::Policy;
use handover_core::store::{Deferral, Served, Settle, Store as _};
use handover_core::webhook::Webhook;
use http::{Request, Response, StatusCode};

/// One tenant, one channel and an assistant. It spawns and sleeps nowhere: drive it as you like.
#[derive(Debug)]
pub struct OwnRelay {
    pub tenant: TenantId,
    pub store: MemoryStore,
    pub webhook: Arc<dyn Webhook>,
    pub channel: Arc<dyn Channel>,
    pub assistant: Arc<dyn Assistant>,
    pub policy: Policy,
}

impl OwnRelay {
    /// A provider's request comes in. It is answered once what it says is durable.
    pub async fn receive(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        match self.webhook.receive(request, now) {
            Err(rejection) => *response.status_mut() = rejection.status,
            Ok(received) => {
                let said = received.events.into_iter();
                for event in said.filter(|event| event.author != Author::Ours) {
                    if self.advance(None, Input::Event(event), None, now).await.is_err() {
                        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                        return response; // the provider says it again
                    }
                }
                response = received.response;
            }
        }
        response
    }

    /// Does the most urgent jobs, if there are any.
    pub async fn work_one(&self, now: DateTime<Utc>) -> Result<bool, Error> {
        let to = |destination, account, batch| Served { destination, account, batch };
        let channel = Destination::Channel(self.channel.id().clone());
        let served = [
            to(channel, self.channel.capabilities().account, 1),
            to(Destination::Assistant, self.assistant.account(), 100),
        ];
        let Some(claim) = self.store.claim(&self.tenant, &served, now, LEASE).await? else {
            return Ok(false);
        };
        let done = match claim.withheld {
            Some(why) => Ok(Outcome::Withheld(why)),
            None => self.perform(&claim).await,
        };
        let outcome = match done {
            Ok(outcome) => outcome,
            Err(error) if error.retry() == Retry::Never => {
                let code = error.code().map(Into::into);
                Outcome::Failed(Failure { kind: error.kind(), code })
            }
            Err(error) => {
                // handover-relay also gives up some day, and waits as long as the provider asks.
                let release = Deferral::release(claim.lease, now);
                let tried = error.retry() == Retry::Unsure || claim.jobs.iter().any(|j| j.tried);
                let began = (error.retry() == Retry::Unsure).then_some(now);
                let until = now + TimeDelta::seconds(30);
                self.store
                    .defer(Deferral { until, tried, began, counted: true, ..release })
                    .await?;
                return Ok(true);
            }
        };
        let uncertain = outcome == Outcome::Uncertain;
        let jobs = claim.jobs.iter().map(|job| job.id).collect();
        let settle = Settle { lease: claim.lease, jobs, uncertain, cursor: None };
        let session = claim.conversation.map(|conversation| conversation.session.id);
        let input = Input::Outcome(claim.jobs, outcome);
        self.advance(session, input, Some(settle), now).await.map(|()| true)
    }

    /// Does what time alone makes due. Returns when there is more.
    pub async fn tick(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
        let due = self.store.due(&self.tenant, now, 100).await?;
        for session in due.sessions {
            self.advance(Some(session), Input::Tick, None, now).await?;
        }
        for event in due.events {
            self.advance(None, Input::Event(event), None, now).await?;
        }
        Ok(due.next)
    }
}

const LEASE: Duration = Duration::from_secs(60);
