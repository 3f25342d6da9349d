//! The desk hosts the channel: a number in Front, where the assistant is a teammate.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::clock::Clock;
use handover_core::id::{ChannelId, DeskId, TenantId};
use handover_core::transport::Transport;
use handover_front::ids::{InboxId, TeammateId};
use handover_front::{Client, Config, DeskConfig, Front};
use handover_relay::{ChannelSetup, DeskSetup, Relay};
use handover_sim::front::{Conversation, Front as FrontSim, Hook, Status};
use handover_sim::{Fault, Rule};

use super::{CUSTOMERS, Common, Kept, MOODS, Parts, Town, clock, mark, pick, provider_time};
use crate::simulation::gate::{Gated, Skewed};
use crate::simulation::mail::Mail;
use crate::simulation::notes::{KEYWORDS, Ledger, Notes, SharedNotes};
use crate::simulation::plan::{Act, TownPlan};
use crate::simulation::{Bug, Violation, check};

const AI: &str = "tea_ai";
const APP_KEY: &str = "a-signing-key";
const REP: &str = "tea_rep";
const RULE_SECRET: &str = "a-rule-secret";
const URL: &str = "https://relay.example/desks/front";

pub(in crate::simulation) struct Hosted {
    plan: TownPlan,
    tenant: TenantId,
    transport: Arc<dyn Transport>,
    front: FrontSim,
    /// How many texts of each telephone have been looked at.
    looked: HashMap<&'static str, usize>,
}

impl Hosted {
    pub(super) fn new(
        plan: &TownPlan,
        tenant: TenantId,
        now: &Arc<AtomicI64>,
        notes: &SharedNotes,
    ) -> Self {
        let lag = Duration::from_secs(plan.list_lag / 4);
        let mut company = FrontSim::builder("token")
            .teammate(AI, "ai@acme.example", "ai", "Assistant")
            .teammate(REP, "rita@acme.example", "user", "Rita Rep")
            .inbox("inb_sms", "SMS")
            .channel("cha_sms", "inb_sms", "twilio", "+18005551212")
            .pace(lag, lag);
        if !plan.style.is_multiple_of(4) {
            company = company.assign_new_to(AI);
        }
        if plan.style & 8 == 0 {
            company = company.message_uids();
        }
        let front = company.build();
        let application = || Hook::application(URL, APP_KEY);
        front.hook(match plan.style % 5 {
            0 => Hook::rule(URL, RULE_SECRET),
            1 => application().preview(),
            _ => application(),
        });
        let transport = Gated {
            inner: Arc::new(front.transport(clock(plan, now))),
            clock: Skewed { now: Arc::clone(now), ahead: 0 },
            notes: notes.clone(),
        };
        let looked = CUSTOMERS.map(|customer| (customer, 0)).into();
        Self { plan: plan.clone(), tenant, transport: Arc::new(transport), front, looked }
    }

    /// What was merged into a conversation, by itself or with others.
    fn merged_into(&self, one: &str) -> Vec<String> {
        let all = self.front.conversations();
        let mut found = vec![one.to_owned()];
        let mut n = 0;
        while let Some(into) = found.get(n).cloned() {
            let is_in = |other: &&Conversation| other.merged_into.as_ref() == Some(&into);
            found.extend(all.iter().filter(is_in).map(|other| other.id.clone()));
            n += 1;
        }
        found.split_off(1)
    }

    /// A conversation that was not merged into another.
    fn conversation(&self, n: u32) -> Option<String> {
        let mut all = self.front.conversations();
        all.retain(|one| one.merged_into.is_none());
        (!all.is_empty()).then(|| all.swap_remove(n as usize % all.len()).id)
    }
}

impl Town for Hosted {
    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn adapters(&self, bug: &Bug, common: Common) -> Parts {
        let transport = (bug.transport)(Arc::clone(&self.transport));
        let (desk, channel) = (DeskId::new("front").unwrap(), ChannelId::new("sms-us").unwrap());
        let login = Config::new("token".into()).unwrap();
        let client = Client::new(&login, transport, common.clock).unwrap();
        let mut config = DeskConfig::new(desk, TeammateId::new(AI).unwrap())
            .and_then(|config| config.with_application_keys(vec![APP_KEY.into()]))
            .and_then(|config| config.with_rule_secrets(vec![RULE_SECRET.into()]))
            .and_then(|config| config.with_channel(&channel, [InboxId::new("inb_sms").unwrap()]))
            .unwrap()
            .with_tags(["handed-off".to_owned()]);
        if self.plan.style.is_multiple_of(4) {
            config = config.handling_unassigned();
        }
        let front = Arc::new(Front::new(client, config));
        Parts {
            store: common.store,
            archive: common.archive,
            assistant: common.assistant,
            matcher: common.matcher,
            channel: Arc::new(front.channel(&channel).unwrap()),
            channel_webhook: None,
            channel_feed: None,
            desk: Arc::<Front>::clone(&front),
            desk_webhook: Arc::<Front>::clone(&front),
            desk_feed: Arc::<Front>::clone(&front),
            directory: front,
        }
    }

    fn relay(&self, parts: Parts, clock: Arc<dyn Clock>) -> Relay {
        let desk = DeskSetup::new(parts.desk)
            .directory(parts.directory, self.plan.style & 16 == 0)
            .webhook(parts.desk_webhook)
            .feed(parts.desk_feed);
        let channel = ChannelSetup::new(parts.channel)
            .desk(DeskId::new("front").unwrap())
            .inactivity(TimeDelta::hours(3));
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
        let front = &self.front;
        let said = &mut notes.ledger(&self.tenant).said;
        match act {
            Act::Text => {
                let text = said.unique(&format!("text{}", pick(&MOODS, a)), mark(&self.tenant));
                let from = pick(&CUSTOMERS, b);
                said.customers.insert(text.clone(), from.to_owned());
                let one = front.customer_texts(from, &text, &[], now);
                let merged = self.merged_into(&one);
                if !merged.is_empty() {
                    notes.reach("a customer wrote in a conversation that another was merged into");
                    let held = self.front.conversation(&one)?;
                    if held.assignee.as_deref() != Some(AI) {
                        let ledger = notes.ledger(&self.tenant);
                        ledger.after_merge.insert(text.clone(), (one.clone(), merged));
                    }
                }
                return Some(format!("{from} texts {text:?} in {one}"));
            }
            Act::Keyword => {
                let (word, from) = (pick(&KEYWORDS, a), pick(&CUSTOMERS, b));
                let one = front.customer_texts(from, word, &[], now);
                return Some(format!("{from} texts {word} in {one}"));
            }
            _ => {}
        }
        let one = self.conversation(a)?;
        Some(match act {
            Act::Reply => {
                let text = said.unique("reply", mark(&self.tenant));
                said.replies.insert(text.clone());
                front.teammate_replies(&one, REP, &text, now);
                format!("a rep replies {text:?} in {one}")
            }
            Act::Note => {
                let text = said.secret("note", mark(&self.tenant));
                front.teammate_comments(&one, REP, &text, now);
                format!("a rep comments {text:?} in {one}")
            }
            Act::Draft => {
                let text = said.secret("draft", mark(&self.tenant));
                front.teammate_drafts(&one, REP, &text, now);
                format!("a rep begins {text:?} in {one}")
            }
            Act::Close if b.is_multiple_of(3) => {
                front.teammate_reopens(&one, REP, now);
                format!("a rep reopens {one}")
            }
            Act::Close => {
                if front.conversation(&one)?.status == Status::Open {
                    notes.reach("a case was closed by a person");
                }
                front.teammate_archives(&one, REP, now);
                format!("a rep archives {one}")
            }
            Act::Edit => {
                front.teammate_tags(&one, REP, "vip", now);
                format!("a rep tags {one}")
            }
            Act::Assign => {
                let to = pick(&[Some(REP), Some(AI), Some(AI), None], b);
                if to == Some(AI) {
                    // Whatever was said there is the assistant's from now on.
                    notes.ledger(&self.tenant).after_merge.retain(|_, (held, _)| *held != one);
                }
                front.teammate_assigns(&one, REP, to, now);
                format!("a rep assigns {one} to {to:?}")
            }
            Act::Merge => {
                let other = self.conversation(b).filter(|other| *other != one)?;
                notes.ledger(&self.tenant).is_merged = true;
                notes.reach("a conversation was merged");
                front.teammate_merges(&one, &other, REP, now);
                format!("a rep merges {one} into {other}")
            }
            Act::Keyword | Act::Poll | Act::Text | Act::Wait => return None,
        })
    }

    fn fail(&mut self, place: u32, fault: Fault, times: u32) -> String {
        let paths = ["/messages", "/comments", "/tags", "/conversations/", "/events", "/contacts"];
        let path = pick(&paths, place);
        // Front's API has no login page.
        let fault = if fault == Fault::Html { Fault::Unreachable } else { fault };
        self.front.faults().add(Rule::new(fault).path(path).times(times));
        format!("Front will fail {times} times at {path}: {fault:?}")
    }

    fn calm(&mut self) {
        self.front.faults().clear();
    }

    fn mail(&mut self, town: usize) -> Vec<Mail> {
        let sent = self.front.take_webhooks().into_iter();
        sent.map(|outgoing| Mail {
            town,
            request: outgoing.request,
            is_retried: true,
            due: outgoing.due.timestamp_millis() - self.plan.skew,
            text: None,
            receipt: None,
        })
        .collect()
    }

    fn look(&mut self, notes: &mut Notes) {
        for customer in CUSTOMERS {
            let phone = self.front.phone(customer);
            let looked = self.looked.entry(customer).or_default();
            for text in phone.iter().skip(*looked) {
                // What people write there, Front delivers itself.
                if !notes.ledger(&self.tenant).said.replies.contains(text) {
                    notes.on_phone(&self.tenant, customer, text);
                }
            }
            *looked = phone.len();
        }
    }

    fn arrived(&self, to: &str, text: &str) -> usize {
        self.front.phone(to).iter().filter(|arrived| *arrived == text).count()
    }

    fn check(&self, kept: &[Kept], ledger: &Ledger, broken: &mut Vec<Violation>) {
        check::telephones(kept, ledger, broken);
        check::front(kept, ledger, &self.front, broken);
        check::archived(ledger, &self.front, broken);
    }
}
