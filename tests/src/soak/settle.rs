//! Customers whose matter is over are accounted for, and forgotten by everybody.

use std::collections::{BTreeMap, HashMap, HashSet};

use handover_core::archive::{Archive, Jobs};
use handover_core::id::Key;
use handover_core::message::{DeliveryState, Message, Speaker};
use handover_core::session::Session;
use handover_sim::creatio::Creatio;
use handover_sim::twilio::{Direction, Twilio};
use uuid::Uuid;

use super::clock::millis_of;
use super::customers::{Words, customer_of, wants_person};
use super::gauge::Lags;
use super::held::Held;
use super::people::People;
use crate::setup::tenant;

/// What became of everything so far.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// Texts on telephones that no log has accounted for yet, by the provider's id.
    phones: HashMap<String, OnPhone>,
    place: u32,
    /// From a text in the log to its answer on the telephone, from a reply at the desk to the
    /// telephone, from a message in the log to its entry.
    pub(super) answers: Lags,
    pub(super) replies: Lags,
    pub(super) entries: Lags,
    /// How many there were of a kind.
    pub(super) tally: BTreeMap<&'static str, u64>,
    pub(super) wrongs: Vec<String>,
}

/// A text on a telephone: which it is of all, what it says, and since when, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct OnPhone {
    place: u32,
    words: Words,
    at: u32,
}

/// A session that is accounted for.
struct Over {
    session: Session,
    log: Vec<Message>,
}

impl Books {
    /// Looks at what has come to telephones since.
    pub(super) fn read_phones(&mut self, twilio: &Twilio, people: &mut People) {
        for sms in twilio.new_messages() {
            if sms.direction != Direction::Outbound {
                continue;
            }
            let words = Words::of(&sms.body);
            let at = millis_of(sms.created);
            if let Words::Reply(customer, n) = words {
                self.replies.add(people.customers.of(customer).replied_at[n as usize], at);
            }
            self.place += 1;
            self.phones.insert(sms.sid, OnPhone { place: self.place, words, at });
        }
    }

    /// Accounts for every customer whose matter is over, or for all that are left.
    pub(super) async fn settle(
        &mut self,
        store: &Held,
        creatio: &Creatio,
        people: &mut People,
        (second, all): (u32, bool),
    ) {
        let sessions = store.sessions(&tenant(), false, None, usize::MAX).await.unwrap();
        let mut of: HashMap<u32, Vec<Session>> = HashMap::new();
        for session in sessions.into_iter().rev() {
            let Some(customer) = customer_of(&session.customer.value) else { continue };
            if wants_person(customer) {
                people.sessions.entry(customer).or_insert(session.id);
            }
            of.entry(customer).or_default().push(session);
        }
        let mut over = Vec::new();
        for (about, sessions) in of {
            let customer = people.customers.of(about);
            let is_quiet = customer.done_at.is_some_and(|done| done + QUIET < second);
            let has_ended = sessions.iter().all(|session| !session.is_open());
            let is_over = is_quiet && has_ended;
            if !all && !is_over {
                continue;
            }
            if let Some(ended) = self.of_customer(store, people, about, sessions, all).await {
                over.extend(ended);
            }
        }
        self.at_desk(creatio, people, &over);
        for Over { session, .. } in over {
            store.forget(&tenant(), session.id).await.unwrap();
        }
    }

    /// What is left when all customers are accounted for.
    pub(super) fn close(&mut self, creatio: &Creatio, people: &People) {
        for (about, customer) in people.customers.iter() {
            if customer.said != customer.logged || customer.replied != customer.replies_logged {
                self.add("lost on the way in", 1);
                self.wrong(format!("customer {about}: not all is in a log"));
            }
        }
        let doubled = std::mem::take(&mut self.phones);
        self.add("sent once more than anybody knows", doubled.len() as u64);
        for (sid, OnPhone { words, .. }) in doubled {
            self.wrong(format!("{sid}, {words:?}, is on a phone and in no log"));
        }
        for (entity, left) in [("Activity", "stray entries"), ("Case", "stray cases")] {
            let strays = creatio.records(entity).len() as u64;
            self.add(left, strays);
            if strays > 0 {
                self.wrong(format!("{strays} rows of {entity} that nobody knows"));
            }
        }
    }

    async fn of_customer(
        &mut self,
        store: &Held,
        people: &mut People,
        about: u32,
        sessions: Vec<Session>,
        all: bool,
    ) -> Option<Vec<Over>> {
        let mut over = Vec::new();
        let (mut logged, mut replies) = (0_u16, 0_u8);
        let mut doubles = 0;
        for session in sessions {
            let jobs = store.jobs(&tenant(), Jobs::Session(session.id), 1).await.unwrap();
            if !jobs.is_empty() && !all {
                return None;
            }
            let log = store.messages(&tenant(), session.id, 0, usize::MAX).await.unwrap();
            for message in &log {
                match (&message.author, Words::of(&message.text)) {
                    (Speaker::Customer, Words::Question(_, n)) => {
                        doubles += u64::from(logged >> n & 1);
                        logged |= 1 << n;
                    }
                    (Speaker::Person { .. }, Words::Reply(_, n)) => {
                        doubles += u64::from(replies >> n & 1);
                        replies |= 1 << n;
                    }
                    (Speaker::Customer | Speaker::Person { .. }, _) => {
                        self.wrong(format!("{} has what nobody said", session.id));
                    }
                    (Speaker::Assistant | Speaker::Relay, _) => {}
                }
            }
            over.push(Over { session, log });
        }
        let customer = people.customers.of(about);
        let is_all_in = customer.said == logged && customer.replied == replies;
        if !all && !is_all_in {
            return None;
        }
        customer.logged |= logged;
        customer.replies_logged |= replies;
        customer.is_settled = true;
        self.add("logged twice", doubles);
        for Over { session, log } in &over {
            self.add("messages", log.len() as u64);
            self.on_phones(session, log);
        }
        Some(over)
    }

    /// What a session sent is on a telephone, once and in order, or it is said why not.
    fn on_phones(&mut self, session: &Session, log: &[Message]) {
        let (mut latest, mut asked) = (0, HashMap::new());
        for message in log {
            if let Words::Question(_, n) = Words::of(&message.text) {
                asked.insert(n, millis_of(message.logged_at));
            }
            let Some(delivery) = message.deliveries.first() else { continue };
            let sid = delivery.provider_id.as_deref().unwrap_or_default();
            if delivery.state == DeliveryState::Uncertain {
                // It may be there, once, under an id that was never heard of.
                let words = Words::of(&message.text);
                let heard = self.phones.iter().find(|(_, on_phone)| on_phone.words == words);
                let heard = heard.map(|(sid, _)| sid.clone());
                heard.and_then(|sid| self.phones.remove(&sid));
            }
            let on_phone = self.phones.remove(sid);
            let what = match (delivery.state, &on_phone) {
                (DeliveryState::Uncertain, None) => "sends, uncertain",
                (DeliveryState::Withheld, None) => "sends, withheld",
                (DeliveryState::Failed, None) => "sends, failed",
                (DeliveryState::Pending, _) | (_, None) => "sends, lost",
                (_, Some(_)) => "sends, once",
            };
            self.add(what, 1);
            if what == "sends, lost" {
                self.wrong(format!("#{} of {}: {what}", message.seq, session.id));
            }
            let Some(OnPhone { place, words, at }) = on_phone else { continue };
            if let Words::Answer(_, n) = words
                && let Some(asked) = asked.get(&n)
            {
                self.answers.add(*asked, at);
            }
            if place < latest {
                self.out_of_order(session, message, "the phone");
            }
            latest = latest.max(place);
        }
    }

    /// What belongs on a case is there, once and in order.
    fn at_desk(&mut self, creatio: &Creatio, people: &People, over: &[Over]) {
        let keys = |over: &Over| {
            let id = over.session.id;
            over.log
                .iter()
                .map(move |message| Key::entry(id, message.seq).uuid())
                .collect::<Vec<_>>()
        };
        let customers = over.iter().filter_map(|over| customer_of(&over.session.customer.value));
        let people_made = customers.filter_map(|customer| people.rows.get(&customer)).flatten();
        let rows = over.iter().flat_map(keys).chain(people_made.copied()).collect();
        let cases = over
            .iter()
            .flat_map(|over| (0..over.session.cases).map(|n| Key::open(over.session.id, n).uuid()));
        let contacts =
            over.iter().filter_map(|over| over.session.contact_reference()?.parse().ok());
        let contacts: HashSet<Uuid> = contacts.collect();
        let taken = creatio.take("Activity", &rows);
        let taken: HashMap<Uuid, (usize, u32)> = taken
            .iter()
            .enumerate()
            .map(|(place, row)| (row.id(), (place, row.date("CreatedOn").map_or(0, millis_of))))
            .collect();
        creatio.take("Case", &cases.collect());
        creatio.take("Contact", &contacts);
        for Over { session, log } in over {
            let mut latest = 0;
            for message in log.iter().filter(|message| message.written_on.is_none()) {
                let Some((place, at)) = taken.get(&Key::entry(session.id, message.seq).uuid())
                else {
                    self.add("entries, lost", 1);
                    self.wrong(format!("#{} of {} is on no case", message.seq, session.id));
                    continue;
                };
                self.add("entries, once", 1);
                self.entries.add(millis_of(message.logged_at), *at);
                if *place < latest {
                    self.out_of_order(session, message, "the case");
                }
                latest = latest.max(*place);
            }
        }
    }

    fn out_of_order(&mut self, session: &Session, message: &Message, place: &str) {
        self.add("out of order", 1);
        self.wrong(format!("#{} of {} is too early on {place}", message.seq, session.id));
    }

    fn add(&mut self, what: &'static str, times: u64) {
        *self.tally.entry(what).or_default() += times;
    }

    fn wrong(&mut self, what: String) {
        self.wrongs.push(what);
    }
}

/// For how many seconds nothing more is to be said.
const QUIET: u32 = 180;
