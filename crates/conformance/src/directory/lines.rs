//! Bad lines between us and the directory.

use std::sync::Arc;
use std::time::Duration;

use handover_core::directory::Directory;
use handover_core::error::Retry;

use super::DirectoryFixture;
use super::contacts::{good, key, numbered};
use crate::canary;
use crate::ear::overheard;
use crate::faulty::{Fault, Faulty};
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};

/// Whichever answer is lost while a contact is made, making it again leaves one.
pub async fn lost_answer_is_one_contact(fixture: &dyn DirectoryFixture) -> Checked {
    let mut count = 0;
    for fault in losses() {
        for request in 0..=REQUESTS {
            ensure!(request < REQUESTS, "making a contact takes too many requests");
            count += 1;
            let identity = numbered(&fixture.identity(), count);
            let (directory, line) = bad(fixture, request, fault.clone());
            if let Err(error) = directory.create(&identity, None, &key(count)).await {
                let again = error.retry() != Retry::Never;
                ensure!(again, "{fault:?} at request {request} is told as final: {error}");
            }
            let made = good(fixture).create(&identity, None, &key(count)).await?;
            let found = fixture.contacts(&identity);
            let wanted = vec![made.reference.to_string()];
            ensure_eq!(found, wanted, "contacts after {fault:?} at request {request}");
            if !line.struck() {
                break;
            }
        }
    }
    Ok(Verdict::Kept)
}

/// When the provider asks to wait, the error says how long.
pub async fn busy_carries_the_delay(fixture: &dyn DirectoryFixture) -> Checked {
    let delay = Duration::from_secs(7);
    let mut refused = 0;
    for request in 0..=REQUESTS {
        ensure!(request < REQUESTS, "a lookup takes too many requests");
        let busy = Fault::Refused(fixture.busy(delay));
        let (directory, line) = bad(fixture, request, busy);
        let Err(error) = directory.lookup(&fixture.identity()).await else {
            if line.struck() {
                continue;
            }
            break;
        };
        refused += 1;
        let Retry::Later { after, .. } = error.retry() else {
            return Err(Violation::new(format!("busy is told as {:?}", error.retry())));
        };
        ensure_eq!(after, Some(delay), "the delay a busy provider asks for");
    }
    ensure!(refused > 0, "a lookup succeeds although the provider is busy");
    Ok(Verdict::Kept)
}

/// The secret is in no `Debug`, error, cause or log line, whatever happens.
pub async fn never_shows_its_secret(fixture: &dyn DirectoryFixture) -> Checked {
    let secret = fixture.secret();
    sees_none(fixture, &[("the secret", secret.as_str())]).await
}

/// The customer's address is in no `Debug`, error, cause or log line, whatever happens.
pub async fn never_shows_the_customer(fixture: &dyn DirectoryFixture) -> Checked {
    let identity = fixture.identity();
    sees_none(fixture, &[("the customer's address", &*identity.value)]).await
}

async fn sees_none(fixture: &dyn DirectoryFixture, hidden: &[(&'static str, &str)]) -> Checked {
    let identity = fixture.identity();
    let shown = format!("{:?}", good(fixture));
    canary::sees_none(&shown, hidden, "the directory's Debug")?;
    let repeats = Fault::Repeats(format!("{} {}", identity.value, fixture.secret()));
    for fault in losses().into_iter().chain([repeats]) {
        for request in 0..=REQUESTS {
            ensure!(request < REQUESTS, "a lookup and a new contact take too many requests");
            let (directory, line) = bad(fixture, request, fault.clone());
            let (shown, log) = overheard(async {
                let found = directory.lookup(&identity).await;
                let made = directory.create(&identity, None, &key(request)).await;
                let mut shown = format!("{found:?} {made:?}\n");
                for error in [found.err(), made.err()].into_iter().flatten() {
                    shown.push_str(&canary::shown(&error));
                }
                shown
            })
            .await;
            canary::sees_none(&log, hidden, "the log of a call over a bad line")?;
            canary::sees_none(&shown, hidden, "the result of a call over a bad line")?;
            if !line.struck() {
                break;
            }
        }
    }
    Ok(Verdict::Kept)
}

/// The directory over a line that breaks at its `request`th request, and the line.
fn bad(
    fixture: &dyn DirectoryFixture,
    request: usize,
    fault: Fault,
) -> (Arc<dyn Directory>, Arc<Faulty>) {
    let line = Faulty::at(fixture.double(), request, fault);
    let transport: Arc<Faulty> = Arc::clone(&line);
    (fixture.directory(transport), line)
}

fn losses() -> [Fault; 4] {
    [Fault::BrokenAfterWrite, Fault::Cut, Fault::DropAfterWrite, Fault::NotSent]
}

const REQUESTS: usize = 50;
