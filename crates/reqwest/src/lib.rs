#![doc = include_str!("../README.md")]

mod address;
mod client;
mod error;
mod limits;
mod outside;
mod retrying;
mod wire;

pub use client::Client;
pub use error::BuildError;
pub use limits::Limits;
pub use outside::Outside;
pub use retrying::{Patience, Retrying};
