//! Requests find their webhook, and nothing is answered before it is durable.

mod full;
mod http;
mod runner;
mod toys;
