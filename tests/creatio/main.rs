//! Creatio as the desk: what people do there comes back once, what goes wrong there loses nothing.
//! No sockets, no sleeps, no threads.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod calls;
mod cases;
mod chaos;
mod failures;
mod fields;
mod files;
mod load;
mod login;
mod modes;
mod people;
mod races;
mod reopening;
mod texts;
mod town;
