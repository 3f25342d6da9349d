#![doc = include_str!("../README.md")]

mod client;
mod config;
mod hosts;
pub mod ids;
mod multipart;
mod problem;
pub mod rows;
mod signature;
mod token;

pub use client::{Answered, Budget, Client, NewMessage, Standing};
pub use config::{ChannelApi, Config, ConfigError, DeskConfig, OAuth, Trimmer};
pub use multipart::Attachment;
