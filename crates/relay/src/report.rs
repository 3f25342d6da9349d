//! A provider tells of a send without its key.

use handover_core::decide::Input;
use handover_core::echo::{self, Meant, Sends};
use handover_core::error::Error;
use handover_core::event::{Event, Fact, Report};
use handover_core::message::Message;
use handover_core::session::Conversation;
use handover_core::store::Commit;
use handover_core::thread::Thread;

use crate::intake::{ATTEMPTS, Ingested, contended};
use crate::relay::Parts;

/// How many of a session's newest messages are looked through for a send that is told of.
const REPORTED: u64 = 200;

impl Parts {
    /// Finds out which send a report is about, and takes it in. Where that cannot be told, the provider
    /// is asked by a job; the report is then not marked as handled, and means what it means when it
    /// is told again.
    pub(crate) async fn report(&self, event: &Event, report: &Report) -> Result<Ingested, Error> {
        for _ in 0..ATTEMPTS {
            let mut known = self.store.load(&self.tenant, &event.threads).await?;
            if known.is_empty() {
                // A conversation may have been merged into this one, which we are not told yet.
                return self.keep_unrouted(event.clone()).await;
            }
            known.sort_by_key(|conversation| std::cmp::Reverse(conversation.session.created_at));
            let key = match self.meant(&known, report).await? {
                Meant::Nobody => return Ok(Ingested::Ignored),
                Meant::One { is_news: false, .. } => return Ok(Ingested::Seen),
                Meant::One { key, .. } => key,
                Meant::Untold => match self.ask_for_untold(known, event).await? {
                    Commit::Done => return Ok(Ingested::Poked),
                    _ => continue,
                },
            };
            let named =
                |one: &Conversation| key.sent().is_some_and(|(id, ..)| id == one.session.id);
            let Some(meant) = known.into_iter().find(named) else { return Ok(Ingested::Ignored) };
            let event = Event {
                threads: Thread::of_send(&key).into_iter().collect(),
                fact: Fact::Receipt(Report::on(key, report.delivery.clone())),
                ..event.clone()
            };
            let id = event.id.clone();
            match self.take_in(meant, Input::Event(event), |change| change.event = Some(id)).await?
            {
                Commit::Done => return Ok(Ingested::Done),
                Commit::Seen => return Ok(Ingested::Seen),
                Commit::Stale | Commit::Lost => {}
            }
        }
        Err(contended())
    }

    /// The send that a report is about, in the conversations that it names.
    async fn meant(&self, known: &[Conversation], report: &Report) -> Result<Meant, Error> {
        let mut logs = Vec::with_capacity(known.len());
        for Conversation { session, .. } in known {
            let Some(channel) = self.channels.get(&session.channel) else { continue };
            let after = session.last_seq().saturating_sub(REPORTED);
            let log = self.archive.messages(&self.tenant, session.id, after, REPORTED as usize);
            let texts = |message: &Message| {
                let parts = channel.channel.parts(message).into_iter();
                parts.map(|part| part.text).collect::<Vec<_>>()
            };
            logs.push((session, log.await?, texts));
        }
        let sends =
            logs.iter().map(|(session, messages, parts)| Sends { session, messages, parts });
        Ok(echo::find(&sends.collect::<Vec<_>>(), report))
    }

    async fn ask_for_untold(
        &self,
        known: Vec<Conversation>,
        event: &Event,
    ) -> Result<Commit, Error> {
        for conversation in known {
            if conversation.session.untold.iter().all(|one| one.asked) {
                continue;
            }
            match self.take_in(conversation, Input::Event(event.clone()), |_| {}).await? {
                Commit::Done => {}
                other => return Ok(other),
            }
        }
        Ok(Commit::Done)
    }
}
