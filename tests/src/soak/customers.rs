//! What each customer has said, and what was seen of it: a few bytes for each.

use super::options::TEXTS;

/// How many replies a person gives who is asked for.
pub(super) const REPLIES: u32 = 2;

/// All customers.
#[derive(Debug)]
pub(super) struct Customers(Vec<Customer>);

/// One customer, who has one matter.
#[derive(Clone, Debug)]
pub(super) struct Customer {
    /// Bit by bit, which texts were said, and which are in a log.
    pub(super) said: u16,
    pub(super) logged: u16,
    /// The same of a person's replies, and when each was said, in milliseconds.
    pub(super) replied: u8,
    pub(super) replies_logged: u8,
    pub(super) replied_at: [u32; REPLIES as usize],
    /// When the last text was said, or the person closed the case; in seconds.
    pub(super) done_at: Option<u32>,
    pub(super) is_settled: bool,
}

/// What a text says that somebody of ours has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// A customer's text.
    Question(u32, u32),
    /// The assistant's answer to it.
    Answer(u32, u32),
    /// A person's reply.
    Reply(u32, u32),
    /// Anything else: what is said when a person is asked for.
    Notice,
}

impl Customers {
    pub(super) fn new(count: u32) -> Self {
        let nobody = Customer {
            said: 0,
            logged: 0,
            replied: 0,
            replies_logged: 0,
            replied_at: [0; REPLIES as usize],
            done_at: None,
            is_settled: false,
        };
        Self(vec![nobody; count as usize])
    }

    pub(super) fn of(&mut self, customer: u32) -> &mut Customer {
        &mut self.0[customer as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Customer)> {
        (0..).zip(&self.0)
    }
}

/// Whether a customer asks for a person.
pub(super) fn wants_person(customer: u32) -> bool {
    customer.is_multiple_of(25)
}

pub(super) fn number(customer: u32) -> String {
    format!("+1555{customer:07}")
}

pub(super) fn customer_of(number: &str) -> Option<u32> {
    number.strip_prefix("+1555")?.parse().ok()
}

pub(super) fn question(customer: u32, n: u32) -> String {
    let wish = match n {
        3 if wants_person(customer) => " person",
        n if n + 1 == TEXTS && !wants_person(customer) => " resolved",
        _ => "",
    };
    format!("question {customer}-{n}{wish}")
}

pub(super) fn reply(customer: u32, n: u32) -> String {
    format!("reply {customer}-{n}")
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let read = |rest: &str| {
            let (customer, n) = rest.split(' ').next()?.split_once('-')?;
            Some((customer.parse().ok()?, n.parse().ok()?))
        };
        let (kind, rest): (fn(u32, u32) -> Self, &str) =
            if let Some(rest) = text.strip_prefix("question ") {
                (Self::Question, rest)
            } else if let Some(rest) = text.strip_prefix("answer to question ") {
                (Self::Answer, rest)
            } else if let Some(rest) = text.strip_prefix("reply ") {
                (Self::Reply, rest)
            } else {
                return Self::Notice;
            };
        read(rest).map_or(Self::Notice, |(customer, n)| kind(customer, n))
    }
}
