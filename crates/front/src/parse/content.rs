use handover_core::event::Author;
use handover_core::html;
use handover_core::identity::{Identity, Proof};
use handover_core::message::File;

use crate::config::DeskConfig;
use crate::ids::ContactId;
use crate::rows::{Conversation, Message, Recipient};
use crate::{encode, mail};

/// The customer's row: the recipient with role `from`, else whom the conversation is with.
pub(super) fn from<'a>(
    message: &'a Message,
    conversation: &'a Conversation,
) -> Option<&'a Recipient> {
    let from = message.recipients.iter().find(|recipient| recipient.role == "from");
    from.or(conversation.recipient.as_ref()).filter(|from| !from.handle.is_empty())
}

/// What Front calls the contact that has the address, if it says so.
pub(super) fn contact(from: &Recipient) -> Option<Box<str>> {
    let id = from.links.related.contact.as_deref()?.rsplit('/').next()?;
    ContactId::new(id).ok().map(|id| id.as_str().into())
}

/// Who wrote a message, and whether it wants an answer.
pub(super) fn sender(message: &Message, from: &Recipient) -> (Identity, Author) {
    let handle = from.handle.trim();
    match message.kind.as_str() {
        "sms" | "whatsapp" | "yalo_wha" => match phone(handle) {
            // A number that writes to itself: it would answer itself.
            Some(phone) if is_to(message, handle) => (phone, Author::Machine),
            Some(phone) => (phone, Author::Person),
            // A short code or a word: nobody is there to be answered.
            None => (other(&message.kind, handle), Author::Machine),
        },
        "call" | "phone-call" => {
            (phone(handle).unwrap_or_else(|| other("call", handle)), Author::Machine)
        }
        "email" => {
            let subject = message.subject.as_deref().unwrap_or_default();
            let is_machine = mail::is_automatic(subject, handle);
            let author = if is_machine { Author::Machine } else { Author::Person };
            let handle = handle.to_lowercase();
            (Identity::new(Identity::EMAIL, handle, Proof::ChannelProven), author)
        }
        "custom" | "front_chat" | "intercom" | "smooch" => {
            (Identity::new(WEB, handle, Proof::Claimed), Author::Person)
        }
        kind => {
            metrics::counter!("handover_front_unknown_types_total").increment(1);
            tracing::info!(kind = word(kind), "a message of an unknown type is taken as a text");
            (other(kind, handle), Author::Person)
        }
    }
}

/// Whether a message goes to this handle.
fn is_to(message: &Message, handle: &str) -> bool {
    message.recipients.iter().any(|one| one.role == "to" && one.handle.trim() == handle)
}

/// What a message says, plain, as one who reads it on the channel sees it.
pub(crate) fn text(message: &Message, config: &DeskConfig) -> String {
    let text = plain(message);
    if message.kind != "email" {
        return text;
    }
    match &config.trimmer {
        Some(trim) => trim(&text),
        None => mail::trimmed(&text),
    }
}

/// A mail's subject stands above its text, where it begins a conversation.
pub(super) fn with_subject(message: &Message, text: String) -> String {
    let subject = message.subject.as_deref().map(encode::readable).unwrap_or_default();
    let subject = subject.trim();
    let lower = subject.to_lowercase();
    let begins = message.links.related.message_replied_to.is_none()
        && !ANSWERS.iter().any(|mark| lower.starts_with(mark));
    if message.kind == "email" && begins && !subject.is_empty() {
        return format!("{subject}\n\n{text}");
    }
    text
}

/// The files of a message, named as their sender named them.
pub(crate) fn files(message: &Message) -> Vec<File> {
    let file = |attachment: &crate::rows::Attachment| {
        let url = attachment.url.clone().filter(|url| !url.is_empty());
        let by_id = || (!attachment.id.is_empty()).then(|| format!("/download/{}", attachment.id));
        let mut file =
            File::new(url.or_else(by_id)?, attachment.content_type.clone().filter(is_media));
        file.name = attachment.filename.as_deref().map(name).filter(|name| !name.is_empty());
        file.size = attachment.size;
        Some(file)
    };
    message.attachments.iter().filter_map(file).take(MAX_FILES).collect()
}

/// The name of whoever wrote a reply.
pub(crate) fn name_of(message: &Message) -> Option<Box<str>> {
    let author = message.author.as_ref()?;
    let names = [author.first_name.as_deref(), author.last_name.as_deref()];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = encode::readable(name.trim());
    (!name.is_empty()).then(|| name.into())
}

/// The text of a body that may be HTML or not: what Front's own plain text is, where there is one.
/// Of a mail its HTML, which shows its lines and what it quotes, as the plain text may not.
fn plain(message: &Message) -> String {
    let body = message.body.as_deref().unwrap_or_default();
    let is_html = is_html(body);
    let text = message.text.as_deref().filter(|text| !text.trim().is_empty());
    if let Some(text) = text.filter(|_| !is_html || message.kind != "email") {
        return encode::readable(text).trim().to_owned();
    }
    if !is_html {
        return encode::readable(body).trim().to_owned();
    }
    encode::readable(&html::to_text(body)).trim().to_owned()
}

/// Whether a body is HTML: it holds a tag or a character reference.
fn is_html(body: &str) -> bool {
    let tag = body.split('<').skip(1).any(|rest| {
        let name = rest.trim_start_matches('/');
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.contains('>')
    });
    let reference = body.split('&').skip(1).any(|rest| {
        let name = rest.split(';').next().unwrap_or_default();
        rest.contains(';')
            && (2..=8).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')
    });
    tag || reference
}

fn phone(handle: &str) -> Option<Identity> {
    let handle = handle.strip_prefix("whatsapp:").unwrap_or(handle);
    let filler = |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}');
    let number: String = handle.chars().filter(|c| !filler(*c)).collect();
    Identity::tel(&number, Proof::ChannelProven)
}

/// An address of a kind of its own, under the name that Front has for the kind.
fn other(kind: &str, handle: &str) -> Identity {
    Identity::new(word(kind), handle, Proof::Claimed)
}

/// A type's name, as far as it is one.
fn word(kind: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let word: String = kind.chars().filter(plain).take(32).collect();
    if word.is_empty() { "other".into() } else { word.to_ascii_lowercase() }
}

/// A file's name without a way out of its folder or its line.
fn name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).take(150).collect();
    name.trim().trim_start_matches('.').to_owned()
}

#[expect(clippy::ptr_arg, reason = "for Option::filter")]
fn is_media(text: &String) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/+-._".contains(&b);
    text.len() <= 100 && text.contains('/') && text.bytes().all(plain)
}

const MAX_FILES: usize = 25;
/// How the subject of an answer begins, as mail clients write it.
const ANSWERS: [&str; 5] = ["re:", "aw:", "sv:", "rv:", "antw:"];
/// The scheme of those who write in a chat on a page.
const WEB: &str = "web";
