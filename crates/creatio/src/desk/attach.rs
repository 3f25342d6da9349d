use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::blobs::Content;
use handover_core::channel::Attempt;
use handover_core::desk::{About, Attachment, Case};
use handover_core::error::{Error, ErrorKind};
use handover_core::message::File;
use uuid::Uuid;

use super::standing::reference;
use crate::column::{Column, Values};
use crate::config::{EntryMode, FilePolicy};
use crate::creatio::Creatio;
use crate::entities::{self, base, file};
use crate::files::{NewFile, Parent, Source};
use crate::ids;

impl Creatio {
    /// Adds a file to its entry's activity, or to the case where entries are feed messages, under the
    /// id of its key.
    pub(super) async fn attach_file(
        &self,
        case: &Case,
        about: &About,
        attachment: &Attachment,
        attempt: &Attempt,
    ) -> Result<(), Error> {
        if self.config().files != FilePolicy::Upload {
            return Err(Error::never(ErrorKind::Invalid, "this desk is not set up to take files"));
        }
        let (case, entry) = (reference(case)?, attachment.entry.uuid());
        let id = attachment.key.uuid();
        let parent = match self.config().entry_mode(&about.channel) {
            EntryMode::Feed => {
                self.announce_nothing(id, case, &name(&attachment.file)).await?;
                Parent::case(case)
            }
            EntryMode::Email | EntryMode::Task => Parent::activity(entry),
        };
        let media_type = attachment.file.media_type.as_deref().unwrap_or(BINARY);
        let new = NewFile::new(
            id,
            parent,
            &name(&attachment.file),
            media_type,
            attachment.content.size(),
        );
        // It goes before everything that waits behind it on the case.
        let client = self.client();
        let uploaded = client.files().upload(&new, &Kept(&attachment.content)).await;
        match uploaded {
            // The file service does not say that what it was to attach to is missing.
            Err(error) if attempt.number > 1 && error.kind() == ErrorKind::Unavailable => {
                let there = client.present(&entities::ACTIVITY, &[entry]).await;
                let is_gone = there.is_some_and(|there| there.is_empty())
                    && self.config().entry_mode(&about.channel) != EntryMode::Feed;
                Err(if is_gone { no_entry() } else { error })
            }
            done => done,
        }
    }

    /// Makes the row of a case's file before its content. Source: a `CaseFile` may be announced to
    /// the customer by e-mail, and is unless its `IsNeedToNotify` says no; uploading to a row that
    /// is there replaces its content alone.
    pub(crate) async fn announce_nothing(
        &self,
        id: Uuid,
        case: Uuid,
        name: &str,
    ) -> Result<(), Error> {
        let values = Values::new()
            .set(base::NAME, crate::encode::cut(name, NAME))
            .set(file::TYPE, ids::FILE)
            .set(file::CASE, case)
            .set(IS_NEED_TO_NOTIFY, false);
        self.client().create(&entities::CASE_FILE, id, &values, &[base::ID]).await.map(drop)
    }
}

/// The bytes that the relay keeps.
#[derive(Debug)]
struct Kept<'a>(&'a Content);

#[async_trait]
impl Source for Kept<'_> {
    async fn read(&self, range: Range<u64>) -> Result<Bytes, Error> {
        self.0.read(range).await
    }
}

/// Its name, or one that tells at least what it is: many texts carry pictures without a name.
fn name(file: &File) -> String {
    let named = file.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    named.map_or_else(
        || {
            let kind = file.media_type.as_deref().unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            let known = EXTENSIONS.iter().find(|(media_type, _)| *media_type == kind);
            known.map_or_else(|| "file".to_owned(), |(_, extension)| format!("file.{extension}"))
        },
        str::to_owned,
    )
}

fn no_entry() -> Error {
    Error::never(ErrorKind::Invalid, "the entry that the file belongs to is not there")
        .with_code("no-entry")
}

const BINARY: &str = "application/octet-stream";
const IS_NEED_TO_NOTIFY: Column = Column::plain("IsNeedToNotify");
/// UTF-16 units of a file's name.
const NAME: usize = 250;

const EXTENSIONS: [(&str, &str); 16] = [
    ("application/pdf", "pdf"),
    ("application/zip", "zip"),
    ("audio/amr", "amr"),
    ("audio/mp4", "m4a"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "ogg"),
    ("image/gif", "gif"),
    ("image/heic", "heic"),
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/webp", "webp"),
    ("text/plain", "txt"),
    ("text/vcard", "vcf"),
    ("text/x-vcard", "vcf"),
    ("video/3gpp", "3gp"),
    ("video/mp4", "mp4"),
];
