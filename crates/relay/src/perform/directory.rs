//! The customer is looked up, or entered.

use handover_core::directory::Contact;
use handover_core::error::Error;
use handover_core::id::Key;
use handover_core::job::Outcome;
use handover_core::session::Session;

use super::gone;
use crate::relay::Parts;

impl Parts {
    pub(super) async fn look_up(&self, session: &Session) -> Result<Outcome, Error> {
        let desk = self.desk_of(session).ok_or_else(gone)?;
        let directory = desk.directory.as_ref().ok_or_else(gone)?;
        let found = directory.lookup(&session.customer).await?;
        let choice = self.matcher.choose(&session.customer, &found);
        let name = |contact: Contact| contact.name.unwrap_or_else(|| contact.reference.into());
        let candidates = found.into_iter().map(name).collect();
        Ok(Outcome::LookedUp { found: choice, candidates })
    }

    pub(super) async fn create_contact(&self, session: &Session) -> Result<Outcome, Error> {
        let desk = self.desk_of(session).ok_or_else(gone)?;
        let directory = desk.directory.as_ref().ok_or_else(gone)?;
        let key = Key::contact(session.contact);
        let made = directory.create(&session.customer, session.name.as_ref(), &key);
        made.await.map(Outcome::ContactCreated)
    }
}
