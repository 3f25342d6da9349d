use handover_core::assistant::{FieldSpec, Fill};
use handover_creatio::DeskConfig;

use super::last;
use crate::config::problem::Problem;
use crate::config::table::Table;

/// `config` with the column that a `[[desk.NAME.field]]` describes.
pub(super) fn read(config: DeskConfig, mut table: Table<'_, '_>) -> Result<DeskConfig, Problem> {
    let column = table.text("column", "the column of Case: \"UsrOrderNumber\"")?;
    let title = table.text_or("title", &column)?;
    let kind = table.text_or("type", "text")?;
    let description = table.text_or("description", "")?;
    let options = table.maybe_texts("options")?.unwrap_or_default();
    let entity = table.maybe_text("entity")?;
    let fill = table.choice("fill", &[("handoff", Fill::Handoff), ("always", Fill::Always)])?;
    let pattern = table.maybe_text("pattern")?;
    if let Some(pattern) = &pattern
        && let Err(error) = regex::Regex::new(pattern)
    {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim();
        return Err(table.wrong("pattern", format_args!("is no regular expression: {reason}")));
    }
    let spec = FieldSpec {
        column: column.into(),
        title,
        description,
        kind: kind.into(),
        options,
        fill,
        pattern,
    };
    let config = config
        .with_field(spec, entity.as_deref())
        .map_err(|error| table.refused(last(error.key()), error.fix()))?;
    table.end()?;
    Ok(config)
}
