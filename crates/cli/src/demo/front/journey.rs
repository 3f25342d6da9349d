//! The steps.

use std::time::Instant;

use chrono::Utc;
use handover_sim::Simulator as _;
use handover_sim::front::Conversation;

use super::world::{AI, REP, TAG, World};
use crate::demo::evidence::{quiet, same, see};
use crate::demo::script::page;
use crate::demo::world::OPENING_HOURS;
use crate::failure::Failure;
use crate::print;

/// One customer's way from the first text to a second session.
#[derive(Debug)]
pub(super) struct Journey<'a> {
    world: &'a World,
    steps: usize,
    started: Instant,
    /// What the customer's phone must show by now.
    phone: Vec<String>,
}

impl<'a> Journey<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        Self { world, steps: 0, started: Instant::now(), phone: Vec::new() }
    }

    /// How many steps were begun.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// Plays it.
    ///
    /// # Errors
    /// The first step that was not seen.
    pub(super) async fn play(&mut self) -> Result<(), Failure> {
        self.webhook_is_saved().await?;
        let conversation = self.assistant_replies().await?;
        let link = self.handoff(&conversation).await?;
        self.assistant_is_silent(&conversation).await?;
        self.reply_is_recorded(&conversation, &link).await?;
        self.archive_resolves(&conversation, &link).await?;
        self.next_text_opens_a_session(&conversation, &link).await?;
        self.nothing_was_doubled(&conversation).await
    }

    async fn webhook_is_saved(&mut self) -> Result<(), Failure> {
        self.step("Front saves the webhook: the relay answers its signed challenge.");
        let world = self.world;
        world.save_webhook();
        see("the webhook is in force", || {
            world.front.is_saved(&world.webhook).then_some(()).ok_or_else(|| "it is not".to_owned())
        })
        .await?;
        evidence(format_args!("POST {}", world.webhook));
        Ok(())
    }

    async fn assistant_replies(&mut self) -> Result<String, Failure> {
        self.step("The customer texts; the reply stands in the thread, by the AI teammate.");
        let conversation = self.text(FIRST);
        self.phone_gets(OPENING_HOURS).await?;
        let reply = self.world.front.messages(&conversation).pop();
        let author = reply.and_then(|reply| reply.author);
        same("the reply's author", &Some(AI.to_owned()), &author)?;
        same(
            "the conversation's status",
            &"assigned",
            &self.conversation(&conversation)?.shown_status(),
        )?;
        evidence(format_args!("{conversation}: the last message is by {AI}; still open"));
        Ok(conversation)
    }

    /// Gives the link to the session's page, which stands in the comment.
    async fn handoff(&mut self, conversation: &str) -> Result<String, Failure> {
        self.step("The customer asks for a person: a comment says why, and nobody has it.");
        self.text(SECOND);
        self.phone_gets(CONNECTING).await?;
        let front = &self.world.front;
        see("nobody is the assignee", || match self.conversation(conversation) {
            Ok(Conversation { assignee: None, .. }) => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await?;
        see("the tags", || match front.tags(conversation) {
            tags if tags == [TAG] => Ok(()),
            tags => Err(format!("{tags:?}")),
        })
        .await?;
        let comments = front.comments(conversation);
        same("the comments", &1, &comments.len())?;
        let comment = comments.first().map(|comment| comment.body.clone()).unwrap_or_default();
        for words in ["Summary: ", "Sentiment: frustrated"] {
            same("the comment has summary and sentiment", &true, &comment.contains(words))?;
        }
        comment.lines().filter(|line| !line.is_empty()).for_each(|line| {
            evidence(format_args!("| {line}"));
        });
        evidence(format_args!("Assignee: nobody; tags: {TAG}"));
        let link = comment.split_once("](").and_then(|(_, rest)| rest.split(')').next());
        let link =
            link.ok_or_else(|| Failure::broken("expected: a link in the comment"))?.to_owned();
        let (status, page) = page(&link).await?;
        same("the status of the session's page", &200, &status)?;
        same("the page shows the customer's text", &true, &page.contains(FIRST))?;
        Ok(link)
    }

    async fn assistant_is_silent(&mut self, conversation: &str) -> Result<(), Failure> {
        self.step("The next text is not answered by the AI: unassigned no longer means the AI.");
        let same_one = self.text(THIRD);
        same("the conversation", &conversation.to_owned(), &same_one)?;
        self.quiet().await?;
        self.phone_is_unchanged()
    }

    async fn reply_is_recorded(&mut self, conversation: &str, link: &str) -> Result<(), Failure> {
        self.step("The teammate's reply is recorded, and not sent again.");
        self.world.front.teammate_replies(conversation, REP, REPLY, Utc::now());
        self.phone_gets(REPLY).await?;
        self.quiet().await?;
        self.phone_is_unchanged()?;
        let (_, page) = page(link).await?;
        same("the session's page shows the reply", &true, &page.contains(REPLY))?;
        evidence("The session's page has it, by the person who wrote it");
        Ok(())
    }

    async fn archive_resolves(&mut self, conversation: &str, link: &str) -> Result<(), Failure> {
        self.step("The teammate archives the conversation; the session is resolved.");
        self.world.front.teammate_archives(conversation, REP, Utc::now());
        self.quiet().await?;
        let (_, page) = page(link).await?;
        same("the session's page says resolved", &true, &page.contains("resolved at the desk"))?;
        evidence("The session's page: resolved at the desk");
        Ok(())
    }

    async fn next_text_opens_a_session(
        &mut self,
        conversation: &str,
        link: &str,
    ) -> Result<(), Failure> {
        self.step("Given to the AI again, the next text is answered, in a session of its own.");
        self.world.front.rule_assigns(conversation, Some(AI), Utc::now());
        self.text(AGAIN);
        self.phone_gets(OPENING_HOURS).await?;
        self.quiet().await?;
        let (_, page) = page(link).await?;
        same("the first session's page shows the text", &false, &page.contains(AGAIN))?;
        Ok(())
    }

    async fn nothing_was_doubled(&mut self, conversation: &str) -> Result<(), Failure> {
        self.step("Once all is quiet, nothing has come twice.");
        self.quiet().await?;
        self.phone_is_unchanged()?;
        let front = &self.world.front;
        same("comments", &1, &front.comments(conversation).len())?;
        same("conversations", &1, &front.conversations().len())?;
        evidence(format_args!(
            "Texts on the phone: {}; comments: 1; requests to Front: {}",
            self.phone.len(),
            front.round_trips()
        ));
        Ok(())
    }

    fn step(&mut self, what: &str) {
        self.steps += 1;
        let at = self.started.elapsed().as_secs_f32();
        print::line(format_args!("{:>4}. {what} [{at:.1} s]", self.steps));
    }

    fn text(&self, text: &str) -> String {
        evidence(format_args!("{CUSTOMER} texts: {text:?}"));
        self.world.front.customer_texts(CUSTOMER, text, &[], Utc::now())
    }

    fn conversation(&self, id: &str) -> Result<Conversation, Failure> {
        let found = self.world.front.conversation(id);
        found.ok_or_else(|| Failure::broken(format_args!("expected: conversation {id}")))
    }

    /// One more text arrives, and it is this one.
    async fn phone_gets(&mut self, text: &str) -> Result<(), Failure> {
        self.phone.push(text.to_owned());
        see(format_args!("the customer's phone shows {:?}", self.phone), || {
            let shown = self.world.front.phone(CUSTOMER);
            if shown == self.phone { Ok(()) } else { Err(format!("{shown:?}")) }
        })
        .await?;
        evidence(format_args!("{CUSTOMER} gets:  {text:?}"));
        Ok(())
    }

    fn phone_is_unchanged(&self) -> Result<(), Failure> {
        same("the customer's phone shows", &self.phone, &self.world.front.phone(CUSTOMER))
    }

    async fn quiet(&self) -> Result<(), Failure> {
        let front = &self.world.front;
        quiet(|| front.round_trips() + front.outbox().attempts().len()).await
    }
}

fn evidence(text: impl std::fmt::Display) {
    print::line(format_args!("        {text}"));
}

const CUSTOMER: &str = "+14155550100";
const FIRST: &str = "Hello! What are your opening hours?";
const SECOND: &str = "I am fed up with waiting. I want to talk to a human.";
const THIRD: &str = "When are you open on Sundays?";
const REPLY: &str = "Rita here. We are closed on Sundays.";
const AGAIN: &str = "Sorry, your opening hours again?";
/// What the keyword assistant says when it hands over.
const CONNECTING: &str = "I'm connecting you with a person.";
