//! What an entry is in Creatio.

use handover_core::desk::Entry;
use handover_core::identity::Identity;
use handover_core::message::Speaker;
use uuid::Uuid;

use super::texts;
use crate::column::{Column, Entity, Values};
use crate::config::{EntryMode, FilePolicy};
use crate::entities::{self, activity, social};
use crate::ids;

/// What entries of one call have in common.
pub(super) struct Frame<'a> {
    pub(super) case: Uuid,
    pub(super) mode: EntryMode,
    pub(super) files: FilePolicy,
    pub(super) customer: &'a Identity,
    /// The contact of the integration's user, if it is known yet.
    pub(super) own: Option<Uuid>,
    /// The customer's contact, where the mode has use for it.
    pub(super) contact: Option<Uuid>,
}

/// The table that entries of a mode are rows of, and the columns that are written.
pub(crate) fn table(mode: EntryMode) -> (Entity, Vec<Column>) {
    let task = [
        activity::TYPE,
        activity::CATEGORY,
        activity::STATUS,
        activity::TITLE,
        activity::NOTES,
        activity::START_DATE,
        activity::DUE_DATE,
        activity::GLOBAL_ID,
        activity::CASE,
        activity::OWNER,
    ];
    match mode {
        EntryMode::Task => (entities::ACTIVITY, task.into()),
        EntryMode::Email => {
            let more = [
                activity::BODY,
                activity::CONTACT,
                activity::EMAIL_SEND_STATUS,
                activity::IS_HTML_BODY,
                activity::MESSAGE_TYPE,
                activity::RECIPIENT,
                activity::SENDER,
                activity::SEND_DATE,
            ];
            (entities::ACTIVITY, task.into_iter().chain(more).collect())
        }
        EntryMode::Feed => (
            entities::SOCIAL_MESSAGE,
            vec![social::ENTITY_SCHEMA, social::ENTITY_ID, social::MESSAGE],
        ),
    }
}

/// The row of an entry.
pub(super) fn row(entry: &Entry, frame: &Frame<'_>) -> Values {
    match frame.mode {
        EntryMode::Feed => feed(entry, frame),
        // What the relay tells people is no part of the conversation.
        EntryMode::Email if entry.author != Speaker::Relay => email(entry, frame),
        _ => task(entry, frame),
    }
}

/// A completed task has few side effects.
fn task(entry: &Entry, frame: &Frame<'_>) -> Values {
    activity(entry, frame)
        .set(activity::TYPE, ids::TASK)
        .set(activity::CATEGORY, ids::TO_DO)
        .set(activity::NOTES, texts::notes(entry, frame.files))
}

/// An e-mail that counts as sent from the moment that it is there.
///
/// Source: an e-mail without a send status is *Not sent*; a sender without `<…>` makes the insert
/// fail after the row was written; a body that is HTML has its entities decoded before it is shown.
fn email(entry: &Entry, frame: &Frame<'_>) -> Values {
    let is_incoming = entry.author == Speaker::Customer;
    let mailbox = Some(&frame.customer.value)
        .filter(|_| &*frame.customer.scheme == Identity::EMAIL)
        .filter(|mailbox| mailbox.len() <= MAILBOX && !mailbox.contains(['<', '>']));
    let values = activity(entry, frame)
        .set(activity::TYPE, ids::EMAIL)
        .set(activity::CATEGORY, ids::EMAIL_CATEGORY)
        .set(activity::MESSAGE_TYPE, if is_incoming { ids::INCOMING } else { ids::OUTGOING })
        .set(activity::EMAIL_SEND_STATUS, ids::SENT)
        .set(activity::SEND_DATE, entry.at)
        .set(activity::IS_HTML_BODY, false)
        .set(activity::BODY, texts::notes(entry, frame.files));
    match is_incoming {
        true => values
            .set_some(activity::CONTACT, frame.contact)
            .set_some(activity::SENDER, mailbox.map(|mailbox| format!("{mailbox} <{mailbox}>"))),
        false => values.set_some(activity::RECIPIENT, mailbox.map(ToString::to_string)),
    }
}

fn feed(entry: &Entry, frame: &Frame<'_>) -> Values {
    Values::new()
        .set(social::ENTITY_SCHEMA, ids::CASE_SCHEMA)
        .set(social::ENTITY_ID, frame.case)
        .set(social::MESSAGE, texts::post(entry, frame.files))
}

fn activity(entry: &Entry, frame: &Frame<'_>) -> Values {
    Values::new()
        .set(activity::STATUS, ids::COMPLETED)
        .set(activity::TITLE, texts::title(entry))
        .set(activity::START_DATE, entry.at)
        .set(activity::DUE_DATE, entry.at)
        .set(activity::GLOBAL_ID, entry.key.to_string())
        .set(activity::CASE, frame.case)
        .set_some(activity::OWNER, frame.own)
}

/// Twice this and more must fit `Activity.Sender`, which has 250 UTF-16 units.
const MAILBOX: usize = 120;
