//! What an operator asks and orders.

mod list;
mod order;
mod show;
mod status;

pub(crate) use list::{parked, sessions, uncertain};
pub(crate) use order::{Order, replay};
pub(crate) use show::show;
pub(crate) use status::{Serving, look, status};
