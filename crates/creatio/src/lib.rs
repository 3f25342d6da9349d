#![doc = include_str!("../README.md")]

mod auth;
mod batch;
mod budget;
mod client;
mod column;
mod config;
mod contacts;
mod create;
mod creatio;
mod desk;
mod directory;
mod encode;
pub mod entities;
mod failure;
mod feed;
mod files;
mod filter;
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
mod together;
mod webhook;

pub use batch::{BATCH_ITEMS, NewRow, Outcome};
pub use budget::{Priority, Usage};
pub use client::{Client, RawAnswer, RawRequest};
pub use column::{Column, Entity, Path, Value, Values};
pub use config::{Config, ConfigError, DeskConfig, EntryMode, FilePolicy, Ready, ReplyRule};
pub use contacts::{Address, Contacts, Found, Match};
pub use create::Creation;
pub use creatio::Creatio;
pub use files::{FileRules, Files, NewFile, Parent, Source, StoredFile};
pub use filter::Filter;
pub use page::{Mark, Pages, Rows};
pub use parse::{Row, guid};
pub use probe::{Heard, Trip};
pub use query::Query;
pub use schema::{UnknownColumn, UnknownColumns};
