//! Against a simulated company, which signs, limits and fails on its own account.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod feed;
mod handoff;
mod inbound;
mod limits;
mod partner;
mod replies;
mod seed;
mod world;
