#![doc = include_str!("../README.md")]
#![expect(clippy::unwrap_used, reason = "a target fails by panicking")]

mod canned;
mod check;
mod config;
mod corpus;
mod creatio;
mod drive;
mod edit;
mod front;
mod input;
mod names;
mod signing;
mod twilio;
mod watch;

pub use corpus::corpus;
pub use drive::{Found, random, stretched};

/// One parser of outside bytes, and what must hold whatever they are.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name; that of its corpus, too.
    pub name: &'static str,
    /// Reads the bytes. It panics where a promise is broken.
    pub run: fn(&[u8]),
}

impl Target {
    /// The target called `name`.
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.iter().find(|target| target.name == name).copied()
    }
}

/// All of them, by name.
pub const TARGETS: &[Target] = &[
    Target { name: "cli_config", run: config::config },
    Target { name: "creatio_answer", run: creatio::answer::answer },
    Target { name: "creatio_batch", run: creatio::answer::batch },
    Target { name: "creatio_html", run: creatio::feed::html },
    Target { name: "creatio_rows", run: creatio::feed::rows },
    Target { name: "creatio_signature", run: creatio::webhook::signature },
    Target { name: "creatio_text", run: creatio::answer::text },
    Target { name: "creatio_token", run: creatio::answer::token },
    Target { name: "creatio_webhook", run: creatio::webhook::webhook },
    Target { name: "front_answer", run: front::answer::answer },
    Target { name: "front_channel", run: front::webhook::channel },
    Target { name: "front_file", run: front::answer::file },
    Target { name: "front_mail", run: front::webhook::mail },
    Target { name: "front_rows", run: front::answer::rows },
    Target { name: "front_signature", run: front::webhook::signature },
    Target { name: "front_text", run: front::text::text },
    Target { name: "front_token", run: front::answer::token },
    Target { name: "front_webhook", run: front::webhook::webhook },
    Target { name: "names", run: names::names },
    Target { name: "twilio_answer", run: twilio::answer::answer },
    Target { name: "twilio_file", run: twilio::answer::file },
    Target { name: "twilio_rows", run: twilio::answer::rows },
    Target { name: "twilio_signature", run: twilio::webhook::signature },
    Target { name: "twilio_text", run: twilio::text },
    Target { name: "twilio_webhook", run: twilio::webhook::webhook },
];
