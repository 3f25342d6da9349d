//! One broken implementation for each promise, and the proof that exactly its test fails.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test, and the table it prints")]

mod channel;
mod desk;
mod directory;
mod store;
mod table;
