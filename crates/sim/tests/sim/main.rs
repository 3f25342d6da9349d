//! The simulators bite where the providers do.

// Clippy knows test functions, not the helpers between them.
#![allow(clippy::unwrap_used)]

mod creatio_batch;
mod creatio_door;
mod creatio_files;
mod creatio_limits;
mod creatio_login;
mod creatio_people;
mod creatio_query;
mod creatio_write;
mod faults;
mod front;
mod front_api;
mod front_contacts;
mod front_hook;
mod front_limits;
mod front_list;
mod front_oauth;
mod front_partner;
mod front_server;
mod server;
mod tenant;
mod transport;
mod twilio_api;
mod twilio_list;
mod twilio_signature;
mod twilio_webhook;
