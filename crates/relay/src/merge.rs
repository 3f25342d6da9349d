//! A desk put one conversation into another.

use chrono::{DateTime, Utc};
use handover_core::error::Error;
use handover_core::event::{Author, Event, Fact, Holder, Source};
use handover_core::id::{DeskId, EventId};
use handover_core::session::Conversation;
use handover_core::thread::Thread;

use crate::intake::{Door, Ingested};
use crate::relay::Parts;

impl Parts {
    /// Takes in that one conversation was put into another. A session that is opened in that one while
    /// this is decided has it from here on, too: nobody is told of two.
    pub(crate) async fn merge(&self, event: Event, door: Door) -> Result<Ingested, Error> {
        let ingested = self.take_up(event.clone(), door).await?;
        let Some((merged, _)) = self.both(&event).await? else { return Ok(ingested) };
        if merged.iter().any(|c| c.session.is_open()) {
            let id = event.id.again();
            self.take_up(Event { id, ..event }, Door::Read).await?;
        }
        Ok(ingested)
    }

    /// Of two open sessions in one conversation, the one that it belongs to goes on: the other was put
    /// into it while a message opened the first. Nobody has acknowledged that message yet.
    pub(crate) async fn one_goes_on(
        &self,
        (desk, case): (DeskId, Box<str>),
        id: &EventId,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let name = Thread::case(&desk, case.clone());
        let mut here = self.store.load(&self.tenant, &[name]).await?;
        here.retain(|c| c.session.is_open() && c.session.hosted);
        let is_its_own = |c: &Conversation| c.session.reply_thread.address == case;
        if !here.iter().any(is_its_own) {
            return Ok(());
        }
        for other in here.iter().filter(|c| !is_its_own(c)).map(|c| c.session.id) {
            let merged = Event {
                id: EventId::new(desk.as_str(), format_args!("{}.{}", id.row(), other)),
                source: Source::Desk(desk.clone()),
                threads: vec![Thread::session(other)],
                at,
                author: Author::Machine,
                fact: Fact::Merged { into: case.clone(), holder: None, taken: true },
            };
            self.take_up(merged, Door::Read).await?;
        }
        Ok(())
    }

    /// A merge as of now, `None` for any other fact: whether the conversation that another was put into is an open session of its
    /// own. That one hears of it first: the assistant does not go on there with what it no longer had.
    pub(crate) async fn merge_as_of_now(&self, event: &Event) -> Result<Option<Fact>, Error> {
        let Fact::Merged { into, holder, .. } = &event.fact else { return Ok(None) };
        let (into, given) = (into.clone(), *holder);
        let Some((merged, other)) = self.both(event).await? else {
            return Ok(Some(Fact::Merged { into, holder: given, taken: false }));
        };
        let had = merged.iter().map(|c| &c.session).find(|s| s.is_open() && s.hosted);
        let had = had.map(|session| session.control.holder).filter(|h| *h != Holder::Assistant);
        if let Some(holder) = had.filter(|_| other.session.hosted && given.is_none()) {
            let joined = Event {
                id: event.id.joined(),
                threads: other_name(event).into_iter().collect(),
                fact: Fact::Joined { holder },
                ..event.clone()
            };
            Box::pin(self.take_up(joined, Door::Read)).await?;
        }
        Ok(Some(Fact::Merged { into, holder: given, taken: true }))
    }

    /// The sessions of a conversation that was put into another, and the open session that the other
    /// is, if it is one.
    async fn both(
        &self,
        event: &Event,
    ) -> Result<Option<(Vec<Conversation>, Conversation)>, Error> {
        let Some(name) = other_name(event) else { return Ok(None) };
        let merged = self.store.load(&self.tenant, &event.threads).await?;
        let there = self.store.load(&self.tenant, &[name]).await?;
        let is_merged = |c: &Conversation| merged.iter().any(|m| m.session.id == c.session.id);
        let other = there.into_iter().find(|c| c.session.is_open() && !is_merged(c));
        Ok(other.map(|other| (merged, other)))
    }
}

/// The conversation that another was put into.
fn other_name(event: &Event) -> Option<Thread> {
    let (Fact::Merged { into, .. }, Source::Desk(desk)) = (&event.fact, &event.source) else {
        return None;
    };
    Some(Thread::case(desk, into.clone()))
}
