//! Who is found, and who is made.

use std::sync::Arc;

use handover_core::directory::Directory;
use handover_core::id::{ContactId, Key, TenantId};
use handover_core::identity::{Identity, Proof};

use super::DirectoryFixture;
use crate::faulty::Faulty;
use crate::violation::{Checked, Verdict, Violation, ensure_eq};

/// Only a contact with exactly this identity is found: no likeness, no prefix, no common end.
pub async fn lookup_is_exact(fixture: &dyn DirectoryFixture) -> Checked {
    let identity = fixture.identity();
    let directory = good(fixture);
    ensure_eq!(references(&*directory, &identity).await?, none(), "in an empty directory");
    for near in near(&identity) {
        fixture.person_adds(&near);
    }
    ensure_eq!(references(&*directory, &identity).await?, none(), "among likenesses alone");
    let exact = fixture.person_adds(&identity);
    ensure_eq!(references(&*directory, &identity).await?, vec![exact], "among likenesses");
    Ok(Verdict::Kept)
}

/// Several contacts with one identity are all told: nobody guesses here.
pub async fn ambiguous_is_several(fixture: &dyn DirectoryFixture) -> Checked {
    let identity = fixture.identity();
    let mut added: Vec<_> = (0..3).map(|_| fixture.person_adds(&identity)).collect();
    added.sort();
    let found = references(&*good(fixture), &identity).await?;
    ensure_eq!(found, added, "three contacts with one identity");
    Ok(Verdict::Kept)
}

/// Made twice with the same key, also after a restart, a contact is one, and is found.
pub async fn create_twice_is_one_contact(fixture: &dyn DirectoryFixture) -> Checked {
    let identity = fixture.identity();
    let (key, directory) = (key(1), good(fixture));
    let first = directory.create(&identity, None, &key).await?;
    let again = directory.create(&identity, None, &key).await?;
    let restarted = good(fixture).create(&identity, None, &key).await?;
    ensure_eq!(again.reference, first.reference, "a contact, made twice");
    ensure_eq!(restarted.reference, first.reference, "a contact, made again after a restart");
    let reference = first.reference.to_string();
    ensure_eq!(fixture.contacts(&identity), vec![reference.clone()], "the provider's contacts");
    ensure_eq!(references(&*directory, &identity).await?, vec![reference], "what is found");
    Ok(Verdict::Kept)
}

/// The directory over a good line, as after a restart.
pub(super) fn good(fixture: &dyn DirectoryFixture) -> Arc<dyn Directory> {
    fixture.directory(Faulty::never(fixture.double()))
}

/// The key of the `n`th contact.
pub(super) fn key(n: usize) -> Key {
    let tenant = TenantId::new("acme").expect("the kit's names are plain");
    Key::contact(ContactId::derive(&tenant, "kit", &n.to_string()))
}

/// The `n`th identity of the fixture's kind.
pub(super) fn numbered(identity: &Identity, n: usize) -> Identity {
    let value = &identity.value;
    let value = match value.split_once('@') {
        Some((name, host)) => format!("{name}{n:02}@{host}"),
        None => format!("{}{n:02}", value.get(..value.len() - 2).unwrap_or(value)),
    };
    Identity::new(identity.scheme.clone(), value, Proof::ChannelProven)
}

/// What is found, sorted.
async fn references(
    directory: &dyn Directory,
    identity: &Identity,
) -> Result<Vec<String>, Violation> {
    let found = directory.lookup(identity).await?;
    let mut found: Vec<_> = found.into_iter().map(|one| one.reference.to_string()).collect();
    found.sort();
    Ok(found)
}

/// Identities that are nearly the same.
fn near(identity: &Identity) -> Vec<Identity> {
    let value: &str = &identity.value;
    let shorter: String = value.chars().take(value.chars().count() - 1).collect();
    let mut near = match value.split_once('@') {
        Some((name, host)) => {
            vec![format!("x{value}"), format!("{name}x@{host}"), format!("{name}@x.{host}")]
        }
        None => {
            let tail: String = value.chars().skip(value.chars().count() - 7).collect();
            vec![format!("{value}0"), shorter, format!("+49170{tail}")]
        }
    };
    if value.contains('@') {
        near.push(value.replace('@', "@sub."));
    }
    let like = |value| Identity::new(identity.scheme.clone(), value, Proof::ChannelProven);
    near.into_iter().map(like).collect()
}

fn none() -> Vec<String> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::{Identity, Proof, near};

    #[test]
    fn likenesses_differ() {
        for value in ["+14155557741", "ann@example.com"] {
            let identity = Identity::new("any", value, Proof::Claimed);
            assert!(near(&identity).iter().all(|near| *near.value != *value));
        }
    }
}
