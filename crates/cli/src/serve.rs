//! The server: providers' requests in, sessions' pages and an operator's orders beside them.

mod body;
mod connections;
mod counters;
mod health;
mod heard;
mod link;
mod operator;
mod page;
mod pages;
mod providers;
mod server;

pub(crate) use counters::Counters;
pub(crate) use link::Link;
pub(crate) use operator::Settlement;
pub(crate) use server::{Server, serve};
