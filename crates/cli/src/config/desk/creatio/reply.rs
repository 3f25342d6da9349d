use handover_creatio::{ConfigError, Ready, ReplyRule};

use super::last;
use crate::config::problem::Problem;
use crate::config::table::Table;

/// `[desk.NAME.reply]`: everything that is set must hold, and something must be.
pub(super) fn read(mut table: Table<'_, '_>) -> Result<Option<ReplyRule>, Problem> {
    let types = table.maybe_texts("types")?;
    let categories = table.maybe_texts("categories")?;
    let marker = table.maybe_text("marker_column")?;
    let prefix = table.maybe_text("prefix")?;
    let choices = [("finished", Ready::Finished), ("added", Ready::Added)];
    let ready = table.choice("ready", &choices)?;
    let text = table.maybe_texts("text")?;
    let rule = {
        let wrong = |error: ConfigError| table.refused(last(error.key()), error.fix());
        let mut rule = types.map(ReplyRule::new).transpose().map_err(wrong)?;
        if let Some(categories) = categories {
            rule = Some(
                match rule {
                    Some(rule) => rule.with_categories(categories),
                    None => ReplyRule::of_categories(categories),
                }
                .map_err(wrong)?,
            );
        }
        if let Some(marker) = marker {
            rule = Some(
                match rule {
                    Some(rule) => rule.with_marker_column(&marker),
                    None => ReplyRule::marked(&marker),
                }
                .map_err(wrong)?,
            );
        }
        if let Some(prefix) = prefix {
            rule = Some(
                match rule {
                    Some(rule) => rule.with_prefix(&prefix),
                    None => ReplyRule::prefixed(&prefix),
                }
                .map_err(wrong)?,
            );
        }
        match (rule, text) {
            (Some(rule), Some(text)) => {
                Some(rule.with_ready(ready).with_text(&text).map_err(wrong)?)
            }
            (rule, _) => rule.map(|rule| rule.with_ready(ready)),
        }
    };
    if table.is_there() && rule.is_none() {
        return Err(table.missing("types", "which activities go to the customer: [\"Email\"]"));
    }
    table.end()?;
    Ok(rule)
}
