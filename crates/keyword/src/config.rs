//! The tables that the assistant answers from.

use serde::Deserialize;

/// What the assistant knows. Every key may be left out.
///
/// A phrase is found where its words stand next to each other, whole, in whatever case and spacing:
/// `person` is not found in `personal`. An apostrophe or a hyphen ends a word.
///
/// ```
/// let config: handover_keyword::Config = toml::from_str(
///     r#"
///     fallbacks_before_handoff = 1
///     [[answer]]
///     contains = ["opening hours", "when are you open"]
///     reply = "We are open from 9 to 5."
///     "#,
/// )?;
/// assert!(config.handoff_phrases.contains(&"speak to a person".to_owned()));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What it can answer. The first entry with a phrase that is found is used.
    pub answer: Vec<Known>,
    /// What it says when it finds nothing. Its own earlier fallbacks are recognised by this text.
    pub fallback_reply: String,
    /// How many times it falls back before it hands off instead. 0: the first time.
    pub fallbacks_before_handoff: u32,
    /// How customers ask for a person. A list given here takes the place of the default one.
    pub handoff_phrases: Vec<String>,
    /// What it says when it hands off. Empty: nothing.
    pub handoff_reply: String,
    /// How languages are told, besides `unknown`.
    pub language: Vec<Label>,
    /// How moods are told, besides `unknown`.
    pub sentiment: Vec<Label>,
}

/// Something it can answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The phrases, one of which is to be found.
    pub contains: Vec<String>,
    /// What it says then.
    pub reply: String,
}

/// A word for a sentiment or a language.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The phrases, one of which is to be found.
    pub contains: Vec<String>,
    /// The word.
    pub label: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            answer: Vec::new(),
            fallback_reply: FALLBACK_REPLY.to_owned(),
            fallbacks_before_handoff: 2,
            handoff_phrases: handoff_phrases(),
            handoff_reply: HANDOFF_REPLY.to_owned(),
            language: Vec::new(),
            sentiment: Vec::new(),
        }
    }
}

fn handoff_phrases() -> Vec<String> {
    let asked = VERBS.iter().flat_map(|verb| WHOM.iter().map(move |whom| format!("{verb} {whom}")));
    asked.chain(PHRASES.iter().map(|phrase| (*phrase).to_owned())).collect()
}

const FALLBACK_REPLY: &str = "Sorry, I don't have an answer to that. Could you put it another way? \
                              To talk to a person, say \"speak to a person\".";

const HANDOFF_REPLY: &str = "I'm connecting you with a person.";

const VERBS: [&str; 6] = ["speak to", "speak with", "talk to", "talk with", "chat to", "chat with"];

const WHOM: [&str; 12] = [
    "a person",
    "a human",
    "a manager",
    "a member of staff",
    "a rep",
    "a representative",
    "a supervisor",
    "an agent",
    "an operator",
    "somebody",
    "someone",
    "your team",
];

const PHRASES: [&str; 20] = [
    "actual human",
    "actual person",
    "connect me to a human",
    "connect me to a person",
    "customer service rep",
    "customer service representative",
    "customer support representative",
    "get me a human",
    "get me a person",
    "human agent",
    "i need a human",
    "i need a person",
    "i want a human",
    "i want a person",
    "live agent",
    "live person",
    "real human",
    "real person",
    "transfer me to a human",
    "transfer me to a person",
];
