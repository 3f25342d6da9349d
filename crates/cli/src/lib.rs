#![doc = include_str!("../README.md")]

mod args;
mod compose;
mod config;
mod demo;
mod doctor;
mod failure;
mod http_call;
mod operate;
mod print;
mod proofs;
mod serve;
mod signals;
mod store;
mod view;
mod words;

pub use args::run;
pub use config::check;
