//! Whether a row is a reply to the customer.

use handover_core::html;
use uuid::Uuid;

use crate::column::Column;
use crate::config::{Ready, ReplyRule};
use crate::entities::{activity, base};
use crate::ids;
use crate::parse::Row;

/// A rule, its names looked up.
pub(super) struct Rule<'a> {
    rule: &'a ReplyRule,
    types: Option<Vec<Uuid>>,
    categories: Option<Vec<Uuid>>,
}

/// What keeps a row from being a reply, or its text. Complete.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// It stays inside, at least until it changes.
    Inside,
    /// It is one as soon as its status is a finished one.
    OnceFinished(String),
    /// It is one.
    Reply(String),
}

impl<'a> Rule<'a> {
    pub(super) fn new(
        rule: &'a ReplyRule,
        types: Option<Vec<Uuid>>,
        categories: Option<Vec<Uuid>>,
    ) -> Self {
        Self { rule, types, categories }
    }

    /// Judges a row of somebody else. Whatever is missing, it stays inside.
    pub(super) fn judge(&self, row: &Row) -> Judged {
        let named = |wanted: &Option<Vec<Uuid>>, column: &Column| {
            let id = row.id(column);
            wanted.as_ref().is_none_or(|wanted| id.is_some_and(|id| wanted.contains(&id)))
        };
        let is_marked = self.rule.marker.as_ref().is_none_or(|marker| row.flag(marker));
        let is_named =
            named(&self.types, &activity::TYPE) && named(&self.categories, &activity::CATEGORY);
        if !is_named || !is_marked || row.flag(&activity::IS_AUTO_SUBMITTED) {
            return Judged::Inside;
        }
        let Some(text) = self.text(row) else { return Judged::Inside };
        match self.rule.ready {
            _ if is_mail(row) && is_sent(row) => Judged::Reply(text),
            _ if is_mail(row) => Judged::Inside,
            Ready::Finished => Judged::OnceFinished(text),
            Ready::Added if row.id(&activity::STATUS) == Some(ids::CANCELED) => Judged::Inside,
            Ready::Added => Judged::Reply(text),
        }
    }

    /// The first text there is, plain, without the prefix.
    fn text(&self, row: &Row) -> Option<String> {
        let text = self.rule.text.iter().find_map(|column| plain(row, column))?;
        let Some(prefix) = &self.rule.prefix else { return Some(text) };
        let (head, rest) = text.split_at_checked(prefix.len())?;
        let rest = rest.trim();
        let is_there = head.to_lowercase() == prefix.to_lowercase() && !rest.is_empty();
        is_there.then(|| rest.to_owned())
    }
}

/// The columns of `Activity` that are read, whatever the rule says.
pub(super) const COLUMNS: [Column; 15] = [
    base::ID,
    base::CREATED_BY,
    base::CREATED_ON,
    base::MODIFIED_ON,
    activity::CASE,
    activity::CATEGORY,
    activity::EMAIL_SEND_STATUS,
    activity::GLOBAL_ID,
    activity::IS_AUTO_SUBMITTED,
    activity::IS_HTML_BODY,
    activity::MESSAGE_TYPE,
    activity::RECIPIENT,
    activity::SEND_DATE,
    activity::STATUS,
    activity::TYPE,
];

/// Only mails have a direction, also where a tenant made a type of its own for them.
pub(super) fn is_mail(row: &Row) -> bool {
    row.id(&activity::TYPE) == Some(ids::EMAIL) || row.id(&activity::MESSAGE_TYPE).is_some()
}

/// Outgoing, and gone.
fn is_sent(row: &Row) -> bool {
    let gone = [Some(ids::SENT), Some(ids::OPENED)].contains(&row.id(&activity::EMAIL_SEND_STATUS));
    gone && row.id(&activity::MESSAGE_TYPE) == Some(ids::OUTGOING)
}

fn plain(row: &Row, column: &Column) -> Option<String> {
    let text = row.text(column)?;
    let declared = *column == activity::BODY && row.flag(&activity::IS_HTML_BODY);
    let plain = match declared || looks_like_html(text) {
        true => html::to_text(text),
        false => text.replace("\r\n", "\n").trim().to_owned(),
    };
    (!plain.is_empty()).then_some(plain)
}

/// Whether a text that nobody declared is HTML: it holds a tag that people do not type by chance.
fn looks_like_html(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    MARKS.iter().any(|mark| {
        lower.match_indices(mark).any(|(at, _)| {
            let after = lower.as_bytes().get(at + mark.len());
            after.is_some_and(|byte| matches!(byte, b'>' | b'/' | b' ' | b'\n' | b'\r' | b'\t'))
        })
    })
}

const MARKS: [&str; 11] =
    ["<p", "</p", "<br", "<div", "</div", "<span", "<html", "<body", "</a", "<li", "<table"];

#[cfg(test)]
mod tests;
