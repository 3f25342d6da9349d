//! What is due by now, whatever the input was: the case, its entries, the handoff, the next wake.

use super::{Turn, notes};
use crate::desk::{Case, CaseStatus};
use crate::event::Holder;
use crate::id::{CaseId, Key};
use crate::job::{Lane, NewJob, Work};
use crate::message::Brief;
use crate::policy::OpenCase;
use crate::session::{CaseRecord, HandoffStage, Search};
use crate::thread::Thread;

impl Turn<'_> {
    pub(super) fn schedule(&mut self) {
        self.reopen();
        self.want_case();
        self.finish_closing_late();
        self.hand_over();
        self.enter();
        self.name_contact();
        self.ask_when_due();
        self.session().wake = self.next_wake();
    }

    /// A new conversation goes on with a case that was resolved lately.
    fn reopen(&mut self) {
        let is_open = self.session().is_open() && !self.session().hosted;
        let Some(record) = self.conversation.case.as_mut() else { return };
        if !is_open || record.case.status != CaseStatus::Resolved {
            return;
        }
        record.case.status = CaseStatus::Open;
        let lane = Lane::case(record.id, &record.desk);
        let n = self.session().changes;
        self.session().changes += 1;
        let work = Work::SetStatus { n, status: CaseStatus::Open };
        self.decision.jobs.push(NewJob::new(lane, work));
    }

    fn want_case(&mut self) {
        let has_directory = self.world.desk.is_some_and(|desk| desk.directory);
        let session = &self.conversation.session;
        if session.hosted {
            // The desk knows by itself whose conversation it is: only who is missing is of concern.
            if has_directory && self.creates_contacts() && session.next_seq > 1 {
                self.want_contact(Work::CreateContact);
            }
            return;
        }
        if session.case.is_some() || !self.wants_case() {
            return;
        }
        match session.search {
            Search::Unasked if has_directory && session.customer.may_join() => {
                self.want_contact(Work::Lookup);
            }
            Search::Asked { deadline } if self.now < deadline => {}
            _ => self.open_case(),
        }
    }

    /// Looks the customer up or enters them, once.
    fn want_contact(&mut self, work: Work) {
        let session = &self.conversation.session;
        if session.search == Search::Unasked && session.customer.may_join() {
            let deadline = self.now + self.world.policy.lookup_deadline;
            self.session().search = Search::Asked { deadline };
            self.search_with(work);
        }
    }

    pub(super) fn wants_case(&self) -> bool {
        let Some(desk) = self.world.desk else { return false };
        let session = &self.conversation.session;
        let is_wanted = match desk.open_case {
            OpenCase::FirstMessage => true,
            // A person is needed, or had a case that was closed under our hands.
            OpenCase::Handoff => session.handoff.is_some() || session.cases > 0,
        };
        is_wanted && !session.hosted && session.next_seq > 1
    }

    /// The case has its id, and its thread, from now on; the desk hears of it when the job is done.
    pub(super) fn open_case(&mut self) {
        let Some(desk) = self.world.desk.map(|desk| desk.desk.clone()) else { return };
        let session = self.session();
        let n = session.cases;
        session.cases += 1;
        let row = Key::open(session.id, n).uuid();
        session.case = Some(CaseId(row));
        let case = Case::new(row.to_string());
        self.decision.threads.push(Thread::case(&desk, case.reference.clone()));
        let lane = Lane::case(CaseId(row), &desk);
        self.decision.jobs.push(NewJob::new(lane, Work::Open { n }));
        self.conversation.case = Some(CaseRecord::new(CaseId(row), desk, case));
    }

    /// Queues entries for everything in the log that is not on the case yet.
    pub(super) fn enter(&mut self) {
        let Some(record) = &self.conversation.case else { return };
        let record = record.clone();
        let desk = record.desk.clone();
        let lane = Lane::case(record.id, &desk);
        let (hosted, entered) = (self.session().hosted, self.session().entered);
        let through = self.session().last_seq();
        let news: Vec<u64> = self
            .decision
            .log
            .iter()
            .filter(|message| message.seq > entered && record.takes(message, hosted))
            .map(|message| message.seq)
            .collect();
        // What was logged by earlier decisions, while it could not be entered, is entered as well.
        let first_news = through + 1 - self.decision.log.len() as u64;
        let older = entered + 1..first_news.max(entered + 1);
        if older.is_empty() && news.is_empty() {
            self.session().entered = through;
            return;
        }
        if self.is_note_due() {
            return;
        }
        for seq in older.chain(news) {
            self.own_entry(&desk, seq);
        }
        self.session().entered = through;
        self.decision.jobs.push(NewJob::new(lane, Work::Append { through }));
        self.attach_entered();
    }

    /// Whether a hosted case is about to get its handoff's note: what else is to be told there is
    /// told in the same call, a few seconds later.
    fn is_note_due(&self) -> bool {
        let session = &self.conversation.session;
        session.hosted && session.handoff.as_ref().is_some_and(|handoff| handoff.note.is_none())
    }

    /// Writes the handoff's note and queues the handoff, once the summary is in or late.
    fn hand_over(&mut self) {
        let (now, has_case) = (self.now, self.conversation.case.is_some());
        let Some(handoff) = &mut self.session().handoff else { return };
        if handoff.note.is_some() || !has_case || now < handoff.summary_deadline {
            return;
        }
        let brief = handoff.brief.take().map_or_else(Brief::default, |brief| *brief);
        let brief = Brief { reason: Some(handoff.reason), ..brief };
        let note = self.note(notes::brief(&brief));
        if let Some(message) = self.decision.log.last_mut() {
            message.brief = Some(Box::new(brief));
        }
        if let Some(handoff) = &mut self.session().handoff {
            handoff.note = Some(note);
        }
        self.after_entries(Work::Handoff { note });
    }

    /// A contact that was found after the case was opened without it.
    fn name_contact(&mut self) {
        let is_open = self.conversation.case.as_ref().is_some_and(|record| record.opened);
        let session = self.session();
        let is_late = is_open && !session.contact_on_case && !session.hosted;
        if is_late && matches!(session.search, Search::Found { .. }) {
            session.contact_on_case = true;
            self.amend(None);
        }
    }

    fn next_wake(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        let session = &self.conversation.session;
        let lookup = match session.search {
            Search::Asked { deadline } if session.case.is_none() => Some(deadline),
            _ => None,
        };
        let handoff = session.handoff.as_ref();
        let summary = handoff.filter(|h| h.note.is_none() && self.world.desk.is_some());
        let summary = summary.map(|handoff| handoff.summary_deadline).filter(|at| *at > self.now);
        let waits = |stage| matches!(stage, HandoffStage::Requested | HandoffStage::Offered);
        let accept = handoff.filter(|h| waits(h.stage) && session.control.holder == Holder::Nobody);
        let accept = accept.map(|handoff| handoff.accept_deadline);
        let closing = session.closing.filter(|at| *at > self.now);
        let untold = session.untold_until.filter(|_| self.world.channel.confirms);
        let all = [lookup, summary, accept, closing, untold, self.inactive_at()];
        all.into_iter().flatten().min()
    }
}
