//! Entries: all of them, once, in order, as they were said.

use handover_core::desk::EntryOutcome;

use super::DeskFixture;
use super::cases::retryable;
use super::scene::{REQUESTS, Story, at, bad, good, losses, reads, written};
use crate::violation::{Checked, Verdict, ensure, ensure_eq};

/// People read entries in the order in which they were said, whatever calls they came in, and also
/// where two were said at the same time.
pub async fn entries_keep_order(fixture: &dyn DeskFixture) -> Checked {
    let story = Story::new(1);
    let desk = good(fixture);
    let case = story.open(&*desk).await?;
    let seconds = [0, 5, 5, 5, 9, 9, 30, 31, 32, 33, 34, 35];
    let all: Vec<_> = (1..)
        .zip(seconds)
        .map(|(seq, second)| story.entry(seq, &format!("text {seq}"), second))
        .collect();
    for calls in [&all[..1], &all[1..4], &all[4..5], &all[5..]] {
        written(&story.append(&*desk, &case, calls).await?, calls.len())?;
    }
    reads(fixture, &case, &all, "after four calls")?;
    let times: Vec<_> = fixture.entries(&case.reference).iter().map(|entry| entry.at).collect();
    let wanted: Vec<_> = seconds.iter().map(|second| at(*second)).collect();
    ensure_eq!(times, wanted, "when people read that it was said");
    Ok(Verdict::Kept)
}

/// An entry that is written again, alone or with others, stands there once.
pub async fn entries_twice_are_once(fixture: &dyn DeskFixture) -> Checked {
    let story = Story::new(1);
    let desk = good(fixture);
    let case = story.open(&*desk).await?;
    let all = story.entries(4);
    written(&story.append(&*desk, &case, &all[..2]).await?, 2)?;
    written(&story.append(&*desk, &case, &all[..2]).await?, 2)?;
    written(&story.again().append(&*desk, &case, &all).await?, 4)?;
    written(&story.again().append(&*good(fixture), &case, &all[1..3]).await?, 2)?;
    reads(fixture, &case, &all, "after writing them again and again")?;
    Ok(Verdict::Kept)
}

/// Whichever answer is lost while entries are written, writing them again leaves each once.
pub async fn lost_answer_is_one_entry(fixture: &dyn DeskFixture) -> Checked {
    let mut stories = 0;
    for fault in losses() {
        for request in 0..=REQUESTS {
            ensure!(request < REQUESTS, "writing three entries takes too many requests");
            stories += 1;
            let story = Story::new(stories);
            let case = story.open(&*good(fixture)).await?;
            let entries = story.entries(3);
            let (desk, line) = bad(fixture, request, fault.clone());
            match story.append(&*desk, &case, &entries).await {
                Err(error) => retryable(&error, &fault, request)?,
                Ok(outcomes) => {
                    ensure_eq!(outcomes.len(), 3, "outcomes for three entries");
                    let refused = |one: &EntryOutcome| matches!(one, EntryOutcome::Refused { .. });
                    let any = outcomes.iter().any(refused);
                    ensure!(!any, "{fault:?} at request {request} is told as a refusal");
                }
            }
            written(&story.again().append(&*good(fixture), &case, &entries).await?, 3)?;
            reads(fixture, &case, &entries, &format!("after {fault:?} at request {request}"))?;
            if !line.struck() {
                break;
            }
        }
    }
    Ok(Verdict::Kept)
}

/// People read every character of what was said.
pub async fn provider_sees_what_was_said(fixture: &dyn DeskFixture) -> Checked {
    let story = Story::new(1);
    let desk = good(fixture);
    let case = story.open_with(&*desk, "O'Brien said \"hi\" & <left>").await?;
    let long = "a long text, word by word ".repeat(160) + "and its end";
    let texts = TEXTS.iter().copied().chain([long.as_str()]);
    let entries: Vec<_> = (1..).zip(texts).map(|(seq, text)| story.entry(seq, text, 1)).collect();
    for (n, entry) in entries.iter().enumerate() {
        let mut entry = entry.clone();
        entry.at = at(i64::try_from(n).unwrap_or_default());
        let one = std::slice::from_ref(&entry);
        written(&story.append(&*desk, &case, one).await?, 1)?;
    }
    reads(fixture, &case, &entries, "of hostile texts")?;
    Ok(Verdict::Kept)
}

/// Texts that a careless encoder spoils.
const TEXTS: &[&str] = &[
    "hello",
    "O'Brien', Id eq 1) or (1 eq 1 --",
    "\"},{\"Title\":\"injected\"}, \\u0041 \\n",
    "a&b=c+d %20e%26f; g?h#i $filter=1",
    "two\nlines",
    "--batch\n\nPATCH /injected HTTP/1.1",
    "naïve 👩‍👩‍👧 🇩🇪 é",
    "مرحبا بالعالم, שלום",
    "</body><b>bold</b> <script>x</script> 2 < 3 > 1 &amp; &lt;",
    "null",
    "00000000-0000-0000-0000-000000000000",
];
