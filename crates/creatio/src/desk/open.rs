use handover_core::desk::{Case, Opening};
use handover_core::error::{Error, ErrorKind};

use super::texts;
use crate::column::Values;
use crate::creatio::Creatio;
use crate::entities::{self, case};
use crate::parse::guid;

impl Creatio {
    /// Opens a case under the id of its key: one call, if nothing is in doubt.
    pub(super) async fn open_case(&self, opening: &Opening) -> Result<Case, Error> {
        let id = opening.key.uuid();
        let columns = self.case_columns();
        // All that will ever be written is checked before the first row exists.
        self.client().ensure_columns(&entities::CASE, &columns).await?;
        let values = Values::new()
            .set(case::SUBJECT, texts::subject(&opening.about))
            .set(case::SYMPTOMS, texts::description(&opening.about, None));
        let linked = values
            .clone()
            .set_some(case::CONTACT, opening.contact.as_deref().and_then(guid))
            .set_some(case::PARENT, opening.parent.as_deref().and_then(guid));
        let created = match self.client().create(&entities::CASE, id, &linked, &columns).await {
            // The contact or the earlier case was deleted meanwhile: a case without them is better
            // than none.
            Err(error) if is_dangling(&error) => {
                self.client().create(&entities::CASE, id, &values, &columns).await?
            }
            created => created?,
        };
        let row = created.into_row();
        self.learn(&row);
        let standing = self.stands(id, row).await?;
        Ok(self.remember(&standing, None, &[]))
    }
}

fn is_dangling(error: &Error) -> bool {
    error.kind() == ErrorKind::Invalid && error.code() == Some("foreign-key")
}
