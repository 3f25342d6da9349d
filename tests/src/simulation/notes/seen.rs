//! Claims, answers and telephones, each compared with what is known by then.

use chrono::{DateTime, Utc};
use handover_core::id::TenantId;
use handover_core::job::{LaneOwner, Withheld, Work};
use handover_core::session::Conversation;
use handover_core::store::{Claim, Deferral};

use super::Notes;
use super::ledger::{KEYWORDS, Logged};

impl Notes {
    /// Jobs were given out.
    pub(in crate::simulation) fn claimed(&mut self, claim: &Claim, now: DateTime<Utc>) {
        let tenant = claim.lease.tenant.clone();
        self.line(|| {
            let works: Vec<_> = claim.jobs.iter().map(|job| (&job.work, job.attempts)).collect();
            let withheld = claim.withheld.map(|why| format!(", withheld: {}", why.name()));
            format!("  claims {works:?}{}", withheld.unwrap_or_default())
        });
        let names = claim.jobs.iter().map(|job| format!("{} {}", job.work.name(), job.attempts));
        self.last.extend(names);
        let excess = self.last.len().saturating_sub(8);
        self.last.drain(..excess);
        let mut broken: Vec<(u8, String)> = Vec::new();
        let mut reached: Vec<&'static str> = Vec::new();
        let ledger = self.ledger(&tenant);
        let Some(first) = claim.jobs.first() else { return };
        if !matches!(first.lane.owner, LaneOwner::Feed(_)) {
            let queue = ledger.lanes.entry(first.lane.clone()).or_default();
            let waiting = queue.works.iter().take(claim.jobs.len());
            if !waiting.eq(claim.jobs.iter().map(|job| &job.work)) {
                broken.push((3, format!("{} overtakes in {:?}", first.work.name(), first.lane)));
            }
            if queue.lease.is_some_and(|(_, until)| until > now) {
                broken.push((3, format!("two have {:?} at once", first.lane)));
            }
            queue.lease = Some((claim.lease.token, claim.until));
            for job in &claim.jobs {
                ledger.claimed.insert(job.id, (job.lane.clone(), job.work.clone()));
            }
        }
        if claim.jobs.iter().any(|job| job.tried) {
            reached.push("a job came back as tried");
        }
        if claim.jobs.iter().any(|job| matches!(job.work, Work::Confirm { .. })) {
            reached.push("a provider was asked what became of a text that it took");
        }
        if claim.jobs.len() > 1 {
            reached.push("jobs were claimed together");
        }
        if let Some(Conversation { session, .. }) = &claim.conversation {
            let known = ledger.sessions.get(&session.id);
            let epoch = known.map(|known| known.epoch);
            let is_out =
                known.is_some_and(|known| ledger.allowed.get(&known.customer) == Some(&false));
            let is_send = matches!(first.work, Work::Send { .. });
            if claim.withheld.is_some() {
                reached.push("a job was withheld when it was claimed");
                if claim.withheld == Some(Withheld::OptedOut) && !is_out {
                    broken.push((8, "withheld from a customer who has not opted out".into()));
                }
            } else {
                if claim.jobs.iter().any(|job| job.fence.is_some_and(|f| Some(f) != epoch)) {
                    broken.push((4, format!("a stale {} was given out", first.work.name())));
                }
                if is_send && is_out {
                    broken.push((8, "a send to an opted-out customer was given out".into()));
                }
            }
        }
        broken.into_iter().for_each(|(promise, what)| self.broken(promise, what));
        reached.into_iter().for_each(|what| self.reach(what));
    }

    /// Jobs were put back.
    pub(in crate::simulation) fn deferred(&mut self, deferral: &Deferral) {
        let token = deferral.lease.token;
        self.line(|| format!("  puts back, tried: {}, until {}", deferral.tried, deferral.until));
        let ledger = self.ledger(&deferral.lease.tenant);
        for queue in ledger.lanes.values_mut() {
            queue.lease.take_if(|(held, _)| *held == token);
        }
        if deferral.pause.is_some() {
            self.reach("an account was paused");
        }
        if deferral.parked {
            self.reach("a job was parked");
        }
        self.settled();
    }

    /// A webhook that says `text` was answered well.
    pub(in crate::simulation) fn acknowledged(&mut self, tenant: &TenantId, text: &str) {
        if !KEYWORDS.contains(&text) && !self.ledger(tenant).logged.contains_key(text) {
            self.broken(1, format!("{text:?} was acknowledged and is nowhere"));
        }
    }

    /// A text of ours is on a customer's telephone.
    pub(in crate::simulation) fn on_phone(&mut self, tenant: &TenantId, to: &str, text: &str) {
        let ledger = self.ledger(tenant);
        let times = ledger.phones.entry((to.to_owned(), text.to_owned())).or_default();
        *times += 1;
        let times = *times;
        let mut broken: Vec<(u8, String)> = Vec::new();
        if ledger.said.secrets.contains(text) {
            broken.push((9, format!("{text:?} left the house")));
        }
        let of = |place: &&Logged| {
            let known = ledger.sessions.get(&place.session);
            ledger.is_merged || known.is_some_and(|known| *known.customer == *to)
        };
        let places: Vec<Logged> =
            ledger.logged.get(text).into_iter().flatten().filter(of).copied().collect();
        match places.as_slice() {
            [] => broken.push((2, format!("{to} got {text:?}, which nobody said to them"))),
            [place] => {
                let sent = ledger.sent.entry(place.session).or_default();
                if place.seq < *sent {
                    broken.push((3, format!("{text:?} was overtaken by #{sent}")));
                }
                *sent = place.seq.max(*sent);
                if times > 1 {
                    broken.push((2, format!("{to} got {text:?} {times} times")));
                }
            }
            places if times as usize > places.len() => {
                broken.push((2, format!("{to} got {text:?} {times} times of {}", places.len())));
            }
            _ => {}
        }
        if !broken.is_empty() && self.is_anothers(tenant, text) {
            broken.push((7, format!("{to} got another tenant's {text:?}")));
        }
        broken.into_iter().for_each(|(promise, what)| self.broken(promise, what));
    }
}
