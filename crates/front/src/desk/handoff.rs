use std::sync::PoisonError;

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::Attempt;
use handover_core::error::{Error, ErrorKind};

use crate::client::{Client, Standing};
use crate::front::Front;
use crate::ids::{self, ConversationId, TagId, TeammateId};
use crate::rows::{Event, Tag, Teammate};

/// Who has a conversation. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Nobody,
    Other,
    Us,
}

impl Front {
    /// Leaves a conversation to people: its comment stands there by now, so the AI is taken off while
    /// it is still on, and the tags are added, in this order: a rule that gives tagged conversations to
    /// somebody comes after us.
    ///
    /// A conversation that is archived is opened again: there, nobody would look for the customer.
    ///
    /// Each step looks at what stands there, so that a second attempt does what is left.
    pub(super) async fn let_go(
        &self,
        conversation: &ConversationId,
        attempt: &Attempt,
    ) -> Result<Standing, Error> {
        // Broken off in the middle, it would look at everything once more.
        let client = self.client().with_room(self.taggings().saturating_add(3))?.staying();
        let mut standing = client.conversation(conversation).await?;
        standing.is_there()?;
        let owner = self.owner(standing.conversation.assignee.as_ref());
        if owner == Owner::Other {
            return Err(taken());
        }
        if standing.conversation.status == "archived" {
            client.reopen(&standing.id).await?;
            standing.conversation.status = "open".into();
        }
        if owner == Owner::Us {
            client.assign(&standing.id, None).await?;
            standing.conversation.assignee = None;
        }
        self.tag(&client, &standing.id, &standing.conversation.tags).await?;
        if owner == Owner::Us || attempt.number > 1 {
            self.see_off(&client, &standing.id, attempt.first - SKEW).await?;
        }
        Ok(standing)
    }

    /// Sees that the AI is off, and that nobody else was taken off with it: Front has no way to take
    /// off only the AI, and a rule may be faster between our look and our call. Whoever it had given
    /// the conversation to gets it back.
    ///
    /// Source: Front's core API specification, events (an unassignment names who had the conversation).
    /// Digest of 2026-11-20.
    async fn see_off(
        &self,
        client: &Client,
        conversation: &ConversationId,
        since: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mut events = client.history(conversation, LATELY).await?;
        events.retain(|event| matches!(event.kind.as_str(), "assign" | "unassign"));
        let newest = events.into_iter().max_by_key(|event| ids::order(&event.id));
        let newest = newest.filter(|event| event.at().is_some_and(|at| at >= since));
        let Some(taken_off) = newest.filter(|event| event.kind == "unassign") else {
            // The list does not show it: who has the conversation now?
            let standing = client.conversation(conversation).await?;
            return self.still_off(standing.conversation.assignee.as_ref());
        };
        let by = taken_off.source.as_ref().map(|by| by.meta.kind.as_str());
        let whom = whom(&taken_off).filter(|_| by.is_some_and(|by| API.contains(&by)));
        let overruled = whom.filter(|whom| self.owner(Some(whom)) == Owner::Other);
        match overruled.and_then(|person| TeammateId::new(&person.id).ok()) {
            Some(person) => {
                client.assign(conversation, Some(&person)).await?;
                Err(taken())
            }
            None => Ok(()),
        }
    }

    fn still_off(&self, assignee: Option<&Teammate>) -> Result<(), Error> {
        match self.owner(assignee) {
            Owner::Nobody => Ok(()),
            Owner::Other => Err(taken()),
            Owner::Us => Err(Error::later(
                ErrorKind::Unavailable,
                "a rule in Front gave the conversation to the AI again: exclude what is tagged",
            )),
        }
    }

    /// Archives a conversation that the AI still has.
    pub(super) async fn put_away(&self, conversation: &ConversationId) -> Result<Standing, Error> {
        let client = self.client().staying();
        let standing = client.conversation(conversation).await?;
        standing.is_there()?;
        if standing.conversation.status == "archived" {
            return Ok(standing);
        }
        match self.owner(standing.conversation.assignee.as_ref()) {
            Owner::Us => {}
            Owner::Nobody if self.config().handle_unassigned => {}
            _ => {
                return Err(Error::never(
                    ErrorKind::Taken,
                    "the AI no longer has the conversation",
                ));
            }
        }
        client.archive(&standing.id).await?;
        Ok(standing)
    }

    /// Adds the configured tags that a conversation does not have.
    pub(crate) async fn tag(
        &self,
        client: &Client,
        conversation: &ConversationId,
        has: &[Tag],
    ) -> Result<(), Error> {
        let wanted = self.tag_ids(client).await?;
        let is_missing = |tag: &TagId| !has.iter().any(|known| *known.id == *tag.as_str());
        let missing: Vec<TagId> = wanted.into_iter().filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(());
        }
        match client.tag(conversation, &missing).await {
            // The conversation was just read, so it is a tag that somebody has deleted.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.0.tags.lock().unwrap_or_else(PoisonError::into_inner).clear();
                Err(Error::later(
                    ErrorKind::Config,
                    "a tag of the configuration was deleted in Front",
                ))
            }
            tagged => tagged,
        }
    }

    /// The configured tags by id: looked up once, and made where they are missing.
    async fn tag_ids(&self, client: &Client) -> Result<Vec<TagId>, Error> {
        let mut ids = Vec::new();
        let mut list = None;
        for name in &self.config().tags {
            if let Some(id) = self.known_tag(name) {
                ids.push(id);
                continue;
            }
            let known = match &list {
                Some(known) => known,
                None => list.insert(client.tags().await?),
            };
            let Some(id) = client.tag_named(name, known).await? else { continue };
            let mut tags = self.0.tags.lock().unwrap_or_else(PoisonError::into_inner);
            tags.insert(name.clone(), id.clone());
            ids.push(id);
        }
        Ok(ids)
    }

    /// How many calls it takes at most to tag a conversation: one, once the tags are known by id.
    fn taggings(&self) -> u32 {
        let tags = &self.config().tags;
        let unknown = tags.iter().filter(|name| self.known_tag(name).is_none()).count();
        let looks = u32::try_from(unknown).unwrap_or(u32::MAX).saturating_add(1);
        match (tags.len(), unknown) {
            (0, _) => 0,
            (_, 0) => 1,
            _ => looks.saturating_add(1),
        }
    }

    fn known_tag(&self, name: &str) -> Option<TagId> {
        self.0.tags.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Who has a conversation.
    pub(crate) fn owner(&self, assignee: Option<&Teammate>) -> Owner {
        match assignee {
            None => Owner::Nobody,
            Some(teammate) if *teammate.id == *self.config().teammate.as_str() => Owner::Us,
            Some(_) => Owner::Other,
        }
    }
}

/// Whom an event of an assignment names.
fn whom(event: &Event) -> Option<Teammate> {
    let target = event.target.as_ref().filter(|target| target.meta.kind == "teammate")?;
    target.rows().into_iter().next()
}

pub(crate) fn taken() -> Error {
    Error::never(ErrorKind::Taken, "a person has the conversation")
}

/// Who did what was done with a token.
const API: [&str; 2] = ["api", "oauth_client"];
/// How many of a conversation's newest events are looked at.
const LATELY: usize = 15;
/// How far Front's clock may be behind ours.
const SKEW: TimeDelta = TimeDelta::minutes(1);
