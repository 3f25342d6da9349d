//! Files: whole, once, and never instead of what was said.

use bytes::Bytes;
use handover_core::error::{ErrorKind, Retry};

use super::DeskFixture;
use super::SeenFile;
use super::cases::retryable;
use super::scene::{REQUESTS, Story, bad, good, losses, written};
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};

/// A file that is added twice is there once, with all its bytes, also one that is longer than a
/// piece.
pub async fn file_twice_is_one_file(fixture: &dyn DeskFixture) -> Checked {
    if !good(fixture).capabilities().files {
        return Ok(Verdict::Skipped(NO_FILES));
    }
    for (n, size) in (1..).zip([1, 400_001]) {
        let story = Story::new(n);
        let desk = good(fixture);
        let case = story.open(&*desk).await?;
        written(&story.append(&*desk, &case, &story.entries(1)).await?, 1)?;
        let bytes = picture(size);
        let case = story.attach(&*desk, &case, 1, "picture.png", &bytes).await?;
        stands(fixture, &case.reference, &bytes, "added once")?;
        let case = story.again().attach(&*good(fixture), &case, 1, "picture.png", &bytes).await?;
        stands(fixture, &case.reference, &bytes, "added twice")?;
    }
    Ok(Verdict::Kept)
}

/// Whichever answer is lost while a file is added, adding it again leaves it there once and whole.
pub async fn lost_answer_is_one_file(fixture: &dyn DeskFixture) -> Checked {
    if !good(fixture).capabilities().files {
        return Ok(Verdict::Skipped(NO_FILES));
    }
    let bytes = picture(40_000);
    let mut stories = 10;
    for fault in losses() {
        for request in 0..=REQUESTS {
            ensure!(request < REQUESTS, "adding a file takes too many requests");
            stories += 1;
            let story = Story::new(stories);
            let case = story.open(&*good(fixture)).await?;
            written(&story.append(&*good(fixture), &case, &story.entries(1)).await?, 1)?;
            let (desk, line) = bad(fixture, request, fault.clone());
            if let Err(error) = story.attach(&*desk, &case, 1, "picture.png", &bytes).await {
                retryable(&error, &fault, request)?;
            }
            story.again().attach(&*good(fixture), &case, 1, "picture.png", &bytes).await?;
            stands(fixture, &case.reference, &bytes, "after a lost answer")?;
            if !line.struck() {
                break;
            }
        }
    }
    Ok(Verdict::Kept)
}

/// A desk that takes no files says so for good: nobody waits for it.
pub async fn refused_file_is_told(fixture: &dyn DeskFixture) -> Checked {
    let desk = good(fixture);
    if desk.capabilities().files {
        return Ok(Verdict::Skipped("the desk takes files"));
    }
    let story = Story::new(1);
    let case = story.open(&*desk).await?;
    let error = story.attach(&*desk, &case, 1, "picture.png", &picture(9)).await.err();
    let told = error.map(|error| (error.kind(), error.retry()));
    ensure_eq!(told, Some((ErrorKind::Invalid, Retry::Never)), "what a file meets");
    Ok(Verdict::Kept)
}

fn stands(
    fixture: &dyn DeskFixture,
    case: &str,
    bytes: &Bytes,
    when: &str,
) -> Result<(), Violation> {
    let files = fixture.files(case);
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    ensure_eq!(names, vec!["picture.png"], "the files on a case, {when}");
    let is_whole = files.iter().all(|SeenFile { bytes: found, .. }| found == bytes);
    ensure!(is_whole, "a file is not what was sent, {when}");
    Ok(())
}

/// Bytes of which each piece is unlike the others.
fn picture(size: usize) -> Bytes {
    (0..size).map(|n| (n % 251) as u8 ^ (n / 251 % 256) as u8).collect()
}

const NO_FILES: &str = "the desk takes no files";
