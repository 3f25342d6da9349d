//! Summing up, in the customer's own words.

use handover_core::assistant::{FieldSpec, Turn};
use handover_core::message::{Brief, Field, Message};

use crate::keyword::{Keyword, Table, is_customer};
use crate::pattern::Patterns;
use crate::phrase::Folded;

/// What the customer said first and last, and what the tables and patterns find in it.
pub(crate) fn write(keyword: &Keyword, turn: &Turn) -> Brief {
    let said: Vec<_> = turn.messages.iter().filter(is_customer).collect();
    let fields = turn.fields.iter().filter_map(|spec| field(&keyword.patterns, spec, &said));
    Brief {
        reason: None,
        summary: Some(summary(&said)),
        sentiment: Some(label(&keyword.labels.sentiment, &said)),
        language: Some(label(&keyword.labels.language, &said)),
        fields: fields.collect(),
    }
}

fn summary(said: &[&Message]) -> String {
    match said {
        [] => "No message from the customer.".to_owned(),
        [only] => format!("1 message from the customer: {}.", quote(only)),
        [first, .., last] => format!(
            "{} messages from the customer. First: {}. Last: {}.",
            said.len(),
            quote(first),
            quote(last)
        ),
    }
}

/// The message on one line, cut where it is long.
fn quote(message: &Message) -> String {
    let text = message.text.split_whitespace().collect::<Vec<_>>().join(" ");
    match (text.is_empty(), message.files.len()) {
        (false, _) => format!("“{}”", cut(&text)),
        (true, 0) => "no text".to_owned(),
        (true, 1) => "a file".to_owned(),
        (true, n) => format!("{n} files"),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
    }
}

/// The label of the last message that has one.
fn label(table: &Table, said: &[&Message]) -> String {
    let found = said.iter().rev().find_map(|message| table.find(&Folded::new(&message.text)));
    found.unwrap_or("unknown").to_owned()
}

/// The field's value in the last message that has one. Where options are listed, no other value is.
fn field(patterns: &Patterns, spec: &FieldSpec, said: &[&Message]) -> Option<Field> {
    let pattern = spec.pattern.as_deref()?;
    let value = said.iter().rev().find_map(|message| {
        let value = patterns.find(pattern, &message.text)?;
        if spec.options.is_empty() {
            return Some(value);
        }
        let folded = Folded::new(value);
        spec.options.iter().find(|option| Folded::new(option) == folded).map(String::as_str)
    })?;
    Some(Field { column: spec.column.clone(), value: value.to_owned() })
}

/// How many characters of a message are quoted.
const LONGEST: usize = 300;
