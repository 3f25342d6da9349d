#![doc = include_str!("../README.md")]

mod clock;
pub mod creatio;
mod fault;
pub mod front;
mod logged;
mod outbox;
#[cfg(all(feature = "postgres", unix))]
pub mod postgres;
mod reply;
pub mod server;
mod shown;
mod transport;
pub mod twilio;

pub use clock::Clock;
pub use fault::{Fault, Faults, Rule};
pub use logged::Logged;
pub use outbox::{Attempted, Delivery, Outbox, Outgoing, RetryOn};
pub use reply::{Outcome, Reply, Simulator};
pub use transport::Wire;
