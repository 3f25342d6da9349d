//! Requests find their webhook, and nothing is answered before it is durable.

mod http;
mod runner;
mod toys;
