//! An assistant that is good, slow or down by the text it is asked about, or by the hour.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use handover_core::assistant::{Answer, Assistant, Task, Turn};
use handover_core::channel::Account;
use handover_core::error::{Error, ErrorKind};
use handover_core::id::AccountId;
use handover_core::message::{Brief, Message, Reason, Speaker};

use super::gate::point;

/// Every answer names the text it answers, so none can be mistaken for another.
#[derive(Debug)]
pub(super) struct Scripted {
    pub(super) now: Arc<AtomicI64>,
    /// When an outage ends, in milliseconds.
    pub(super) down_until: Arc<AtomicI64>,
}

#[async_trait]
impl Assistant for Scripted {
    fn account(&self) -> Account {
        Account::new(AccountId::new("scripted").unwrap())
    }

    async fn answer(&self, turn: &Turn) -> Result<Answer, Error> {
        point().await;
        let is_new =
            |message: &&Message| message.author == Speaker::Customer && message.seq > turn.answered;
        let last = turn.messages.iter().rev().find(is_new);
        let text = last.map(|message| message.text.clone()).unwrap_or_default();
        for _ in 0..text.matches("slow").count() * 5 {
            point().await;
        }
        let is_down = self.now.load(Ordering::Relaxed) < self.down_until.load(Ordering::Relaxed);
        if is_down || text.contains("down") {
            return Err(Error::later(ErrorKind::Unavailable, "the assistant is down"));
        }
        if turn.task == Task::Summarise {
            let summary = Some(format!("summary: {}", turn.messages.len()));
            let brief = Some(Brief { summary, ..Brief::default() });
            return Ok(Answer { brief, ..Answer::default() });
        }
        if text.contains("broken") {
            return Err(Error::never(ErrorKind::Protocol, "the assistant is broken"));
        }
        Ok(Answer {
            text: Some(format!("answer to {text}")),
            handoff: text.contains("person").then_some(Reason::CustomerAsked),
            resolved: text.contains("resolved"),
            brief: None,
        })
    }
}
