//! Whatever the die draws: people, failures and lost calls in any order, and in the end each word is
//! where it belongs, once.

use std::time::Duration;

use chrono::TimeDelta;
use fastrand::Rng;
use handover_core::archive::{Archive, Jobs};
use handover_sim::creatio::{ActivityType, RepActivity};
use handover_sim::{Delivery, Fault, Rule, Simulator};
use uuid::Uuid;

use crate::town::{CUSTOMER, NUMBER, Plan, Town};

/// How many schedules are drawn, and how long each is.
const SEEDS: u64 = 24;
const STEPS: u32 = 60;

/// One schedule.
struct Story {
    town: Town,
    rng: Rng,
    seed: u64,
    said: u32,
    /// What Ann wrote to the customer, in order, and on which case.
    replies: Vec<(Uuid, String)>,
    /// What the customer wrote, in order.
    texts: Vec<String>,
}

#[tokio::test(start_paused = true)]
async fn each_word_arrives_once_whatever_the_die_draws() {
    let chosen = std::env::var("CREATIO_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = chosen.map_or(0..SEEDS, |seed: u64| seed..seed + 1);
    for seed in seeds {
        let mut story = Story::new(seed);
        // As the runner does when it starts.
        story.town.poll().await;
        for _ in 0..STEPS {
            story.step().await;
        }
        story.end().await;
    }
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let process = if rng.bool() { None } else { Plan::default().process };
        let town = Town::new(&Plan { process, ..Plan::default() });
        town.creatio.set_read_lag(Duration::from_secs(rng.u64(0..4)));
        town.creatio.outbox().deliver(match rng.u8(0..4) {
            0 => Delivery::faithful().lost(2),
            1 => Delivery::faithful().doubled(2),
            2 => Delivery::faithful().reordered(2),
            _ => Delivery::faithful(),
        });
        Self { town, rng, seed, said: 0, replies: Vec::new(), texts: Vec::new() }
    }

    async fn step(&mut self) {
        self.town.pass(TimeDelta::milliseconds(self.rng.i64(100..3_000)));
        match self.rng.u8(0..20) {
            0..=4 => self.customer_texts(),
            5..=7 => self.ann_replies(),
            8 => self.ann_adds(RepActivity::new(ActivityType::Task).notes("Internal.").finished()),
            9 => self.status(&["Waiting for response", "In progress", "Pending"]),
            10 => self.status(&["Resolved", "Closed", "In progress"]),
            11..=14 => self.something_fails(),
            15 => self.town.creatio.expire_tokens(),
            16 => self.town.pass(TimeDelta::minutes(self.rng.i64(1..5))),
            17 => self.town.poll().await,
            18 => self.town.settle().await,
            _ => self.work().await,
        }
    }

    /// A few jobs, not all that there are.
    async fn work(&mut self) {
        for webhook in self.town.twilio.take_webhooks() {
            self.town.deliver(webhook.request).await;
        }
        for _ in 0..self.rng.u8(1..6) {
            self.town.relay.work_one().await.unwrap();
        }
    }

    fn customer_texts(&mut self) {
        self.said += 1;
        let text = format!("Customer says {}, are you open?", self.said);
        self.town.twilio.customer_texts(CUSTOMER, NUMBER, &text, &[], self.town.now());
        self.texts.push(text);
    }

    fn ann_replies(&mut self) {
        let Some(case) = self.newest_case() else { return };
        self.said += 1;
        let text = format!("Ann says {}.", self.said);
        self.ann_adds(RepActivity::new(ActivityType::Call).detailed_result(&text).finished());
        self.replies.push((case, text));
    }

    fn ann_adds(&self, activity: RepActivity) {
        if let Some(case) = self.newest_case() {
            let activity = activity.by(self.town.ann);
            self.town.creatio.rep_adds_activity(case, activity, self.town.now());
        }
    }

    fn status(&mut self, statuses: &[&str]) {
        let status = self.rng.choice(statuses).unwrap();
        if let Some(case) = self.newest_case() {
            let final_already = ["Closed", "Canceled"];
            if !final_already.contains(&self.town.creatio.case(case).unwrap().shown("Status")) {
                self.town.creatio.rep_sets_status(case, status, self.town.now());
            }
        }
    }

    fn newest_case(&self) -> Option<Uuid> {
        self.town.creatio.cases().last().map(handover_sim::creatio::Record::id)
    }

    fn something_fails(&mut self) {
        let fault = *self.rng.choice(&FAULTS).unwrap();
        let path = *self.rng.choice(&["/odata", "/Case", "$batch", "/Activity"]).unwrap();
        let rule = Rule::new(fault).path(path).after(self.rng.u32(0..4)).once();
        let in_a_batch = matches!(
            fault,
            Fault::AfterWrite { .. } | Fault::DropAfterWrite | Fault::DropBeforeWrite
        ) && self.rng.bool();
        let rule = if in_a_batch {
            Rule::new(fault).batch_items().after(self.rng.u32(0..4)).once()
        } else {
            rule
        };
        self.town.creatio.faults().add(rule);
    }

    async fn end(self) {
        let Self { town, seed, replies, texts, .. } = self;
        town.creatio.faults().clear();
        town.creatio.outbox().deliver(Delivery::faithful());
        // A login page in answer to a fresh token stops everything, until a person says go on.
        town.relay.resume_accounts().await.unwrap();
        for _ in 0..3 {
            town.recover().await;
        }
        let parked = town.store.jobs(town.relay.tenant(), Jobs::Parked, 10).await.unwrap();
        assert!(parked.is_empty(), "seed {seed}: {parked:#?}");
        let got: Vec<String> =
            town.phone().into_iter().filter(|text| text.starts_with("Ann says")).collect();
        assert_eq!(got.len(), replies.len(), "seed {seed}: once: {got:?}");
        for case in town.creatio.cases() {
            let on_it = |text: &&String| replies.contains(&(case.id(), (*text).clone()));
            let wrote = replies.iter().filter(|(on, _)| *on == case.id()).map(|(_, text)| text);
            assert!(
                got.iter().filter(on_it).eq(wrote),
                "seed {seed}: in order on each case: {got:?}"
            );
        }
        let cases = town.creatio.cases();
        let read: String = cases.iter().map(|case| town.read(case.id())).collect();
        for text in &texts {
            let there = read.lines().filter(|line| line == text).count();
            assert_eq!(there, 1, "seed {seed}: {text}: {read}");
        }
        let contacts = town.creatio.contacts();
        let same = contacts.iter().filter(|contact| contact.text("MobilePhone") == CUSTOMER);
        assert!(same.count() <= 1, "seed {seed}: one contact");
    }
}

const FAULTS: [Fault; 11] = [
    Fault::AfterWrite { status: 500 },
    Fault::Bom,
    Fault::DropAfterWrite,
    Fault::DropBeforeWrite,
    Fault::ExpireToken,
    Fault::Html,
    Fault::Slow { delay: Duration::from_secs(60) },
    Fault::Status { code: 429, retry_after: Some(20) },
    Fault::Status { code: 503, retry_after: None },
    Fault::Truncate,
    Fault::Unreachable,
];
