//! The directory answered, or failed to.

use super::{Turn, notes};
use crate::job::{Destination, Job, Lane, NewJob, Outcome, Work};
use crate::matching::Match;
use crate::session::Search;

impl Turn<'_> {
    pub(super) fn directory_ended(&mut self, _job: &Job, outcome: Outcome) {
        match outcome {
            Outcome::LookedUp { found: Match::One(contact), .. }
            | Outcome::ContactCreated(contact) => {
                self.session().search = Search::Found { contact: contact.reference };
            }
            Outcome::LookedUp { found: Match::None, .. } if self.creates_contacts() => {
                self.search_with(Work::CreateContact);
            }
            Outcome::LookedUp { found: Match::Ambiguous, candidates } => {
                self.session().search = Search::Empty;
                self.note(notes::ambiguous(&candidates));
            }
            Outcome::LookedUp { .. } => self.session().search = Search::Empty,
            _ => {
                self.session().search = Search::Empty;
                self.note(notes::NO_DIRECTORY);
            }
        }
    }

    pub(super) fn search_with(&mut self, work: Work) {
        let Some(desk) = self.world.desk else { return };
        let destination = Destination::Directory(desk.desk.clone());
        let lane = Lane::session(self.conversation.session.id, destination);
        self.decision.jobs.push(NewJob::new(lane, work));
    }

    /// An identity that is merely claimed makes nobody.
    pub(super) fn creates_contacts(&self) -> bool {
        self.world.desk.is_some_and(|desk| desk.create_contacts)
            && self.conversation.session.customer.may_join()
    }
}
