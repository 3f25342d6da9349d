#![doc = include_str!("../README.md")]

mod channel;
mod client;
mod config;
mod consent;
mod desk;
mod directory;
mod encode;
mod feed;
mod front;
mod hosts;
pub mod ids;
mod mail;
mod multipart;
mod parse;
mod partner;
mod probe;
mod problem;
pub mod rows;
mod signature;
#[cfg(test)]
mod testing;
mod token;
mod webhook;

pub use client::{Answered, Budget, Client, NewMessage, Standing};
pub use config::{ChannelApi, Config, ConfigError, DeskConfig, OAuth, Trimmer};
pub use front::{Front, HostedChannel};
pub use multipart::Attachment;
