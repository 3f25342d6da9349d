#![doc = include_str!("../README.md")]

mod batch;
mod client;
mod column;
mod config;
mod create;
mod creatio;
mod desk;
mod directory;
mod encode;
pub mod entities;
mod feed;
mod filter;
mod html;
pub mod ids;
mod lookups;
mod page;
mod parse;

mod probe;
mod problem;
mod query;
mod schema;
mod signature;
#[cfg(test)]
mod testing;
mod token;
mod webhook;

pub use batch::{BATCH_ITEMS, NewRow, Outcome};
pub use client::Client;
pub use column::{Column, Entity, Value, Values};
pub use config::{Config, ConfigError, DeskConfig, ReplyRule};
pub use create::Creation;
pub use creatio::Creatio;
pub use filter::Filter;
pub use page::Pages;
pub use parse::{Row, guid};
pub use query::Query;
