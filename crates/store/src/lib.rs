#![doc = include_str!("../README.md")]

mod change;
mod failure;
mod folder;
mod json;
mod nanos;
mod numbers;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;
pub mod url;
mod wakes;

pub use folder::Folder;
#[cfg(feature = "postgres")]
pub use postgres::{Address, Connect, Postgres};
pub use sqlite::{Options, Sqlite};
