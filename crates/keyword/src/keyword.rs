//! The assistant.

use std::fmt;

use async_trait::async_trait;
use handover_core::assistant::{Answer, Assistant, Task, Turn};
use handover_core::channel::Account;
use handover_core::error::Error;
use handover_core::id::AccountId;
use handover_core::message::{Message, Reason, Speaker};

use crate::brief;
use crate::config::{Config, Label};
use crate::error::{ConfigError, Fault};
use crate::pattern::Patterns;
use crate::phrase::{Folded, Phrase};

/// An assistant that answers from a table of phrases and invents nothing.
///
/// It keeps nothing between turns: all it goes by is the turn and its configuration.
pub struct Keyword {
    pub(crate) labels: Labels,
    pub(crate) patterns: Patterns,
    account: AccountId,
    answers: Table,
    asks: Vec<Phrase>,
    config: Config,
}

/// The words it has for what it was told.
pub(crate) struct Labels {
    pub(crate) language: Table,
    pub(crate) sentiment: Table,
}

/// Texts, each with the phrases it stands for.
pub(crate) struct Table(Vec<(Vec<Phrase>, String)>);

impl Keyword {
    /// An assistant over these tables.
    ///
    /// # Errors
    /// [`ConfigError`] names a key with an empty text or phrase.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        if config.fallback_reply.trim().is_empty() {
            return Err(ConfigError { key: "fallback_reply".into(), fault: Fault::EmptyText });
        }
        let answers = config.answer.iter().map(|known| (&*known.contains, &*known.reply));
        Ok(Self {
            account: AccountId::new("keyword").expect("seven plain letters"),
            answers: Table::new("answer", "reply", answers)?,
            asks: phrases(&config.handoff_phrases, || "handoff_phrases".into())?,
            labels: Labels {
                language: Table::labels("language", &config.language)?,
                sentiment: Table::labels("sentiment", &config.sentiment)?,
            },
            patterns: Patterns::default(),
            config,
        })
    }

    /// Answers what the customer said that no answer has taken into account, since a person last
    /// spoke.
    fn reply(&self, turn: &Turn) -> Answer {
        let messages = &*turn.messages;
        let person = messages.iter().rev().find(|message| is_person(message));
        let since = person.map_or(0, |message| message.seq).max(turn.answered);
        let open = messages.iter().filter(|message| message.seq > since && is_customer(message));
        let open: Vec<_> = open.map(|message| &*message.text).collect();
        if open.is_empty() {
            return Answer::default();
        }
        let text = Folded::new(&open.join("\n"));
        if self.asks.iter().any(|ask| ask.is_in(&text)) {
            return self.hand_off(Reason::CustomerAsked);
        }
        if let Some(reply) = self.answers.find(&text) {
            return says(reply);
        }
        if self.fallbacks(messages) >= self.config.fallbacks_before_handoff as usize {
            return self.hand_off(Reason::NoAnswer);
        }
        says(&self.config.fallback_reply)
    }

    fn hand_off(&self, reason: Reason) -> Answer {
        Answer { handoff: Some(reason), ..says(&self.config.handoff_reply) }
    }

    /// How often it fell back since a person last spoke.
    fn fallbacks(&self, messages: &[Message]) -> usize {
        let own = self.config.fallback_reply.trim();
        let since = messages.iter().rev().take_while(|message| !is_person(message));
        since.filter(|m| m.author == Speaker::Assistant && m.text.trim() == own).count()
    }
}

/// # Errors
/// None: it always has an answer, if an empty one.
///
/// # Privacy
/// What the customer said leaves only in the answer.
#[async_trait]
impl Assistant for Keyword {
    fn account(&self) -> Account {
        Account { id: self.account.clone(), per_second: None }
    }

    async fn answer(&self, turn: &Turn) -> Result<Answer, Error> {
        Ok(match turn.task {
            Task::Reply => self.reply(turn),
            Task::Summarise => {
                Answer { brief: Some(brief::write(self, turn)), ..Answer::default() }
            }
        })
    }
}

impl fmt::Debug for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyword")
            .field("answers", &self.answers.0.len())
            .field("asks", &self.asks.len())
            .finish_non_exhaustive()
    }
}

impl Table {
    /// The first text with a phrase that is found.
    pub(crate) fn find(&self, text: &Folded) -> Option<&str> {
        let mut rows = self.0.iter();
        let (_, found) = rows.find(|(any, _)| any.iter().any(|phrase| phrase.is_in(text)))?;
        Some(found)
    }

    fn labels(key: &str, labels: &[Label]) -> Result<Self, ConfigError> {
        Self::new(key, "label", labels.iter().map(|label| (&*label.contains, &*label.label)))
    }

    fn new<'c>(
        key: &str,
        text_key: &str,
        rows: impl Iterator<Item = (&'c [String], &'c str)>,
    ) -> Result<Self, ConfigError> {
        let mut table = Vec::new();
        for ((contains, text), n) in rows.zip(1..) {
            let key_of = |name: &str| format!("{key}.{n}.{name}");
            if contains.is_empty() {
                return Err(ConfigError { key: key_of("contains"), fault: Fault::NoPhrase });
            }
            if text.trim().is_empty() {
                return Err(ConfigError { key: key_of(text_key), fault: Fault::EmptyText });
            }
            table.push((phrases(contains, || key_of("contains"))?, text.to_owned()));
        }
        Ok(Self(table))
    }
}

pub(crate) fn is_customer(message: &&Message) -> bool {
    message.author == Speaker::Customer
}

fn is_person(message: &Message) -> bool {
    matches!(message.author, Speaker::Person { .. })
}

fn says(text: &str) -> Answer {
    Answer { text: (!text.trim().is_empty()).then(|| text.to_owned()), ..Answer::default() }
}

fn phrases(texts: &[String], key: impl Fn() -> String) -> Result<Vec<Phrase>, ConfigError> {
    let empty = || ConfigError { key: key(), fault: Fault::EmptyPhrase };
    texts.iter().map(|text| Phrase::new(text).ok_or_else(empty)).collect()
}
