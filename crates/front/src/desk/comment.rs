use handover_core::channel::Attempt;
use handover_core::desk::{About, Entry};
use handover_core::error::{Error, ErrorKind};

use crate::channel::unknown_author;
use crate::encode;
use crate::front::Front;
use crate::ids::ConversationId;
use crate::rows::Comment;

impl Front {
    /// Writes entries as one comment, without those that stand there by an earlier attempt. Says where
    /// the conversation is by now, if it was merged into another.
    pub(crate) async fn write(
        &self,
        conversation: &ConversationId,
        about: &About,
        entries: &[Entry],
        attempt: &Attempt,
    ) -> Result<Option<ConversationId>, Error> {
        let there =
            if attempt.tried { self.client().comments(conversation).await? } else { Vec::new() };
        let stands = |entry: &&Entry| {
            let marker = encode::marker(&entry.key);
            there.iter().any(|comment: &Comment| comment.body.contains(&marker))
        };
        let news = entries.iter().filter(|entry| !stands(entry));
        let news: Vec<String> = news.map(|entry| body(about, entry)).collect();
        if news.is_empty() {
            return Ok(None);
        }
        let body = news.join("\n\n---\n\n");
        let written = self.client().comment(conversation, &self.config().teammate, &body).await;
        match written {
            // Either the conversation is gone, or Front does not know who writes.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.client().conversation(conversation).await?;
                Err(unknown_author(error))
            }
            written => written,
        }
    }
}

/// A note as people read it: what it says, the page of the session, and the mark by which it is
/// found again.
fn body(about: &About, entry: &Entry) -> String {
    let mut body = encode::markdown(&entry.text);
    if let Some(link) = &about.link {
        // A URL of ours, written by the `url` crate: it holds no bracket and no space.
        body.push_str(&format!("\n\n[Open the session]({})", link.as_str().replace(')', "%29")));
    }
    body.push_str(&format!("\n\n`{}`", encode::marker(&entry.key)));
    body
}
