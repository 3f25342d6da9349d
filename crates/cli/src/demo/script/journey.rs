//! The steps.

use std::time::Instant;

use handover_core::policy::OpenCase;
use handover_sim::creatio::Record;
use uuid::Uuid;

use super::look;
use crate::demo::evidence::{quiet, same, see};
use crate::demo::world::{self, World};
use crate::failure::Failure;
use crate::print;

/// One customer's way from the first text to a second case.
#[derive(Debug)]
pub(super) struct Journey<'a> {
    world: &'a World,
    mode: OpenCase,
    steps: usize,
    started: Instant,
    /// What the customer's phone must show by now.
    phone: Vec<String>,
}

impl<'a> Journey<'a> {
    pub(super) fn new(world: &'a World, mode: OpenCase) -> Self {
        Self { world, mode, steps: 0, started: Instant::now(), phone: Vec::new() }
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
        self.assistant_replies().await?;
        self.case_at_first_message().await?;
        self.handoff_is_asked_for().await?;
        let case = self.case_is_complete().await?;
        let link = self.messages_are_activities(case).await?;
        self.link_leads_to_the_session(&link).await?;
        self.second_text_is_appended(case).await?;
        self.note_stays_inside(case).await?;
        self.reply_reaches_the_phone(case).await?;
        self.close_resolves(case, &link).await?;
        self.next_text_opens_a_linked_case(case).await?;
        self.nothing_was_doubled().await
    }

    async fn assistant_replies(&mut self) -> Result<(), Failure> {
        self.step("The customer texts, and the assistant replies.");
        self.text(FIRST);
        self.phone_gets(world::OPENING_HOURS).await
    }

    async fn case_at_first_message(&mut self) -> Result<(), Failure> {
        match self.mode {
            OpenCase::FirstMessage => {
                self.step("The first text has opened a case in Creatio.");
                let case = see("one case", || look::only_case(self.world)).await?;
                evidence(format_args!("Case {}: {}", case.text("Number"), case.text("Subject")));
            }
            OpenCase::Handoff => {
                self.step("Nothing is in Creatio for what the assistant answers.");
                self.quiet().await?;
                same("cases in Creatio", &0, &self.world.creatio.cases().len())?;
                evidence("Cases in Creatio: 0");
            }
        }
        Ok(())
    }

    async fn handoff_is_asked_for(&mut self) -> Result<(), Failure> {
        self.step("The customer asks for a person.");
        self.text(SECOND);
        self.phone_gets(CONNECTING).await
    }

    async fn case_is_complete(&mut self) -> Result<Uuid, Failure> {
        self.step("The case has contact, summary, AI field and owner.");
        let case = see("a case with owner, contact, summary and order number", || {
            let case = look::only_case(self.world)?;
            let given = [
                ("Owner", case.shown("Owner") == "Supervisor"),
                ("Contact", case.guid("ContactId").is_some()),
                ("summary", case.text("Symptoms").contains("messages")),
                (world::FIELD, case.text(world::FIELD) == ORDER),
            ];
            let missing: Vec<_> =
                given.iter().filter(|(_, is)| !is).map(|(what, _)| *what).collect();
            if missing.is_empty() {
                Ok(case)
            } else {
                Err(format!("not yet: {missing:?}; {case:?}"))
            }
        })
        .await?;
        let contact =
            case.guid("ContactId").and_then(|id| self.world.creatio.record("Contact", id));
        let number = contact.as_ref().map(|contact| contact.text("MobilePhone").to_owned());
        same("the contact's number", &Some(CUSTOMER.to_owned()), &number)?;
        evidence(format_args!("Case {}: {}", case.text("Number"), case.text("Subject")));
        evidence(format_args!("Contact {:?}, mobile {CUSTOMER}", case.shown("Contact")));
        evidence(format_args!("Owner {:?}, {} {ORDER}", case.shown("Owner"), world::FIELD));
        for line in case.text("Symptoms").lines().filter(|line| !line.is_empty()) {
            evidence(format_args!("| {line}"));
        }
        Ok(case.id())
    }

    /// All in order; the link to the session's page is in the first.
    async fn messages_are_activities(&mut self, case: Uuid) -> Result<String, Failure> {
        self.step("Every message is an activity, in order; the first has the session link.");
        let expected = [FIRST, world::OPENING_HOURS, SECOND];
        let titles = see("an activity for each message, and the handoff note", || {
            let titles = look::titles(self.world, case);
            let mut rest = titles.iter();
            let in_order = expected.iter().all(|text| rest.any(|title| title.contains(text)));
            let note = titles.iter().any(|title| title.contains("Handover note"));
            let reply = titles.iter().any(|title| title.contains(CONNECTING));
            if in_order && note && reply { Ok(titles) } else { Err(format!("{titles:?}")) }
        })
        .await?;
        let numbers: Vec<usize> = (1..=titles.len()).collect();
        let seen: Vec<usize> = titles.iter().filter_map(|title| number(title)).collect();
        same("the activities' order", &numbers, &seen)?;
        titles.iter().for_each(evidence);
        let first = look::activity(self.world, case, FIRST).map_err(Failure::broken)?;
        let link = look::link(&first);
        link.ok_or_else(|| {
            let notes = first.text("Notes").to_owned();
            Failure::broken(format_args!("expected: a session link\n  seen:     {notes:?}"))
        })
    }

    async fn link_leads_to_the_session(&mut self, link: &str) -> Result<(), Failure> {
        self.step("The session link from the case opens, and nothing opens without its signature.");
        let (status, page) = look::page(link).await?;
        same("the page's status", &200, &status)?;
        same("the page shows the customer's text", &true, &page.contains(FIRST))?;
        let bare = link.split('?').next().unwrap_or(link);
        let (unsigned, _) = look::page(bare).await?;
        same("the status without the signature", &403, &unsigned)?;
        evidence(format_args!(
            "GET {bare}?exp=…&sig=… → {status}; without a signature → {unsigned}"
        ));
        Ok(())
    }

    async fn second_text_is_appended(&mut self, case: Uuid) -> Result<(), Failure> {
        self.step("A second text is appended to the same case; the assistant is silent.");
        self.text(THIRD);
        let added =
            see("the text as an activity of the case", || look::activity(self.world, case, THIRD))
                .await?;
        evidence(format_args!(
            "{} (cases: {})",
            added.text("Title"),
            self.world.creatio.cases().len()
        ));
        self.quiet().await?;
        same("cases in Creatio", &1, &self.world.creatio.cases().len())?;
        self.phone_is_unchanged()
    }

    async fn note_stays_inside(&mut self, case: Uuid) -> Result<(), Failure> {
        self.step("The rep's internal note stays inside.");
        let read = self.world.creatio.round_trips();
        self.world.rep_notes(case, NOTE);
        see("the relay reads the case", || {
            let more = self.world.creatio.round_trips() - read;
            if more > 0 { Ok(()) } else { Err("no request to Creatio".to_owned()) }
        })
        .await?;
        self.quiet().await?;
        self.phone_is_unchanged()?;
        evidence(format_args!(
            "Relay read the case ({} requests); texts on the phone: still {}",
            self.world.creatio.round_trips() - read,
            self.phone.len()
        ));
        Ok(())
    }

    async fn reply_reaches_the_phone(&mut self, case: Uuid) -> Result<(), Failure> {
        self.step("The rep replies; the customer's phone gets exactly one text.");
        self.world.rep_replies(case, REPLY);
        self.phone_gets("It leaves our warehouse today.").await?;
        self.quiet().await?;
        self.phone_is_unchanged()
    }

    async fn close_resolves(&mut self, case: Uuid, link: &str) -> Result<(), Failure> {
        self.step("The rep resolves the case; the session is resolved.");
        self.world.rep_closes(case);
        self.quiet().await?;
        let (_, page) = look::page(link).await?;
        same("the session's page says resolved", &true, &page.contains("resolved at the desk"))?;
        evidence("The session's page: resolved at the desk");
        Ok(())
    }

    async fn next_text_opens_a_linked_case(&mut self, case: Uuid) -> Result<(), Failure> {
        self.step("The next text opens a new case, linked to the old one.");
        self.text(AGAIN);
        self.phone_gets(CONNECTING).await?;
        let second = see("a second case with the first as its parent", || {
            let cases = self.world.creatio.cases();
            let mut linked = cases.iter().filter(|next| next.guid("ParentCaseId") == Some(case));
            linked.next().cloned().ok_or_else(|| format!("{} cases, none linked", cases.len()))
        })
        .await?;
        see("the text as an activity of the new case", || {
            look::activity(self.world, second.id(), AGAIN)
        })
        .await?;
        evidence(format_args!(
            "Case {}: parent {}",
            second.text("Number"),
            self.world.creatio.case(case).as_ref().map_or("?", |case: &Record| case.text("Number"))
        ));
        Ok(())
    }

    async fn nothing_was_doubled(&mut self) -> Result<(), Failure> {
        self.step("Once all is quiet, nothing has come twice.");
        self.quiet().await?;
        self.phone_is_unchanged()?;
        let cases = self.world.creatio.cases();
        same("cases in Creatio", &2, &cases.len())?;
        let mut activities = 0;
        for case in &cases {
            let mut titles = look::titles(self.world, case.id());
            activities += titles.len();
            titles.sort();
            let all = titles.clone();
            titles.dedup();
            same("activities, each once", &titles, &all)?;
        }
        let contacts = self.world.creatio.contacts();
        let ours =
            contacts.iter().filter(|contact| contact.text("MobilePhone") == CUSTOMER).count();
        same("contacts with the customer's number", &1, &ours)?;
        evidence(format_args!(
            "Texts on the phone: {}; cases: 2; activities: {activities}; contacts: {ours}",
            self.phone.len()
        ));
        Ok(())
    }

    fn step(&mut self, what: &str) {
        self.steps += 1;
        let at = self.started.elapsed().as_secs_f32();
        print::line(format_args!("{:>4}. {what} [{at:.1} s]", self.steps));
    }

    fn text(&self, text: &str) {
        self.world.customer_texts(CUSTOMER, text);
        evidence(format_args!("{CUSTOMER} texts: {text:?}"));
    }

    /// One more text arrives, and it is this one.
    async fn phone_gets(&mut self, text: &str) -> Result<(), Failure> {
        self.phone.push(text.to_owned());
        let expected = format!("the customer's phone shows {:?}", self.phone);
        see(expected, || {
            let shown = self.world.twilio.phone(CUSTOMER);
            if shown == self.phone { Ok(()) } else { Err(format!("{shown:?}")) }
        })
        .await?;
        evidence(format_args!("{CUSTOMER} gets:  {text:?}"));
        Ok(())
    }

    fn phone_is_unchanged(&self) -> Result<(), Failure> {
        same("the customer's phone shows", &self.phone, &self.world.twilio.phone(CUSTOMER))
    }

    async fn quiet(&self) -> Result<(), Failure> {
        quiet(|| look::calls(self.world)).await
    }
}

fn evidence(text: impl std::fmt::Display) {
    print::line(format_args!("        {text}"));
}

/// The place in the session that a title begins with.
fn number(title: &str) -> Option<usize> {
    title.strip_prefix('#')?.split(' ').next()?.parse().ok()
}

const CUSTOMER: &str = "+15557772222";
const ORDER: &str = "A-10027";
const FIRST: &str = "Hello! What are your opening hours?";
const SECOND: &str = "My order A-10027 has not arrived. I want to speak to a person.";
const THIRD: &str = "It was due last Tuesday.";
const NOTE: &str = "Ask the carrier before promising anything.";
const REPLY: &str = "<p>It leaves our warehouse today.</p>";
const AGAIN: &str = "It came broken. Can I talk to a human?";
/// What the keyword assistant says when it hands over.
const CONNECTING: &str = "I'm connecting you with a person.";
