//! The assistant answered, or failed to.

use super::{Alarm, Turn, notes};
use crate::assistant::{Answer, Fill};
use crate::desk::CaseStatus;
use crate::job::{Job, Lane, NewJob, Outcome, Withheld, Work};
use crate::message::{Brief, Reason, Speaker};
use crate::policy::DeskPolicy;
use crate::session::Resolver;

impl Turn<'_> {
    pub(super) fn assistant_ended(&mut self, job: &Job, outcome: Outcome) {
        match (&job.work, outcome) {
            (Work::Summarise { .. }, Outcome::Answered { answer, .. }) => {
                self.summarised(answer.brief.unwrap_or_default());
            }
            (Work::Summarise { .. }, _) => self.summarised(Brief::default()),
            (_, Outcome::Answered { answer, seen }) => self.answered(job, answer, seen),
            // Somebody else has control by now: there is nothing more to say.
            (_, Outcome::Withheld(Withheld::Overtaken)) => {}
            _ => self.assistant_failed(),
        }
    }

    fn answered(&mut self, job: &Job, answer: Answer, seen: u64) {
        let epoch = self.session().control.epoch;
        if !self.assistant_may_speak() || job.fence != Some(epoch) {
            return;
        }
        if self.now - job.created_at > self.world.policy.answer_max_age {
            return self.assistant_failed();
        }
        let session = self.session();
        session.answered = session.answered.max(seen);
        let text = answer.text.filter(|text| !text.trim().is_empty());
        // Logged before control changes hands, so that the summary can tell of it; sent after, so
        // that it is not stale.
        let has_text = text.is_some();
        if let Some(text) = text {
            let now = self.now;
            self.log(Speaker::Assistant, text, now);
        }
        if let Some(reason) = answer.handoff {
            self.hand_off(reason);
        } else if answer.resolved {
            self.resolve(Resolver::Assistant);
            self.close_case();
        }
        if has_text {
            let epoch = self.session().control.epoch;
            self.send(Some(epoch));
        }
    }

    fn assistant_failed(&mut self) {
        if !self.assistant_may_speak() {
            return;
        }
        self.alarm(Alarm::AssistantFailed);
        self.hand_off(Reason::AssistantFailed);
        if let Some(notice) = self.world.policy.handoff_notice.as_deref() {
            self.say(notice);
        }
    }

    /// The summary is in: with the handoff's note if that is still to be written, else by itself.
    fn summarised(&mut self, mut brief: Brief) {
        let now = self.now;
        if self.session().closing.take().is_some() {
            return self.finish_closing(brief);
        }
        // A session stays small; nobody reads a longer summary.
        if let Some(summary) = &mut brief.summary {
            *summary = notes::cut(summary, 1_500);
        }
        let Some(handoff) = &mut self.session().handoff else { return };
        if handoff.note.is_none() {
            handoff.brief = Some(Box::new(brief));
            handoff.summary_deadline = now;
            return;
        }
        if brief == Brief::default() {
            return;
        }
        let note = self.note(notes::brief(&brief));
        if let Some(message) = self.decision.log.last_mut() {
            message.brief = Some(Box::new(brief));
        }
        self.amend(Some(note));
    }

    /// Queues a change of the case that came late.
    pub(super) fn amend(&mut self, note: Option<u64>) {
        let n = self.session().changes;
        self.session().changes += 1;
        self.after_entries(Work::Amend { n, note });
    }

    /// Closes the case, after the columns were asked for that are always filled.
    fn close_case(&mut self) {
        if self.conversation.case.is_none() && self.wants_case() {
            self.open_case();
        }
        if self.conversation.case.is_none() {
            return;
        }
        let is_filled = |desk: &DeskPolicy| desk.fields.iter().any(|f| f.fill == Fill::Always);
        if !self.world.desk.is_some_and(is_filled) {
            return self.finish_closing(Brief::default());
        }
        let deadline = self.now + self.world.policy.summary_deadline;
        let through = self.session().last_seq();
        self.session().closing = Some(deadline);
        self.ask(Work::Summarise { through });
    }

    /// The summary did not come in time.
    pub(super) fn finish_closing_late(&mut self) {
        if self.session().closing.is_some_and(|deadline| deadline <= self.now) {
            self.session().closing = None;
            self.finish_closing(Brief::default());
        }
    }

    fn finish_closing(&mut self, brief: Brief) {
        if self.conversation.case.as_ref().is_none_or(|record| !record.is_open()) {
            return;
        }
        if brief != Brief::default() {
            let note = self.note(notes::brief(&brief));
            if let Some(message) = self.decision.log.last_mut() {
                message.brief = Some(Box::new(brief));
            }
            self.amend(Some(note));
        }
        let n = self.session().changes;
        self.session().changes += 1;
        self.after_entries(Work::SetStatus { n, status: CaseStatus::Resolved });
    }

    /// Queues work for the desk behind the entries of everything logged so far.
    pub(super) fn after_entries(&mut self, work: Work) {
        self.enter();
        if let Some(record) = &self.conversation.case {
            let lane = Lane::case(record.id, &record.desk);
            self.decision.jobs.push(NewJob::new(lane, work));
        }
    }
}
