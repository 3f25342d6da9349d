//! A call to the desk ended.

use super::{Alarm, Turn, notes};
use crate::desk::{Case, CaseStatus};
use crate::event::Holder;
use crate::job::{Job, Lane, Outcome, Work};
use crate::session::{HandoffStage, Resolver};
use crate::thread::Thread;

impl Turn<'_> {
    pub(super) fn case_ended(&mut self, job: &Job, outcome: Outcome) {
        match outcome {
            Outcome::Opened { case, with_contact } => self.opened(case, with_contact),
            Outcome::Appended { case, through, refused } => {
                if let Some(case) = case {
                    self.keep(case);
                }
                let session = self.session();
                session.appended = session.appended.max(through);
                for (seq, code) in refused {
                    self.note(notes::entry_refused(seq, &code));
                }
            }
            Outcome::HandedOff(case) => {
                self.keep(case);
                self.offered();
            }
            Outcome::Amended(case) | Outcome::Attached(case) | Outcome::StatusSet(case) => {
                self.keep(case);
            }
            Outcome::CaseTaken => self.taken(job),
            Outcome::CaseClosed => self.closed(job),
            Outcome::Failed(failure) if matches!(job.work, Work::Attach { .. }) => {
                self.not_attached(job, &notes::reason(&failure));
            }
            Outcome::Failed(failure) => {
                if matches!(job.work, Work::Handoff { .. }) {
                    self.declined();
                }
                self.note(notes::desk_refused(job.work.name(), &failure));
            }
            _ => {}
        }
    }

    fn opened(&mut self, case: Case, with_contact: bool) {
        self.session().contact_on_case |= with_contact;
        if let Some(record) = &mut self.conversation.case {
            record.opened = true;
            let thread = Thread::case(&record.desk, case.reference.clone());
            self.decision.threads.push(thread);
        }
        self.keep(case);
    }

    /// What we wrote or read of the case. That it is over is news like the desk's own.
    fn keep(&mut self, case: Case) {
        let status = case.status;
        let session = &self.conversation.session;
        let hosted_on = session.hosted.then(|| session.channel.clone());
        if let Some(record) = &mut self.conversation.case {
            // A call may have begun under a name that another has told us to be a former one.
            let is_former = record.former.contains(&case.reference);
            let case = match is_former {
                true => Case { reference: record.case.reference.clone(), ..case },
                false => case,
            };
            if record.case.reference != case.reference {
                // The desk has merged it into another: both names lead here.
                record.rename(case.reference.clone());
                let (desk, name) = (record.desk.clone(), case.reference.clone());
                self.decision.threads.push(Thread::case(&desk, name.clone()));
                let hosted = hosted_on.map(|channel| Thread::channel(&channel, name));
                self.decision.threads.extend(hosted);
            }
            if let Some(alias) = case.alias.as_ref().filter(|_| record.case.alias != case.alias) {
                self.decision.threads.push(Thread::case(&record.desk, alias.clone()));
            }
            record.case = Case { status: record.case.status, ..case };
        }
        if !self.is_put_away_unanswered(status) {
            self.case_is(status);
        }
    }

    fn offered(&mut self) {
        if let Some(handoff) = &mut self.session().handoff
            && handoff.stage == HandoffStage::Requested
        {
            handoff.stage = HandoffStage::Offered;
        }
    }

    fn declined(&mut self) {
        if let Some(handoff) = &mut self.session().handoff
            && handoff.is_waiting()
        {
            handoff.stage = HandoffStage::Declined;
            self.alarm(Alarm::HandoffDeclined);
        }
    }

    /// A person was faster. Closing is then theirs; a handoff has found its person.
    fn taken(&mut self, job: &Job) {
        if matches!(job.work, Work::Handoff { .. }) && self.session().is_open() {
            self.session().control.give(Holder::Person);
            self.accept_handoff();
        }
    }

    /// The case was closed before we could write. What was said since goes on a case of its own.
    fn closed(&mut self, job: &Job) {
        let Some(record) = &mut self.conversation.case else { return };
        if job.lane != Lane::case(record.id, &record.desk) {
            // The session has another case by now, and what this was for goes there.
            return;
        }
        if let Work::Attach { .. } = job.work {
            return self.not_attached(job, "the case is closed");
        }
        record.case.status = CaseStatus::Final;
        match job.work {
            Work::Append { .. } | Work::SetStatus { status: CaseStatus::Open, .. }
                if self.session().is_open() =>
            {
                self.start_over();
            }
            _ => self.resolve(Resolver::Desk),
        }
    }

    /// What was to be done on the old case, and is not done yet, is done on a new one.
    fn start_over(&mut self) {
        let Some(record) = self.conversation.case.take() else { return };
        let session = self.session();
        session.parent = Some(record.case.reference);
        session.case = None;
        session.entered = session.appended;
        let waiting = session.handoff.as_ref().filter(|handoff| handoff.is_waiting());
        let note = waiting.and_then(|handoff| handoff.note);
        if let Some(note) = note.filter(|_| self.wants_case()) {
            self.open_case();
            self.after_entries(Work::Handoff { note });
        }
    }
}
