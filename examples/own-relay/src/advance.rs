//! What follows from an input is decided and committed.

use chrono::{DateTime, Utc};
use handover_core::decide::{Input, decide};
use handover_core::error::Error;
use handover_core::event::{Event, Fact};
use handover_core::id::SessionId;
use handover_core::message::Message;
use handover_core::policy::{ChannelPolicy, World};
use handover_core::route::{self, Route, route};
use handover_core::session::Conversation;
use handover_core::store::{Change, Commit, Settle, Store as _};
use handover_core::thread::Thread;

use crate::OwnRelay;

impl OwnRelay {
    /// Loads, decides and commits; again if the conversation has changed meanwhile.
    pub(crate) async fn advance(
        &self,
        session: Option<SessionId>,
        input: Input,
        settle: Option<Settle>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let channel = ChannelPolicy::new(self.channel.id().clone());
        let parts = |message: &Message| self.channel.parts(message).len();
        let world = World { policy: &self.policy, channel: &channel, desk: None, parts: &parts };
        loop {
            let found = match (&input, session) {
                (Input::Event(event), _) => self.conversation_of(event, &channel, now).await?,
                (_, Some(id)) => {
                    let found = self.load(&[Thread::session(id)]).await?;
                    found.into_iter().find(|conversation| conversation.session.id == id)
                }
                (_, None) => None,
            };
            let mut change = Change::new(self.tenant.clone(), now);
            match (found, &input) {
                (Some(mut conversation), _) => {
                    let decision = decide(&world, &mut conversation, input.clone(), now);
                    change = decision.into_change(conversation, now);
                    if let Input::Event(event) = &input {
                        change.event = Some(event.id.clone());
                    }
                }
                (None, Input::Event(event)) => change.unrouted = Some(event.clone()),
                (None, _) => {}
            }
            change.settle.clone_from(&settle);
            if self.store.commit(change).await? != Commit::Stale {
                return Ok(()); // it is done, was seen before, or the lease is lost
            }
        }
    }

    async fn conversation_of(
        &self,
        event: &Event,
        channel: &ChannelPolicy,
        now: DateTime<Utc>,
    ) -> Result<Option<Conversation>, Error> {
        let (customers, threads): (Vec<_>, Vec<_>) =
            event.threads.iter().cloned().partition(Thread::is_customer);
        match (route(event, self.load(&threads).await?), &event.fact) {
            (Route::Resume(conversation), _) => Ok(Some(*conversation)),
            (Route::New, Fact::Message(inbound)) => {
                let follows = route::newest(self.load(&customers).await?);
                Ok(route::open(&self.tenant, channel, None, event, inbound, follows.as_ref(), now))
            }
            _ => Ok(None),
        }
    }

    async fn load(&self, threads: &[Thread]) -> Result<Vec<Conversation>, Error> {
        self.store.load(&self.tenant, threads).await
    }
}
