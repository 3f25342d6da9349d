//! We own the channel: texts by Twilio, and people who work in Creatio.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::clock::Clock;
use handover_core::id::{DeskId, TenantId};
use handover_core::policy::OpenCase;
use handover_core::transport::Transport;
use handover_creatio::Creatio;
use handover_relay::{ChannelSetup, DeskSetup, Relay};
use handover_sim::creatio::{ActivityType, Creatio as CreatioSim, RepActivity};
use handover_sim::twilio::{Carrier, Direction, Twilio as TwilioSim};
use handover_sim::{Fault, Rule, Wire};
use handover_sms::twilio::Twilio;
use serde_json::json;
use uuid::Uuid;

use super::{
    CUSTOMERS, Common, Kept, MOODS, Parts, Town, clock, mark, pick, provider_time, unfinished,
};
use crate::setup::{self, NUMBER};
use crate::simulation::gate::{Gated, Skewed};
use crate::simulation::mail::Mail;
use crate::simulation::notes::{KEYWORDS, Ledger, Notes, SharedNotes};
use crate::simulation::plan::{Act, TownPlan};
use crate::simulation::{Bug, Violation, check};

pub(in crate::simulation) struct Owned {
    plan: TownPlan,
    tenant: TenantId,
    transport: Arc<dyn Transport>,
    twilio: TwilioSim,
    creatio: CreatioSim,
    owner: Uuid,
    /// How many messages of Twilio's have been looked at.
    looked: usize,
    /// What was texted, by the name that Twilio gave it.
    texts: BTreeMap<String, String>,
}

impl Owned {
    pub(super) fn new(
        plan: &TownPlan,
        tenant: TenantId,
        now: &Arc<AtomicI64>,
        notes: &SharedNotes,
    ) -> Self {
        let twilio = setup::twilio().list_lag(Duration::from_secs(plan.list_lag)).build();
        let carrier = match plan.style % 8 {
            0 => Carrier::Fails { code: 30003 },
            1 => Carrier::Undelivered { code: 30007 },
            2 => Carrier::Silent,
            _ => Carrier::Delivers,
        };
        twilio.set_carrier(CUSTOMERS[2], carrier);
        let creatio = setup::creatio();
        let clock = clock(plan, now);
        let owner = creatio.add_contact("Ann Agent", "", "ann@acme.example", clock.now());
        let wire = Wire::new(clock)
            .host("api.twilio.com", twilio.clone())
            .host("acme-is.creatio.com", creatio.clone())
            .host("acme.creatio.com", creatio.clone());
        let transport = Gated {
            inner: Arc::new(wire),
            clock: Skewed { now: Arc::clone(now), ahead: 0 },
            notes: notes.clone(),
        };
        Self {
            plan: plan.clone(),
            tenant,
            transport: Arc::new(transport),
            twilio,
            creatio,
            owner,
            looked: 0,
            texts: BTreeMap::new(),
        }
    }

    /// One of the cases there are by now.
    fn case(&self, n: u32) -> Option<Uuid> {
        let cases = self.creatio.cases();
        (!cases.is_empty()).then(|| cases[n as usize % cases.len()].id())
    }

    fn is_over(&self, case: Uuid) -> bool {
        self.creatio.case(case).is_some_and(|case| OVER.contains(&case.shown("Status")))
    }

    fn open_case(&self) -> OpenCase {
        if self.plan.style & 8 == 0 { OpenCase::FirstMessage } else { OpenCase::Handoff }
    }

    fn texts(&mut self, from: &str, text: &str, now: DateTime<Utc>) -> String {
        let sid = self.twilio.customer_texts(from, NUMBER, text, &[], now);
        self.texts.insert(sid, text.to_owned());
        format!("{from} texts {text:?}")
    }

    fn begins_or_finishes(
        &self,
        case: Uuid,
        n: u32,
        now: DateTime<Utc>,
        notes: &mut Notes,
    ) -> String {
        if let Some((id, text)) = unfinished(&mut notes.ledger(&self.tenant).said, n) {
            notes.reach("a draft was finished later");
            self.creatio.rep_finishes_activity(id.parse().unwrap(), now);
            return format!("a rep finishes {text:?}");
        }
        let said = &mut notes.ledger(&self.tenant).said;
        let text = said.secret("draft", mark(&self.tenant));
        let draft = RepActivity::new(ActivityType::Call).detailed_result(&text);
        let id = self.creatio.rep_adds_activity(case, draft.by(self.owner), now);
        said.drafts.push((id.to_string(), text.clone()));
        format!("a rep begins {text:?} on {case}")
    }

    fn files(&self, case: Uuid, n: u32, now: DateTime<Utc>, notes: &mut Notes) -> Option<String> {
        let status = pick(&["Closed", "Resolved", "Resolved", "Reopened", "In progress"], n);
        let is_over = |status: &str| OVER.contains(&status);
        let was = self.creatio.case(case)?;
        let was = was.shown("Status");
        if is_over(status) && was != status {
            let closed = &mut notes.ledger(&self.tenant).closed;
            *closed.entry(case.to_string()).or_default() += 1;
        }
        match (is_over(was), is_over(status)) {
            (false, true) => notes.reach("a case was closed by a person"),
            (true, true) => notes.reach("a case was closed twice"),
            (true, false) => notes.reach("a case was reopened"),
            (false, false) => {}
        }
        self.creatio.rep_sets_status(case, status, now);
        Some(format!("a rep sets {case} to {status}"))
    }
}

impl Town for Owned {
    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn adapters(&self, bug: &Bug, common: Common) -> Parts {
        let transport = (bug.transport)(Arc::clone(&self.transport));
        let tenant = self.tenant.clone();
        let creatio = Arc::new(setup::desk(tenant, self.owner, &transport, &common.clock));
        let twilio = Arc::new(setup::channel(&transport, &common.clock));
        Parts {
            store: common.store,
            archive: common.archive,
            assistant: common.assistant,
            matcher: common.matcher,
            channel: Arc::<Twilio>::clone(&twilio),
            channel_webhook: Some(Arc::<Twilio>::clone(&twilio)),
            channel_feed: Some(twilio),
            desk: Arc::<Creatio>::clone(&creatio),
            desk_webhook: Arc::<Creatio>::clone(&creatio),
            desk_feed: Arc::<Creatio>::clone(&creatio),
            directory: creatio,
        }
    }

    fn relay(&self, parts: Parts, clock: Arc<dyn Clock>) -> Relay {
        let desk = DeskSetup::new(parts.desk)
            .directory(parts.directory, true)
            .webhook(parts.desk_webhook)
            .feed(parts.desk_feed)
            .open_case(self.open_case());
        let mut channel = ChannelSetup::new(parts.channel)
            .desk(DeskId::new("creatio").unwrap())
            .inactivity(TimeDelta::hours(3));
        if let Some(webhook) = parts.channel_webhook {
            channel = channel.webhook(webhook);
        }
        if let Some(feed) = parts.channel_feed {
            channel = channel.feed(feed);
        }
        if self.plan.style.is_multiple_of(16) {
            channel = channel.without_assistant();
        }
        Relay::builder(self.tenant.clone())
            .clock(clock)
            .assistant(parts.assistant)
            .matcher(parts.matcher)
            .links(|session, _| format!("https://relay.example/sessions/{session}").parse().ok())
            .desk(desk)
            .channel(channel)
            .build_on(parts.store, parts.archive)
            .unwrap()
    }

    fn act(
        &mut self,
        act: Act,
        (a, b): (u32, u32),
        now: DateTime<Utc>,
        notes: &mut Notes,
    ) -> Option<String> {
        let now = provider_time(&self.plan, now);
        let said = &mut notes.ledger(&self.tenant).said;
        match act {
            Act::Text => {
                let text = said.unique(&format!("text{}", pick(&MOODS, a)), mark(&self.tenant));
                said.customers.insert(text.clone(), pick(&CUSTOMERS, b).to_owned());
                return Some(self.texts(pick(&CUSTOMERS, b), &text, now));
            }
            Act::Keyword => return Some(self.texts(pick(&CUSTOMERS, b), pick(&KEYWORDS, a), now)),
            _ => {}
        }
        let case = self.case(a)?;
        Some(match act {
            Act::Reply => {
                let text = said.unique("reply", mark(&self.tenant));
                said.replies.insert(text.clone());
                let reply = RepActivity::new(ActivityType::Call).detailed_result(&text).finished();
                let reply = reply.commits_after(Duration::from_secs(self.plan.row_lag));
                self.creatio.rep_adds_activity(case, reply.by(self.owner), now);
                format!("a rep replies {text:?} on {case}")
            }
            Act::Note => {
                let text = said.secret("note", mark(&self.tenant));
                let note = RepActivity::new(ActivityType::Task).notes(&text).finished();
                self.creatio.rep_adds_activity(case, note.by(self.owner), now);
                format!("a rep notes {text:?} on {case}")
            }
            Act::Draft => self.begins_or_finishes(case, b, now, notes),
            Act::Close => return self.files(case, b, now, notes),
            Act::Edit => {
                let words = said.unique("a person's words", mark(&self.tenant));
                self.creatio.rep_edits_case(case, "Symptoms", json!(words), now);
                if self.is_over(case) {
                    notes.reach("a case that is over was edited");
                }
                format!("a rep edits {case}")
            }
            Act::Assign => {
                let owner = b.is_multiple_of(2).then_some(self.owner);
                self.creatio.rep_assigns(case, owner, now);
                format!("a rep assigns {case} to {owner:?}")
            }
            Act::Keyword | Act::Merge | Act::Poll | Act::Text | Act::Wait => return None,
        })
    }

    fn fail(&mut self, place: u32, fault: Fault, times: u32) -> String {
        let rule = Rule::new(fault).times(times);
        if place.is_multiple_of(3) {
            let rule = rule.path("Messages.json");
            let is_send = place.is_multiple_of(2);
            let rule = if is_send { rule.method(http::Method::POST) } else { rule };
            self.twilio.faults().add(rule);
            return format!("Twilio will fail {times} times: {fault:?}");
        }
        let path = pick(&["/Case", "$batch", "/Contact", "/Activity", "token"], place / 3);
        self.creatio.faults().add(rule.path(path));
        format!("Creatio will fail {times} times at {path}: {fault:?}")
    }

    fn calm(&mut self) {
        self.twilio.faults().clear();
        self.creatio.faults().clear();
    }

    fn mail(&mut self, town: usize) -> Vec<Mail> {
        let mut all = Vec::new();
        for outgoing in self.twilio.take_webhooks() {
            let body = std::str::from_utf8(outgoing.request.body()).unwrap();
            let field = |name: &str| {
                let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
                pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
            };
            let sid = field("MessageSid");
            let text = sid.as_ref().and_then(|sid| self.texts.get(sid).cloned());
            let receipt = sid.zip(field("MessageStatus"));
            let due = outgoing.due.timestamp_millis() - self.plan.skew;
            all.push(Mail {
                town,
                request: outgoing.request,
                is_retried: true,
                due,
                text,
                receipt,
            });
        }
        for outgoing in self.creatio.take_webhooks() {
            let due = outgoing.due.timestamp_millis() - self.plan.skew;
            let request = outgoing.request;
            all.push(Mail { town, request, is_retried: false, due, text: None, receipt: None });
        }
        all
    }

    fn look(&mut self, notes: &mut Notes) {
        for message in self.twilio.messages_after(self.looked) {
            self.looked += 1;
            if message.direction == Direction::Outbound {
                notes.on_phone(&self.tenant, &message.to, &message.body);
            }
        }
    }

    fn arrived(&self, to: &str, text: &str) -> usize {
        let all = self.twilio.messages();
        let ours = all.iter().filter(|message| message.direction == Direction::Outbound);
        ours.filter(|message| message.to == to && message.body == text).count()
    }

    fn check(&self, kept: &[Kept], ledger: &Ledger, broken: &mut Vec<Violation>) {
        check::telephones(kept, ledger, broken);
        check::creatio(kept, &self.creatio, broken);
    }
}

/// The statuses of a case that is over.
const OVER: [&str; 2] = ["Closed", "Resolved"];
