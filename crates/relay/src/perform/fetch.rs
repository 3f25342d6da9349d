//! A file that came with a message is copied.

use handover_core::error::Error;
use handover_core::job::Outcome;
use handover_core::message::Copy;
use handover_core::session::Session;

use super::gone;
use crate::relay::Parts;

impl Parts {
    pub(super) async fn fetch(
        &self,
        session: &Session,
        seq: u64,
        index: usize,
    ) -> Result<Outcome, Error> {
        let channel = self.channels.get(&session.channel).ok_or_else(gone)?;
        let blobs = self.blobs.as_ref().ok_or_else(gone)?;
        let message = self.message(session, seq).await?;
        let file = message.files.get(index).ok_or_else(gone)?;
        let body = channel.channel.fetch(&file.reference, self.file_limit).await?;
        let name = format!("{}/{seq}/{index}", session.id);
        let size = blobs.put(&self.tenant, &name, body, self.file_limit).await?;
        Ok(Outcome::Fetched { copy: Copy::Stored(name), size: Some(size) })
    }
}
