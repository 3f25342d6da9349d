//! A change, decided against what is stored: what stands against it, or the rows to write.

use handover_core::id::EventId;
use handover_core::job::{Lane, NewJob, Work};
use handover_core::message::{Message, Update};
use handover_core::session::{Conversation, Session, SessionState};
use handover_core::store::{Change, Commit, Consent, Settle};
use handover_core::thread::{Side, Thread};
use uuid::Uuid;

use super::rows::{JobRow, Rows, SessionRow};
use super::sight::{Sight, Standing, Stored};
use crate::change::{Encoded, encode_job};
use crate::failure::Failure;
use crate::json::{decode, encode};
use crate::nanos::nanos;
use crate::numbers::int;

/// Messages as they will be, by session and place.
type Updated = Vec<((Uuid, i64), String)>;

/// Changes that are decided one after the other, each in sight of those before it.
pub(super) struct Plan<'a> {
    pub(super) sight: Sight,
    pub(super) rows: Rows<'a>,
}

impl<'a> Plan<'a> {
    /// Decides one change. Everything is checked before anything is planned.
    pub(super) fn decide(&mut self, encoded: &'a Encoded) -> Result<Commit, Failure> {
        let change = &encoded.change;
        if let Some(refusal) = self.refusal(change) {
            return Ok(refusal);
        }
        let updated = self.updated(change)?;
        let pokes = self.pokes(change)?;
        match (&change.conversation, &encoded.session) {
            (Some(conversation), Some(data)) => {
                self.converse(encoded, conversation, data);
                for (new, data) in change.jobs.iter().zip(&encoded.jobs) {
                    self.queue(new, Some(conversation.session.id.0), data.into(), change);
                }
            }
            _ => {
                if let Some(event) = &change.event {
                    self.mark(event.as_str(), SEEN, None);
                }
            }
        }
        for (key, data) in updated {
            self.rows.update(key, data.clone());
            self.sight.messages.insert(key, data);
        }
        if let Some(event) = &change.event {
            self.rows.handled(event.as_str());
        }
        for row in &change.own {
            self.mark(row.row(), OWN, None);
        }
        change.consent.iter().for_each(|consent| self.consent(consent));
        if let Some(settle) = &change.settle {
            self.settle(settle, change);
        }
        for (new, data) in pokes {
            if !self.standing(&new.lane.to_text()).waiting {
                self.queue(&new, None, data.into(), change);
            }
        }
        if let (Some(event), Some(data)) = (&change.unrouted, &encoded.unrouted)
            && !self.is_known(&event.id)
        {
            self.rows.strand(event, data);
        }
        Ok(Commit::Done)
    }

    /// What stands against a change, in the order in which it is told.
    fn refusal(&self, change: &Change) -> Option<Commit> {
        if change.event.as_ref().is_some_and(|event| self.is_known(event)) {
            return Some(Commit::Seen);
        }
        if change.settle.as_ref().is_some_and(|settle| !self.is_live(settle)) {
            return Some(Commit::Lost);
        }
        let conversation = change.conversation.as_ref()?;
        (!self.is_current(conversation)).then_some(Commit::Stale)
    }

    fn is_known(&self, event: &EventId) -> bool {
        let has = |id: &str, kind: i16| self.sight.marks.get(id).is_some_and(|k| k & kind != 0);
        has(event.as_str(), SEEN) || has(event.row(), OWN)
    }

    fn is_live(&self, settle: &Settle) -> bool {
        let token = int(settle.lease.token);
        let held = |job: &_| self.sight.held.get(job).is_some_and(|held| held.token == token);
        settle.jobs.iter().all(|job| held(&int(job.0)))
    }

    fn is_current(&self, Conversation { session, case }: &Conversation) -> bool {
        let stored = self.sight.sessions.get(&session.id.0);
        if stored.map_or(0, |stored| stored.version) != int(session.version) {
            return false;
        }
        let on_thread = self.sight.open.get(&session.reply_thread.to_text());
        if session.is_open() && on_thread.is_some_and(|open| *open != session.id.0) {
            return false;
        }
        let Some(case) = case else { return true };
        let stored = self.sight.cases.get(&case.id.0);
        stored.map_or(0, |(version, _)| *version) == int(case.version)
    }

    /// Plans what belongs to one conversation.
    fn converse(&mut self, encoded: &'a Encoded, conversation: &'a Conversation, data: &'a str) {
        let (change, session) = (&encoded.change, &conversation.session);
        if let (Some(case), Some(data)) = (&conversation.case, &encoded.case) {
            let stored = self.sight.cases.get(&case.id.0);
            if stored.is_none_or(|(_, stored)| stored != data) {
                let version = int(case.version) + 1;
                self.sight.cases.insert(case.id.0, (version, data.clone()));
                self.rows.cases.insert(case.id.0, (version, data));
            }
        }
        let created = self.put(session, data);
        for thread in change.threads.iter().filter(|thread| thread.side != Side::Session) {
            self.rows.name(thread.to_text(), created, session.id.0);
        }
        let mut unseen = change.event.as_ref();
        for (message, data) in change.log.iter().zip(&encoded.log) {
            let (of, seq) = (session.id.0, int(message.seq));
            self.rows.log.insert((of, seq), data.into());
            let Some(event) = &message.event else { continue };
            let kinds = if unseen == Some(event) { SEEN } else { 0 };
            unseen = unseen.filter(|_| kinds == 0);
            self.mark(event.as_str(), kinds, Some((of, seq)));
        }
        if let Some(event) = unseen {
            self.mark(event.as_str(), SEEN, None);
        }
    }

    /// Plans a session; when it was made.
    fn put(&mut self, session: &'a Session, data: &'a str) -> i64 {
        let id = session.id.0;
        let version = int(session.version) + 1;
        let (wake, case) = (session.wake.map(nanos), session.case.map(|case| case.0));
        let ended = match session.state {
            SessionState::Open => None,
            SessionState::Resolved { at, .. } => Some(nanos(at)),
        };
        let reply = session.reply_thread.to_text();
        let stored = self.sight.sessions.get(&id);
        let created = stored.map_or_else(|| nanos(session.created_at), |stored| stored.created);
        let is_stored = stored.is_some();
        let row = SessionRow {
            id,
            version,
            created,
            ended,
            wake,
            case,
            reply: reply.clone(),
            session,
            data,
        };
        if is_stored {
            self.rows.old_sessions.insert(id, row);
        } else {
            self.rows.found.insert(Thread::session(session.id).to_text());
            self.rows.new_sessions.push(row);
        }
        if ended.is_none() {
            self.sight.open.insert(reply, id);
        } else if self.sight.open.get(&reply) == Some(&id) {
            self.sight.open.remove(&reply);
        }
        self.sight.sessions.insert(id, Stored { version, created });
        created
    }

    /// The messages that a change updates, as they will be.
    fn updated(&self, change: &Change) -> Result<Updated, Failure> {
        let mut updated: Vec<((Uuid, i64), Message)> = Vec::new();
        let Some(conversation) = &change.conversation else { return Ok(Vec::new()) };
        for Update { seq, what } in &change.updates {
            let key = (conversation.session.id.0, int(*seq));
            if let Some((_, message)) = updated.iter_mut().find(|(known, _)| *known == key) {
                message.apply(what);
                continue;
            }
            let stored = self.sight.messages.get(&key).map(|data| decode(data)).transpose()?;
            let fresh = || change.log.iter().find(|message| message.seq == *seq).cloned();
            let Some(mut message) = stored.or_else(fresh) else { continue };
            message.apply(what);
            updated.push((key, message));
        }
        updated.iter().map(|(key, message)| Ok((*key, encode(message)?))).collect()
    }

    /// The jobs that a change's pokes would make.
    fn pokes(&self, change: &Change) -> Result<Vec<(NewJob, String)>, Failure> {
        let pull = |(source, scope): &(_, _)| {
            let new = NewJob::new(Lane::feed(source, Clone::clone(scope)), Work::Pull);
            let data = encode_job(&new, None, change)?;
            Ok((new, data))
        };
        change.pokes.iter().map(pull).collect()
    }

    fn queue(
        &mut self,
        new: &NewJob,
        session: Option<Uuid>,
        data: std::borrow::Cow<'a, str>,
        change: &Change,
    ) {
        let lane = new.lane.to_text();
        let head = !self.standing(&lane).any;
        self.sight.lanes.insert(lane.clone(), Standing { any: true, waiting: true });
        self.rows.jobs.push(JobRow {
            session,
            destination: new.lane.destination.to_text(),
            priority: new.work.priority(&new.lane).into(),
            alike: match new.work {
                Work::Append { .. } => 1,
                Work::Answer { .. } => 2,
                _ => 0,
            },
            fence: new.fence.map(int),
            head,
            now: nanos(change.now),
            lane,
            data,
        });
    }

    fn standing(&self, lane: &str) -> Standing {
        self.sight.lanes.get(lane).copied().unwrap_or_default()
    }

    fn settle(&mut self, settle: &'a Settle, change: &Change) {
        for job in &settle.jobs {
            let id = int(job.0);
            let Some(held) = self.sight.held.remove(&id) else { continue };
            if let Some(cursor) =
                settle.cursor.as_ref().filter(|_| held.lane.starts_with("feed|all|"))
            {
                self.rows.cursors.insert(held.destination, &cursor.0);
            }
            let ended = if settle.uncertain { &mut self.rows.aside } else { &mut self.rows.done };
            ended.push(id);
            self.rows.freed.insert(held.lane, nanos(change.now));
        }
    }

    fn consent(&mut self, consent: &'a Consent) {
        let key = (consent.channel.as_str(), &*consent.address);
        let known = self.rows.consents.get(&key);
        if known.is_none_or(|known| known.at <= consent.at) {
            self.rows.consents.insert(key, consent);
        }
    }

    fn mark(&mut self, id: &'a str, kinds: i16, message: Option<(Uuid, i64)>) {
        *self.sight.marks.entry(id.to_owned()).or_default() |= kinds;
        let row = self.rows.marks.entry(id).or_default();
        row.kinds |= kinds;
        row.message = row.message.or(message);
    }
}

const SEEN: i16 = 1;
const OWN: i16 = 2;
