//! `[assistant]`.

use handover_keyword::{Config, Keyword};
use serde::Deserialize as _;
use serde_json::Value;

use super::nearest::nearest;
use super::problem::Problem;
use super::table::Table;

/// What the assistant answers from.
pub(super) fn read(mut table: Table<'_, '_>) -> Result<Config, Problem> {
    table.choice("kind", &[("keyword", ())])?;
    let rest = table.rest("kind");
    if let Some(unknown) = rest.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let advice = match nearest(unknown, KEYS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: kind, {}", KEYS.join(", ")),
        };
        return Err(table.wrong(unknown, format_args!("is not a key: {advice}")));
    }
    let given: Vec<String> = rest.keys().cloned().collect();
    let config = Config::deserialize(rest).map_err(|error| table.unfit(error.message()))?;
    Keyword::new(config.clone()).map_err(|error| table.wrong(first(&error.key), error.fault))?;
    show(&table, &config, &given);
    Ok(config)
}

fn show(table: &Table<'_, '_>, config: &Config, given: &[String]) {
    let labels = |labels: &[handover_keyword::Label]| -> Value {
        labels.iter().map(|label| label.label.clone()).collect()
    };
    let answers: Value = config.answer.iter().map(|known| known.reply.clone()).collect();
    let values = [
        ("answer", answers),
        ("fallback_reply", config.fallback_reply.clone().into()),
        ("fallbacks_before_handoff", config.fallbacks_before_handoff.into()),
        ("handoff_phrases", config.handoff_phrases.clone().into()),
        ("handoff_reply", config.handoff_reply.clone().into()),
        ("language", labels(&config.language)),
        ("sentiment", labels(&config.sentiment)),
    ];
    for (key, value) in values {
        if given.iter().any(|given| given == key) {
            table.show(key, value);
        } else {
            table.show_default(key, value);
        }
    }
}

/// The key itself, of `answer.2.contains`.
fn first(key: &str) -> &str {
    key.split('.').next().unwrap_or(key)
}

const KEYS: [&str; 7] = [
    "answer",
    "fallback_reply",
    "fallbacks_before_handoff",
    "handoff_phrases",
    "handoff_reply",
    "language",
    "sentiment",
];
