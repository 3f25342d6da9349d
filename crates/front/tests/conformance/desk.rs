//! The promises of a desk that hold for a partner channel.
//!
//! The others are of desks whose cases are made by a call and have a description: a conversation of
//! Front begins with its first message, and what a person must know stands in a comment. What they
//! promise is shown for comments, handoffs and archiving in `tests/simulator` and in `desk/tests.rs`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use handover_conformance::desk::{self, DeskFixture, SeenCase, SeenEntry, SeenFile};
use handover_core::clock::Clock;
use handover_core::desk::{CaseStatus, Desk};
use handover_core::id::DeskId;
use handover_core::transport::Transport;
use handover_front::ids::{ChannelId, TeammateId};
use handover_front::{ChannelApi, Client, Config, DeskConfig, Front};
use handover_sim::front::{Conversation, Front as Sim, Status};
use http::Response;

use super::SECRET;

/// Front as conversations of a channel of ours are worked in it.
struct Worked {
    sim: Sim,
    clock: handover_sim::Clock,
}

impl Worked {
    fn new() -> Self {
        let clock = handover_sim::Clock::new(|| "2026-11-20T09:00:00Z".parse().unwrap());
        let sim = Sim::builder(SECRET)
            .plan(1_000_000)
            .application("app", SECRET)
            .teammate("tea_ai", "ai@acme.example", "ai", "Assistant")
            .teammate("tea_rep", "rita@acme.example", "user", "Rita Rep")
            .inbox("inb_texts", "Texts")
            .partner_channel("cha_texts", "inb_texts", "https://relay.example/desks/front/channel")
            .build();
        Self { sim, clock }
    }

    fn conversation(&self, case: &str) -> Option<Conversation> {
        let mut all = self.sim.conversations().into_iter();
        all.rfind(|one| one.external.as_deref() == Some(case))
    }
}

impl DeskFixture for Worked {
    fn double(&self) -> Arc<dyn Transport> {
        Arc::new(self.sim.transport(self.clock.clone()))
    }

    fn desk(&self, transport: Arc<dyn Transport>) -> Arc<dyn Desk> {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let client = Client::new(&Config::new(SECRET.into()).unwrap(), transport, clock).unwrap();
        let channel = ChannelId::new("cha_texts").unwrap();
        let api = ChannelApi::new("app", vec![SECRET.into()], channel).unwrap();
        let teammate = TeammateId::new("tea_ai").unwrap();
        let config = DeskConfig::new(DeskId::new("front").unwrap(), teammate).unwrap();
        Arc::new(Front::new(client, config.with_channel_api(api)))
    }

    fn secret(&self) -> String {
        SECRET.to_owned()
    }

    fn busy(&self, delay: Duration) -> Response<Bytes> {
        let response = Response::builder().status(429).header("retry-after", delay.as_secs());
        response.body(Bytes::from_static(b"{}")).unwrap()
    }

    fn cases(&self) -> Vec<SeenCase> {
        let seen = |one: Conversation| {
            let status = match one.status {
                Status::Open => CaseStatus::Open,
                Status::Archived => CaseStatus::Resolved,
                _ => CaseStatus::Final,
            };
            Some(SeenCase::new(one.external?, status, one.assignee, ""))
        };
        self.sim.conversations().into_iter().filter_map(seen).collect()
    }

    fn entries(&self, case: &str) -> Vec<SeenEntry> {
        let Some(conversation) = self.conversation(case) else { return Vec::new() };
        let messages = self.sim.messages(&conversation.id).into_iter();
        messages.map(|message| SeenEntry::new(read(&message.body), message.created)).collect()
    }

    fn person_describes(&self, _: &str, _: &str) {
        unreachable!("a conversation has no description")
    }

    fn person_takes(&self, case: &str) {
        let conversation = self.conversation(case).unwrap();
        self.sim.teammate_assigns(&conversation.id, "tea_rep", Some("tea_rep"), self.clock.now());
    }

    fn person_writes(&self, case: &str, text: &str) {
        let conversation = self.conversation(case).unwrap();
        self.sim.teammate_replies(&conversation.id, "tea_rep", text, self.clock.now());
    }

    fn person_resolves(&self, case: &str) {
        let conversation = self.conversation(case).unwrap();
        self.sim.teammate_archives(&conversation.id, "tea_rep", self.clock.now());
    }

    fn close(&self, case: &str) {
        let conversation = self.conversation(case).unwrap();
        self.sim.teammate_deletes(&conversation.id, "tea_rep", self.clock.now());
    }

    fn files(&self, case: &str) -> Vec<SeenFile> {
        let Some(conversation) = self.conversation(case) else { return Vec::new() };
        let messages = self.sim.messages(&conversation.id).into_iter();
        let files = messages.flat_map(|message| message.attachments);
        files.map(|file| SeenFile::new(file.name, file.content)).collect()
    }
}

/// A body as people see it: HTML where it holds a tag.
fn read(body: &str) -> String {
    let Some(inner) = body.strip_prefix("<p>") else { return body.to_owned() };
    let text = inner.replace("</p><p>", "\n\n").replace("<br>", "\n").replace("</p>", "");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&amp;", "&")
}

macro_rules! keeps {
    ($($promise:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $promise() {
            let verdict = desk::$promise(&Worked::new()).await;
            assert!(verdict.is_ok(), "{verdict:?}");
        }
    )*};
}

keeps!(
    entries_keep_order,
    entries_twice_are_once,
    file_twice_is_one_file,
    lost_answer_is_one_entry,
    lost_answer_is_one_file,
    never_shows_its_secret,
    never_shows_the_message,
    provider_sees_what_was_said,
);
