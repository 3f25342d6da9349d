//! A customer wrote.

use chrono::{DateTime, Utc};

use super::{Turn, notes};
use crate::desk::{Case, CaseStatus};
use crate::event::{Author, ConsentWord, Event, Holder, Hosted, Inbound};
use crate::id::CaseId;
use crate::job::{Destination, Lane, NewJob, Work};
use crate::message::{Reason, Speaker};
use crate::session::{CaseRecord, Search};
use crate::store::Consent;
use crate::thread::Thread;

impl Turn<'_> {
    pub(super) fn customer_wrote(&mut self, event: Event, inbound: Inbound) {
        // Somebody else may write in the conversation: their name is not this session's.
        let is_theirs = inbound.from.is_same(&self.session().customer);
        let names = event.threads.iter().filter(|thread| is_theirs || !thread.is_customer());
        self.decision.threads.extend(names.cloned());
        if let Some(hosted) = &inbound.hosted {
            self.hosted(hosted);
            self.opened_by_customer(event.at);
            if let Some(contact) = hosted.contact.clone() {
                self.session().search = Search::Found { contact };
            }
            if hosted.holder == Holder::Person {
                self.person_takes_over();
            }
        }
        let message = self.log(Speaker::Customer, inbound.text, event.at);
        message.event = Some(event.id);
        message.files = inbound.files;
        let (seq, files) = (message.seq, message.files.len());
        for index in 0..files {
            let session = self.session();
            let lane = Lane::session(session.id, Destination::Media(session.channel.clone()));
            self.decision.jobs.push(NewJob::new(lane, Work::Fetch { seq, index }));
        }
        if self.consent(inbound.consent) {
            self.mark_aside(seq);
        } else if event.author == Author::Person {
            self.wants_answer(seq);
        }
    }

    fn mark_aside(&mut self, seq: u64) {
        if let Some(message) = self.decision.log.iter_mut().find(|message| message.seq == seq) {
            message.aside = true;
        }
    }

    /// Somebody has to say something to message `seq`.
    pub(super) fn wants_answer(&mut self, seq: u64) {
        self.session().asked = seq;
        if !self.assistant_may_speak() || self.session().opted_out {
            return;
        }
        if self.world.channel.assistant {
            self.ask(Work::Answer { through: seq });
        } else {
            self.hand_off(Reason::AssistantOff);
        }
    }

    /// Enters the customer's word in the ledger. True if nothing more is to be said to it: a STOP
    /// and a HELP are answered by the provider and never reach the assistant.
    fn consent(&mut self, word: Option<ConsentWord>) -> bool {
        let opted_out = self.session().opted_out;
        match word {
            None => false,
            Some(ConsentWord::Help) => true,
            Some(ConsentWord::Stop) => {
                self.consent_is(false, "customer");
                true
            }
            // Whoever has not opted out and says "start" is just saying something.
            Some(ConsentWord::Start) if !opted_out => false,
            Some(ConsentWord::Start) => {
                self.consent_is(true, "customer");
                true
            }
        }
    }

    /// Enters in the ledger whether the customer takes messages, and tells the people at the desk.
    pub(super) fn consent_is(&mut self, allowed: bool, source: &str) {
        let now = self.now;
        let session = self.session();
        // Another process, whose clock is behind, may enter the next word: that one is the later all
        // the same.
        let at = now.max(session.last_at);
        session.last_at = at;
        let is_news = session.opted_out == allowed;
        session.opted_out = !allowed;
        let (channel, address) = (session.channel.clone(), session.customer.value.clone());
        self.decision.consent.push(Consent {
            channel,
            address,
            allowed,
            at,
            source: source.into(),
        });
        if is_news {
            self.note(if allowed { notes::OPTED_IN } else { notes::OPTED_OUT });
        }
    }

    /// The desk has the conversation already: its reference is the case.
    fn hosted(&mut self, hosted: &Hosted) {
        let session = self.session();
        let Some(desk) = session.desk.clone() else { return };
        if session.case.is_some() {
            return;
        }
        let id = CaseId(session.id.0);
        session.case = Some(id);
        let record = CaseRecord {
            opened: true,
            ..CaseRecord::new(id, desk, Case::new(hosted.case.clone()))
        };
        let thread = Thread::case(&record.desk, hosted.case.clone());
        self.decision.threads.push(thread);
        self.conversation.case = Some(record);
    }

    /// Who writes in a conversation that a desk hosts opens it: what the desk still has to tell of
    /// it as of an earlier time is no news.
    fn opened_by_customer(&mut self, at: DateTime<Utc>) {
        let Some(record) = self.conversation.case.as_mut() else { return };
        if record.status_at.is_none_or(|known| known < at) {
            record.status_at = Some(at);
            record.case.status = CaseStatus::Open;
        }
    }
}
