#![doc = include_str!("../README.md")]

mod brief;
mod config;
mod error;
mod keyword;
mod pattern;
mod phrase;

pub use config::{Config, Known, Label};
pub use error::{ConfigError, Fault};
pub use keyword::Keyword;
