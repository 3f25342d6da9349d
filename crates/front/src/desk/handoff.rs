use std::sync::PoisonError;

use handover_core::error::{Error, ErrorKind};

use crate::client::Standing;
use crate::front::Front;
use crate::ids::{ConversationId, TagId};
use crate::rows::Tag;

/// Who has a conversation. Complete.
enum Owner {
    Nobody,
    Other,
    Us,
}

impl Front {
    /// Leaves a conversation to people: its comment stands there by now, so it is tagged, and the AI
    /// is taken off while it is still on.
    ///
    /// Each step looks at what stands there, so that a second attempt does what is left. Between the
    /// reading and the taking off lies one call: a rule that assigns a person in that moment is
    /// overruled, because Front has no way to ask for both at once.
    pub(super) async fn let_go(&self, conversation: &ConversationId) -> Result<Standing, Error> {
        let mut standing = self.client().conversation(conversation).await?;
        let owner = self.owner(&standing);
        if matches!(owner, Owner::Other) {
            return Err(Error::never(ErrorKind::Taken, "a person has the conversation"));
        }
        self.tag(&standing.id, &standing.conversation.tags).await?;
        self.ledger().let_go(standing.id.as_str());
        if matches!(owner, Owner::Us) {
            self.client().assign(&standing.id, None).await?;
            standing.conversation.assignee = None;
        }
        Ok(standing)
    }

    /// Archives a conversation that the AI still has.
    pub(super) async fn put_away(&self, conversation: &ConversationId) -> Result<Standing, Error> {
        let standing = self.client().conversation(conversation).await?;
        match standing.conversation.status.as_str() {
            "archived" => return Ok(standing),
            "deleted" | "spam" | "trashed" => {
                return Err(Error::never(ErrorKind::Closed, "the conversation was deleted"));
            }
            _ => {}
        }
        match self.owner(&standing) {
            Owner::Us => {}
            Owner::Nobody if self.config().handle_unassigned => {}
            _ => {
                return Err(Error::never(
                    ErrorKind::Taken,
                    "the AI no longer has the conversation",
                ));
            }
        }
        self.client().archive(&standing.id).await?;
        Ok(standing)
    }

    /// Adds the configured tags that a conversation does not have.
    pub(crate) async fn tag(
        &self,
        conversation: &ConversationId,
        has: &[Tag],
    ) -> Result<(), Error> {
        let wanted = self.tag_ids().await?;
        let is_missing = |tag: &TagId| !has.iter().any(|known| *known.id == *tag.as_str());
        let missing: Vec<TagId> = wanted.into_iter().filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(());
        }
        match self.client().tag(conversation, &missing).await {
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
    async fn tag_ids(&self) -> Result<Vec<TagId>, Error> {
        let mut ids = Vec::new();
        let mut list = None;
        for name in &self.config().tags {
            if let Some(id) = self.known_tag(name) {
                ids.push(id);
                continue;
            }
            let known = match &list {
                Some(known) => known,
                None => list.insert(self.client().tags().await?),
            };
            let Some(id) = self.client().tag_named(name, known).await? else { continue };
            let mut tags = self.0.tags.lock().unwrap_or_else(PoisonError::into_inner);
            tags.insert(name.clone(), id.clone());
            ids.push(id);
        }
        Ok(ids)
    }

    fn known_tag(&self, name: &str) -> Option<TagId> {
        self.0.tags.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn owner(&self, standing: &Standing) -> Owner {
        match &standing.conversation.assignee {
            None => Owner::Nobody,
            Some(teammate) if *teammate.id == *self.config().teammate.as_str() => Owner::Us,
            Some(_) => Owner::Other,
        }
    }
}
