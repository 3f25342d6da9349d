#![doc = include_str!("../README.md")]

mod batch;
mod client;
mod column;
mod config;
mod create;
mod encode;
pub mod entities;
mod filter;
pub mod ids;
mod parse;
mod problem;
mod query;
mod schema;
mod token;

pub use batch::{BATCH_ITEMS, NewRow, Outcome};
pub use client::Client;
pub use column::{Column, Entity, Value, Values};
pub use config::Config;
pub use create::Creation;
pub use filter::Filter;
pub use parse::{Row, guid};
pub use query::Query;
