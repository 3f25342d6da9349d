#![doc = include_str!("../README.md")]

mod failure;
mod folder;
mod json;
mod nanos;
mod pool;
mod sqlite;
pub mod url;
mod wakes;

pub use folder::Folder;
pub use sqlite::{Options, Sqlite};
