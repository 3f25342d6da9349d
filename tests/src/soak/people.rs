//! Who says what when.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use bytes::Bytes;
use fastrand::Rng;
use handover_core::id::{Key, SessionId};
use handover_sim::creatio::{ActivityType, Creatio, RepActivity};
use handover_sim::twilio::Twilio;
use http::Request;
use uuid::Uuid;

use super::clock::Time;
use super::customers::{Customers, REPLIES, number, question, reply, wants_person};
use super::options::TEXTS;
use super::plan::LAST_COMES;
use crate::setup::{NUMBER, SECRET};

/// Customers who text, and the people who help some of them.
pub(super) struct People {
    pub(super) customers: Customers,
    /// The session of a customer, as far as it is known.
    pub(super) sessions: HashMap<u32, SessionId>,
    /// The rows that people made.
    pub(super) rows: HashMap<u32, Vec<Uuid>>,
    agenda: BinaryHeap<Reverse<(u32, Act)>>,
    rng: Rng,
    time: Time,
    twilio: Twilio,
    creatio: Creatio,
}

/// Something that somebody does. The number is the customer it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Close(u32),
    Reply(u32, u32),
    Text(u32, u32),
}

impl People {
    pub(super) fn new(
        count: u32,
        seed: u64,
        time: Time,
        (twilio, creatio): (Twilio, Creatio),
    ) -> Self {
        let mut rng = Rng::with_seed(seed);
        let window = LAST_COMES * 1000;
        let agenda =
            (0..count).map(|customer| Reverse((rng.u32(0..window), Act::Text(customer, 0))));
        Self {
            customers: Customers::new(count),
            sessions: HashMap::new(),
            rows: HashMap::new(),
            agenda: agenda.collect(),
            rng,
            time,
            twilio,
            creatio,
        }
    }

    /// When somebody does something next, in milliseconds since the beginning.
    pub(super) fn next(&self) -> Option<u32> {
        self.agenda.peek().map(|Reverse((at, _))| *at)
    }

    /// Does what is due; the webhooks that people at the desk cause.
    pub(super) fn act(&mut self) -> Vec<Request<Bytes>> {
        let now = self.time.millis();
        let mut pokes = Vec::new();
        while let Some(Reverse((_, act))) = self.agenda.peek().filter(|next| next.0.0 <= now) {
            let act = *act;
            self.agenda.pop();
            match act {
                Act::Text(customer, n) => self.text(customer, n),
                Act::Reply(customer, n) => pokes.extend(self.reply(customer, n)),
                Act::Close(customer) => pokes.extend(self.close(customer)),
            }
        }
        pokes
    }

    fn text(&mut self, about: u32, n: u32) {
        let now = self.time.millis();
        let customer = self.customers.of(about);
        customer.said |= 1 << n;
        let text = question(about, n);
        self.twilio.customer_texts(&number(about), NUMBER, &text, &[], self.time.now());
        if n + 1 < TEXTS {
            self.after(30..180, Act::Text(about, n + 1));
        } else if !wants_person(about) {
            customer.done_at = Some(now / 1000);
        }
        if n == 3 && wants_person(about) {
            self.after(60..180, Act::Reply(about, 0));
        }
    }

    fn reply(&mut self, about: u32, n: u32) -> Option<Request<Bytes>> {
        let Some(case) = self.case(about) else {
            self.after(60..61, Act::Reply(about, n));
            return None;
        };
        let now = self.time.millis();
        let customer = self.customers.of(about);
        customer.replied |= 1 << n;
        customer.replied_at[n as usize] = now;
        let activity = RepActivity::new(ActivityType::Call).detailed_result(&reply(about, n));
        let row = self.creatio.rep_adds_activity(case, activity.finished(), self.time.now());
        self.rows.entry(about).or_default().push(row);
        match n + 1 {
            REPLIES => self.after(120..300, Act::Close(about)),
            n => self.after(60..120, Act::Reply(about, n)),
        }
        Some(poke("new_activity", case))
    }

    fn close(&mut self, about: u32) -> Option<Request<Bytes>> {
        let now = self.time.seconds();
        let customer = self.customers.of(about);
        if customer.said.count_ones() < TEXTS {
            self.after(60..61, Act::Close(about));
            return None;
        }
        customer.done_at = Some(now);
        let case = self.case(about)?;
        self.creatio.rep_sets_status(case, "Resolved", self.time.now());
        Some(poke("case_closed", case))
    }

    /// The case of a customer, once it can be seen at the desk.
    fn case(&self, customer: u32) -> Option<Uuid> {
        let session = self.sessions.get(&customer)?;
        let case = Key::open(*session, 0).uuid();
        self.creatio.case(case).map(|_| case)
    }

    fn after(&mut self, seconds: std::ops::Range<u32>, act: Act) {
        let wait = self.rng.u32(seconds.start * 1000..seconds.end * 1000);
        self.agenda.push(Reverse((self.time.millis() + wait, act)));
    }
}

/// The call of a business process that people's activities start, and ours do not.
fn poke(event: &str, case: Uuid) -> Request<Bytes> {
    let body = serde_json::json!({"event_type": event, "caseId": case}).to_string();
    Request::post("https://relay.example/desks/creatio")
        .header("content-type", "application/json")
        .header("x-handover-secret", SECRET)
        .body(Bytes::from(body))
        .unwrap()
}
