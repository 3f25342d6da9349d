//! Reads what is wanted of `$metadata`, and no more of XML than that takes.

use std::collections::BTreeSet;

/// The properties of an entity type and of those it is based on; `None` if it is not there.
///
/// Source: `<EntityType Name="Case"> … <Property Name="OwnerId" Type="Edm.Guid"/> … </EntityType>`.
pub(super) fn properties(xml: &str, entity: &str) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut next = Some(entity.to_owned());
    let mut depth = 0;
    while let Some(entity) = next.take().filter(|_| depth < DEEPEST) {
        match own(xml, &entity, &mut names) {
            Some(base) => next = base,
            None if depth == 0 => return None,
            None => {}
        }
        depth += 1;
    }
    Some(names)
}

/// Adds the properties of one type; the name of the type it is based on, if any.
fn own(xml: &str, entity: &str, names: &mut BTreeSet<String>) -> Option<Option<String>> {
    let mut base = None;
    let mut inside = false;
    for tag in xml.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let name = tag.split([' ', '\t', '\r', '\n', '/']).next().unwrap_or_default();
        match name {
            "EntityType" if attribute(tag, "Name") == Some(entity) => {
                inside = true;
                let full = attribute(tag, "BaseType");
                base = full.and_then(|full| full.rsplit('.').next()).map(str::to_owned);
            }
            "Property" if inside => names.extend(attribute(tag, "Name").map(str::to_owned)),
            // A closing tag begins with the slash that ends its own name here.
            "" if inside && tag.starts_with("/EntityType") => return Some(base),
            _ => {}
        }
    }
    None
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    loop {
        let at = rest.find(name)?;
        let before = rest[..at].chars().next_back();
        let after = rest[at + name.len()..].trim_start();
        rest = &rest[at + name.len()..];
        let Some(value) =
            after.strip_prefix('=').filter(|_| before.is_some_and(char::is_whitespace))
        else {
            continue;
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        return value[1..].split(quote).next();
    }
}

/// How many types one may be based on.
const DEEPEST: usize = 8;
