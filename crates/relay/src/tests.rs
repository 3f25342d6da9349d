//! Requests find their webhook, and nothing is answered before it is durable.

mod full;
mod hasty;
mod http;
mod runner;
mod toys;
mod withheld;
