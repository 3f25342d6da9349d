//! Against a simulated company, which signs, limits and fails on its own account.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::{Attempt, Channel as _, Found, Outbound};
use handover_core::desk::{
    About, Case, CaseStatus, Desk as _, Entry, EntryOutcome, Handoff, Opening,
};
use handover_core::directory::Directory as _;
use handover_core::error::{ErrorKind, Retry, RetryScope};
use handover_core::event::{Author, Event, Fact, Holder, Inbound, Reply};
use handover_core::feed::{Feed as _, Scope};
use handover_core::id::{ChannelId, DeskId, EventId, Key, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Brief, DeliveryState, Speaker};
use handover_core::probe::{Probe as _, Verdict};
use handover_core::thread::Thread;
use handover_core::webhook::Webhook as _;
use handover_front::ids::{self, InboxId, TeammateId};
use handover_front::{ChannelApi, Client, Config, DeskConfig, Front, HostedChannel, OAuth};
use handover_sim::front::{Attachment, Builder, Front as Sim, Hook, Sending, Status};
use handover_sim::{Clock, Fault, Rule};
use secrecy::SecretString;

const APP_KEY: &str = "app-key";
const CUSTOMER: &str = "+14155550100";
const HOOK: &str = "https://relay.example/desks/front";
const RULE_SECRET: &str = "rule-secret";
const TOKEN: &str = "token";

struct World {
    sim: Sim,
    time: Arc<Mutex<DateTime<Utc>>>,
    front: Front,
    channel: HostedChannel,
}

impl World {
    fn usual() -> Self {
        let sim = Sim::new(TOKEN);
        sim.hook(Hook::application(HOOK, APP_KEY));
        Self::new(sim, desk().with_tags(["handed-off".to_owned()]))
    }

    fn new(sim: Sim, config: DeskConfig) -> Self {
        let login = Config::new(SecretString::from(TOKEN)).unwrap();
        Self::with_login(sim, config, &login)
    }

    fn with_login(sim: Sim, config: DeskConfig, login: &Config) -> Self {
        let time = Arc::new(Mutex::new("2026-11-20T09:00:00Z".parse().unwrap()));
        let shared = Arc::clone(&time);
        let clock = Clock::new(move || *shared.lock().unwrap());
        let transport = Arc::new(sim.transport(clock.clone()));
        let front = Front::new(Client::new(login, transport, Arc::new(clock)).unwrap(), config);
        let channel = front.channels().remove(0);
        Self { sim, time, front, channel }
    }

    fn now(&self) -> DateTime<Utc> {
        *self.time.lock().unwrap()
    }

    fn pass(&self, time: TimeDelta) {
        *self.time.lock().unwrap() += time;
    }

    /// What Front tells by its webhooks since this was last asked.
    fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for outgoing in self.sim.take_webhooks() {
            let received = self.front.receive(&outgoing.request, self.now()).unwrap();
            outgoing.answered(
                Some(received.response.status().as_u16()),
                received.response.body(),
                self.now(),
            );
            events.extend(received.events);
        }
        events
    }

    fn texts(&self, body: &str) -> String {
        self.pass(TimeDelta::seconds(1));
        self.sim.customer_texts(CUSTOMER, body, &[], self.now())
    }

    fn attempt(&self, key: Key, number: u32) -> Attempt {
        Attempt { number, ..Attempt::first(key, self.now()) }
    }

    fn given_to(&self, conversation: &str) -> Option<String> {
        self.sim.conversation(conversation).unwrap().assignee
    }
}

fn desk() -> DeskConfig {
    let channel = ChannelId::new("front-sms").unwrap();
    DeskConfig::new(DeskId::new("front").unwrap(), TeammateId::new("tea_ai").unwrap())
        .and_then(|config| config.with_application_keys(vec![SecretString::from(APP_KEY)]))
        .and_then(|config| config.with_rule_secrets(vec![SecretString::from(RULE_SECRET)]))
        .and_then(|config| config.with_channel(&channel, [InboxId::new("inb_sms").unwrap()]))
        .unwrap()
}

fn builder() -> Builder {
    Sim::builder(TOKEN)
        .teammate("tea_ai", "ai@acme.example", "ai", "Assistant")
        .teammate("tea_rep", "rita@acme.example", "user", "Rita Rep")
        .inbox("inb_sms", "SMS")
        .channel("cha_sms", "inb_sms", "twilio", "+18005551212")
}

fn session() -> SessionId {
    SessionId::derive(&TenantId::new("t").unwrap(), &EventId::new("front-sms", "msg_1"))
}

fn outbound(conversation: &str, seq: u64, text: &str) -> Outbound {
    Outbound {
        key: Key::send(session(), seq, 0),
        thread: Thread::channel(&ChannelId::new("front-sms").unwrap(), conversation),
        to: Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap(),
        text: text.to_owned(),
        media: Vec::new(),
    }
}

fn note(seq: u64, text: &str) -> Entry {
    Entry {
        key: Key::entry(session(), seq),
        seq,
        author: Speaker::Relay,
        at: DateTime::UNIX_EPOCH,
        text: text.to_owned(),
        files: Vec::new(),
        link: Some("https://relay.example/sessions/7".parse().unwrap()),
    }
}

fn about() -> About {
    About {
        session: session(),
        channel: ChannelId::new("front-sms").unwrap(),
        customer: Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap(),
        link: None,
        first_words: String::new(),
    }
}

fn handoff() -> Handoff {
    Handoff { key: Key::handoff(session(), 5), about: about(), brief: Brief::default() }
}

fn inbound(event: &Event) -> &Inbound {
    match &event.fact {
        Fact::Message(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

fn reply(event: &Event) -> &Reply {
    match &event.fact {
        Fact::Reply(reply) => reply,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_seed_page_line_by_line() {
    let sim = builder().assign_new_to("tea_ai").build();
    sim.hook(Hook::application(HOOK, APP_KEY));
    let world = World::new(sim, desk().with_tags(["handed-off".to_owned()]));
    // The text reaches Front and the webhook; the number is the sender's.
    let cnv = world.texts("Where is my parcel?");
    let events = world.events();
    let first = events.iter().find(|event| matches!(event.fact, Fact::Message(_))).unwrap();
    assert_eq!(inbound(first).from, outbound(&cnv, 1, "").to);
    // The AI's reply is sent whole, as the AI teammate, and reaches the phone.
    let long = "It is on its way. ".repeat(120);
    let receipt = world.channel.send(&outbound(&cnv, 2, long.trim())).await.unwrap();
    assert_eq!(receipt.delivery.state, DeliveryState::Accepted);
    assert_eq!(world.sim.phone(CUSTOMER), [long.trim()]);
    assert_eq!(world.sim.conversation(&cnv).unwrap().status, Status::Open);
    // Its echo is a receipt, and nobody's reply.
    let echoes = world.events();
    assert!(echoes.iter().all(|event| matches!(
        &event.fact,
        Fact::Receipt { delivery, .. } if delivery.state == DeliveryState::Sent
    )));
    assert_eq!(echoes.len(), 1);
    // The customer asks for a person: a comment with summary and sentiment, and nobody has it.
    world.texts("I want to talk to a human");
    let case = Case::new(cnv.as_str());
    let summary = "Handed over: the customer asked for a person.\nSummary: parcel\nSentiment: calm";
    let notes = [note(5, summary)];
    let outcomes = world.front.append(&case, &notes, &world.attempt(notes[0].key, 1)).await;
    assert_eq!(outcomes.unwrap(), [EntryOutcome::Written]);
    world.front.hand_off(&case, &handoff(), &world.attempt(handoff().key, 1)).await.unwrap();
    assert_eq!(world.given_to(&cnv), None);
    assert_eq!(world.sim.tags(&cnv), ["handed-off"]);
    let comments = world.sim.comments(&cnv);
    assert!(
        comments[0].body.contains("Summary: parcel")
            && comments[0].body.contains("Sentiment: calm")
    );
    assert!(comments[0].body.contains("https://relay.example/sessions/7"));
    let nobody = |event: &Event| event.fact == Fact::Assigned { holder: Holder::Nobody };
    assert!(world.events().iter().any(nobody));
    // The AI has nothing more to say there.
    world.texts("Hello?");
    let events = world.events();
    assert_eq!(inbound(&events[0]).hosted.as_ref().unwrap().holder, Holder::Nobody);
    // A rep's reply reaches the phone by Front itself, and is recorded as delivered.
    world.sim.teammate_replies(&cnv, "tea_rep", "Rita here", world.now());
    assert_eq!(world.sim.phone(CUSTOMER)[1], "Rita here");
    let events = world.events();
    let said = events.iter().find(|event| matches!(event.fact, Fact::Reply(_))).unwrap();
    assert_eq!((said.author, reply(said).delivered), (Author::Person, true));
    assert_eq!(
        (reply(said).text.as_str(), reply(said).author.as_deref()),
        ("Rita here", Some("Rita Rep"))
    );
    // Archived is resolved.
    world.sim.teammate_archives(&cnv, "tea_rep", world.now());
    let events = world.events();
    assert!(events.iter().any(|event| event.fact == Fact::CaseStatus(CaseStatus::Resolved)));
    // The number is a contact.
    let key = Key::contact(handover_core::id::ContactId(session().0));
    let made = world.front.create(&about().customer, &key).await.unwrap();
    assert_eq!(world.front.lookup(&about().customer).await.unwrap(), [made]);
}

#[tokio::test]
async fn pictures_are_downloaded_with_the_token() {
    let world = World::usual();
    let photo = Attachment::new("photo.jpg", "image/jpeg", Bytes::from_static(b"jpeg"));
    world.sim.customer_texts(CUSTOMER, "", &[photo], world.now());
    let events = world.events();
    let [file] = &inbound(&events[0]).files[..] else { panic!("{events:?}") };
    assert_eq!(
        (file.name.as_deref(), file.media_type.as_deref()),
        (Some("photo.jpg"), Some("image/jpeg"))
    );
    let body = world.channel.fetch(&file.reference, 100).await.unwrap();
    assert_eq!(body.bytes(100).await.unwrap(), "jpeg");
}

#[tokio::test]
async fn previews_and_whole_events_by_both_kinds_tell_the_same() {
    for hook in [Hook::application(HOOK, APP_KEY), Hook::rule(HOOK, RULE_SECRET)] {
        let sim = Sim::new(TOKEN);
        sim.hook(hook);
        let world = World::new(sim, desk());
        let cnv = world.texts("Hello");
        let hooked = world.events();
        let page = world.front.pull(&Scope::Thread(cnv.into()), None).await.unwrap();
        assert_eq!(hooked.len(), 1);
        assert_eq!(page.events.iter().map(|e| &e.id).collect::<Vec<_>>(), [&hooked[0].id]);
        assert_eq!(inbound(&page.events[0]), inbound(&hooked[0]));
    }
    let sim = Sim::new(TOKEN);
    sim.hook(Hook::rule(HOOK, RULE_SECRET).preview());
    let world = World::new(sim, desk());
    let cnv = world.texts("Hello");
    let outgoing = world.sim.take_webhooks().remove(0);
    let received = world.front.receive(&outgoing.request, world.now()).unwrap();
    assert_eq!(received.pokes, [Scope::Thread(cnv.into()), Scope::All]);
    for scope in received.pokes {
        let page = world.front.pull(&scope, None).await.unwrap();
        assert_eq!(inbound(&page.events[0]).text, "Hello", "{scope:?}");
    }
}

#[tokio::test]
async fn a_new_webhook_proves_itself() {
    let world = World::new(Sim::new(TOKEN), desk());
    world.sim.save_hook(Hook::application(HOOK, APP_KEY), "challenge-1", world.now());
    assert!(world.events().is_empty());
    assert!(world.sim.is_saved(HOOK));
}

#[tokio::test]
async fn what_no_webhook_told_is_found_by_the_feed() {
    let world = World::new(Sim::new(TOKEN), desk());
    let mut place = world.front.pull(&Scope::All, None).await.unwrap().next;
    for n in 0..40 {
        world.texts(&format!("text {n}"));
    }
    let mut texts = Vec::new();
    let mut pages = 0;
    loop {
        let page = world.front.pull(&Scope::All, place.as_ref()).await.unwrap();
        texts.extend(page.events.iter().map(|event| inbound(event).text.clone()));
        (place, pages) = (page.next, pages + 1);
        if !page.more {
            break;
        }
    }
    let expected: Vec<String> = (0..40).map(|n| format!("text {n}")).collect();
    assert_eq!((texts, pages), (expected, 3));
    // The next pull says the last minute again, and nothing older.
    world.pass(TimeDelta::minutes(5));
    world.texts("later");
    let mut texts = Vec::new();
    loop {
        let page = world.front.pull(&Scope::All, place.as_ref()).await.unwrap();
        texts.extend(page.events.iter().map(|event| inbound(event).text.clone()));
        place = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!(texts.last().map(String::as_str), Some("later"));
    world.pass(TimeDelta::minutes(20));
    let place = world.front.pull(&Scope::All, place.as_ref()).await.unwrap().next;
    assert!(world.front.pull(&Scope::All, place.as_ref()).await.unwrap().events.is_empty());
}

#[tokio::test]
async fn an_uncertain_reply_is_found_and_one_that_never_arrived_is_not() {
    for shows_uids in [false, true] {
        let builder = if shows_uids { builder().message_uids() } else { builder() };
        let sim = builder.assign_new_to("tea_ai").build();
        let world = World::new(sim, desk());
        let cnv = world.texts("Hello");
        // The same words went out before, under another name.
        let before = world.channel.send(&outbound(&cnv, 2, "One moment.")).await.unwrap();
        let accounted = vec![before.delivery.provider_id.unwrap()];
        let again = outbound(&cnv, 4, "One moment.");
        for (fault, sent) in [(Fault::DropBeforeWrite, false), (Fault::DropAfterWrite, true)] {
            let attempt = world.attempt(again.key, 2);
            let rule = Rule::new(fault).method(http::Method::POST).once();
            world.sim.faults().add(rule);
            let error = world.channel.send(&again).await.unwrap_err();
            assert_eq!(error.retry(), Retry::Unsure);
            world.pass(TimeDelta::minutes(2));
            let attempt = Attempt { now: world.now(), accounted: accounted.clone(), ..attempt };
            match world.channel.find(&again, &attempt).await.unwrap() {
                Found::Sent(_) => assert!(sent, "{shows_uids}"),
                Found::NotSent => assert!(!sent, "{shows_uids}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn front_202_then_sending_error_comes_back_as_a_failed_receipt() {
    let world = World::usual();
    let cnv = world.texts("Hello");
    world.sim.rule_assigns(&cnv, Some("tea_ai"), world.now());
    world.events();
    world.sim.set_sending(CUSTOMER, Sending::Fails { error: "carrier".to_owned() });
    let ours = outbound(&cnv, 2, "Hi");
    world.channel.send(&ours).await.unwrap();
    world.pass(TimeDelta::minutes(1));
    let states: Vec<DeliveryState> = world
        .events()
        .iter()
        .map(|event| match &event.fact {
            Fact::Receipt { key, delivery } if *key == ours.key => delivery.state,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(states.iter().max(), Some(&DeliveryState::Failed));
}

#[tokio::test]
async fn rep_assigned_or_replied_while_the_ai_was_thinking_is_told_and_taken() {
    let world = World::usual();
    let cnv = world.texts("Hello");
    world.sim.rule_assigns(&cnv, Some("tea_ai"), world.now());
    world.events();
    world.sim.teammate_assigns(&cnv, "tea_rep", Some("tea_rep"), world.now());
    let person = Fact::Assigned { holder: Holder::Person };
    assert!(world.events().iter().any(|event| event.fact == person));
    let error = world.channel.send(&outbound(&cnv, 2, "Hi")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Taken);
    let case = Case::new(cnv.as_str());
    let attempt = world.attempt(handoff().key, 1);
    let error = world.front.hand_off(&case, &handoff(), &attempt).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Taken);
    let error = world.front.set_status(&case, CaseStatus::Resolved, &attempt).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Taken);
    assert_eq!(world.given_to(&cnv).as_deref(), Some("tea_rep"));
    // Given back by a person, the AI may speak again.
    world.sim.teammate_assigns(&cnv, "tea_rep", Some("tea_ai"), world.now());
    let assistant = Fact::Assigned { holder: Holder::Assistant };
    assert!(world.events().iter().any(|event| event.fact == assistant));
    world.channel.send(&outbound(&cnv, 2, "Hi")).await.unwrap();
    world.front.set_status(&case, CaseStatus::Resolved, &attempt).await.unwrap();
    assert_eq!(world.sim.conversation(&cnv).unwrap().status, Status::Archived);
}

#[tokio::test]
async fn a_handoff_is_whole_wherever_a_crash_cuts_it() {
    for crash in 0..8 {
        let world = World::usual();
        let cnv = world.texts("Hello");
        world.sim.rule_assigns(&cnv, Some("tea_ai"), world.now());
        let case = Case::new(cnv.as_str());
        world.sim.teammate_tags(&cnv, "tea_rep", "vip", world.now());
        let notes = [note(5, "Summary: x")];
        let mut number = 0;
        let mut writes = 0;
        // The line is cut after the nth request was carried out.
        world.sim.faults().add(Rule::new(Fault::DropAfterWrite).after(crash).once());
        while writes < 2 {
            number += 1;
            assert!(number < 6, "{crash}");
            world.pass(TimeDelta::minutes(1));
            let attempt = world.attempt(notes[0].key, number);
            if writes == 0 && world.front.append(&case, &notes, &attempt).await.is_ok() {
                writes = 1;
            }
            let attempt = world.attempt(handoff().key, number);
            if writes == 1 && world.front.hand_off(&case, &handoff(), &attempt).await.is_ok() {
                writes = 2;
            }
        }
        assert_eq!(world.sim.comments(&cnv).len(), 1, "{crash}");
        assert_eq!(world.sim.tags(&cnv), ["vip", "handed-off"], "{crash}");
        assert_eq!(world.given_to(&cnv), None, "{crash}");
    }
}

#[tokio::test]
async fn a_conversation_that_was_merged_is_followed() {
    let world = World::usual();
    let cnv = world.texts("Hello");
    let other = world.sim.customer_texts("+14155550199", "Other", &[], world.now());
    world.sim.rule_assigns(&other, Some("tea_ai"), world.now());
    world.sim.teammate_merges(&cnv, &other, "tea_rep", world.now());
    world.events();
    world.channel.send(&outbound(&cnv, 2, "Hi")).await.unwrap();
    let case = Case::new(cnv.as_str());
    let notes = [note(5, "Summary: x")];
    world.front.append(&case, &notes, &world.attempt(notes[0].key, 1)).await.unwrap();
    let handed = world.front.hand_off(&case, &handoff(), &world.attempt(handoff().key, 1)).await;
    assert_eq!(*handed.unwrap().reference, *other);
    assert_eq!(world.sim.comments(&other).len(), 1);
    assert_eq!(world.given_to(&other), None);
    let page = world.front.pull(&Scope::Thread(cnv.clone().into()), None).await.unwrap();
    assert!(!page.events.is_empty());
}

#[tokio::test]
async fn front_429_by_company_and_by_resource() {
    let world = World::new(builder().plan(3).build(), desk());
    for _ in 0..3 {
        world.front.lookup(&about().customer).await.unwrap();
    }
    let error = world.front.lookup(&about().customer).await.unwrap_err();
    let Retry::Later { after: Some(after), scope } = error.retry() else { panic!("{error}") };
    assert_eq!((scope, after <= Duration::from_secs(60)), (RetryScope::Account, true));
    world.pass(TimeDelta::from_std(after).unwrap() + TimeDelta::seconds(1));
    world.front.lookup(&about().customer).await.unwrap();
    let world = World::new(builder().burst(1).build(), desk());
    let cnv = world.texts("Hello");
    let case = Case::new(cnv.as_str());
    let attempt = world.attempt(handoff().key, 1);
    let mut scopes = Vec::new();
    for _ in 0..4 {
        if let Err(error) = world.front.append(&case, &[note(5, "x")], &attempt).await {
            let Retry::Later { scope, .. } = error.retry() else { panic!("{error}") };
            scopes.push(scope);
        }
    }
    assert!(!scopes.is_empty() && scopes.iter().all(|scope| *scope == RetryScope::Resource));
}

#[tokio::test]
async fn an_applications_token_is_renewed_as_it_ends() {
    let sim = builder().oauth("app", "secret", "refresh").build();
    let oauth = OAuth::new("app", SecretString::from("secret"), SecretString::from("refresh"));
    let world = World::with_login(sim, desk(), &Config::with_oauth(oauth.unwrap()));
    world.front.client().me().await.unwrap();
    world.sim.expire_access_tokens();
    world.front.client().me().await.unwrap();
    world.pass(TimeDelta::hours(2));
    world.front.client().me().await.unwrap();
}

#[tokio::test]
async fn the_doctor_finds_all_well_and_names_a_missing_scope() {
    let world = World::usual();
    world.texts("Hello");
    let checks = world.front.check().await;
    assert!(checks.iter().all(|check| check.verdict == Verdict::Proven), "{checks:#?}");
    let scopes = [
        "channels:read",
        "conversations:read",
        "events:read",
        "inboxes:read",
        "messages:read",
        "teammates:read",
    ];
    let sim = builder().token(TOKEN, &scopes).build();
    let world = World::new(sim, desk());
    let cnv = world.texts("Hello");
    let checks = world.front.check().await;
    let of = |name: &str| checks.iter().find(|check| check.name == name).unwrap().verdict;
    assert_eq!(of("scope messages:send"), Verdict::Broken);
    assert_eq!(of("scope comments:write"), Verdict::Broken);
    assert_eq!(of("scope messages:read"), Verdict::Proven);
    assert!(world.sim.contacts().is_empty() && world.sim.comments(&cnv).is_empty());
    assert_eq!((world.sim.messages(&cnv).len(), world.sim.events(&cnv).len()), (1, 1));
    world.sim.faults().once(Fault::ExpireToken);
    world.front.client().me().await.unwrap_err();
    let checks = world.front.check().await;
    assert_eq!(checks.last().unwrap().verdict, Verdict::Broken);
}

#[tokio::test]
async fn a_conversation_of_our_own_channel_is_worked_in_front() {
    let hook = "https://relay.example/desks/front/channel";
    let sim = builder()
        .application("app_uid", "app-secret")
        .inbox("inb_own", "Own numbers")
        .partner_channel("cha_own", "inb_own", hook)
        .build();
    let channel = ids::ChannelId::new("cha_own").unwrap();
    let api = ChannelApi::new("app_uid", vec![SecretString::from("app-secret")], channel).unwrap();
    let world = World::new(sim, desk().with_channel_api(api).with_tags(["handed-off".to_owned()]));
    let opening = Opening {
        key: Key::open(session(), 0),
        about: about(),
        at: world.now(),
        contact: None,
        parent: None,
    };
    let first = world.attempt(opening.key, 1);
    let case = world.front.open(&opening, &first).await.unwrap();
    let said = |seq, author, text: &str| Entry { author, at: world.now(), ..note(seq, text) };
    let entries = [
        said(1, Speaker::Customer, "I want to talk to a human"),
        said(2, Speaker::Assistant, "One moment."),
        said(3, Speaker::Relay, "Summary: wants a person"),
    ];
    let outcomes = world.front.append(&case, &entries, &first).await.unwrap();
    assert_eq!(outcomes, vec![EntryOutcome::Written; 3]);
    // Twice is once.
    world.front.append(&case, &entries, &world.attempt(opening.key, 2)).await.unwrap();
    let handed = world.front.hand_off(&case, &handoff(), &first).await.unwrap();
    let conversations = world.sim.conversations();
    let [conversation] = &conversations[..] else { panic!("{conversations:?}") };
    assert_eq!(handed.number.as_deref(), Some(conversation.id.as_str()));
    assert_eq!(world.sim.messages(&conversation.id).len(), 2);
    assert_eq!(world.sim.comments(&conversation.id).len(), 1);
    assert_eq!(world.sim.tags(&conversation.id), ["handed-off"]);
    world.events();
    // A rep answers: we deliver it, and Front is told our name for it.
    world.sim.teammate_replies(&conversation.id, "tea_rep", "Rita here", world.now());
    let events = world.events();
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.threads, [Thread::case(world.front.id(), case.reference.clone())]);
    assert_eq!((reply(event).text.as_str(), reply(event).delivered), ("Rita here", false));
    assert_eq!(world.sim.phone(CUSTOMER), ["Rita here"]);
    // It did not arrive after all.
    world.front.report_failure(&case.reference, event.id.as_str(), "unreachable").await.unwrap();
}
