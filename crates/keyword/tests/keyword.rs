//! The assistant over tables of conversations.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use chrono::{DateTime, Utc};
use handover_core::assistant::{Answer, Assistant, FieldSpec, Task, Turn};
use handover_core::id::{ChannelId, EventId, SessionId, TenantId};
use handover_core::message::{Brief, Field, File, Message, Reason, Speaker};
use handover_keyword::{Config, ConfigError, Fault, Keyword};

const TABLES: &str = r#"
fallback_reply = "Pardon?"
handoff_reply = "One moment."

[[answer]]
contains = ["sunday"]
reply = "Closed on Sundays."

[[answer]]
contains = ["opening hours", "open"]
reply = "9 to 5."

[[sentiment]]
label = "frustrated"
contains = ["ridiculous", "fed up"]

[[sentiment]]
label = "pleased"
contains = ["thank you", "great"]

[[language]]
label = "de"
contains = ["ich", "danke"]
"#;

fn keyword(tables: &str) -> Keyword {
    Keyword::new(toml::from_str(tables).unwrap()).unwrap()
}

/// One line a message: `c:` customer, `a:` assistant, `p:` person, `r:` relay.
fn log(lines: &[&str]) -> Vec<Message> {
    let message = |(line, seq): (&&str, u64)| {
        let (author, text) = line.split_once(':').unwrap();
        let author = match author {
            "a" => Speaker::Assistant,
            "c" => Speaker::Customer,
            "p" => Speaker::Person { name: None },
            _ => Speaker::Relay,
        };
        Message::new(seq, author, text.trim(), DateTime::<Utc>::UNIX_EPOCH)
    };
    lines.iter().zip(1..).map(message).collect()
}

fn turn(task: Task, messages: Vec<Message>, fields: Vec<FieldSpec>) -> Turn {
    let tenant = TenantId::new("acme").unwrap();
    let session = SessionId::derive(&tenant, &EventId::new("sms", "1"));
    let is_ours = |message: &&Message| message.author == Speaker::Assistant;
    let answered = messages.iter().rev().find(is_ours).map_or(0, |message| message.seq);
    Turn { task, session, channel: ChannelId::new("sms").unwrap(), messages, answered, fields }
}

async fn reply(keyword: &Keyword, lines: &[&str]) -> (Option<String>, Option<Reason>) {
    let turn = turn(Task::Reply, log(lines), Vec::new());
    let answer = keyword.answer(&turn).await.unwrap();
    assert_eq!((answer.resolved, answer.brief), (false, None));
    (answer.text, answer.handoff)
}

#[tokio::test]
async fn what_was_said_while_an_answer_was_on_its_way_is_answered_too() {
    let keyword = keyword("");
    let messages =
        log(&["c: hello?", "c: I want to talk to a human", "a: I did not understand that."]);
    let turn = Turn { answered: 1, ..turn(Task::Reply, messages, Vec::new()) };
    let answer = keyword.answer(&turn).await.unwrap();
    assert_eq!(answer.handoff, Some(Reason::CustomerAsked));
}

async fn brief(keyword: &Keyword, messages: Vec<Message>, fields: Vec<FieldSpec>) -> Brief {
    let turn = turn(Task::Summarise, messages, fields);
    let Answer { text: None, handoff: None, resolved: false, brief: Some(brief) } =
        keyword.answer(&turn).await.unwrap()
    else {
        panic!("a summary is a brief and nothing else");
    };
    assert_eq!(brief.reason, None);
    brief
}

fn spec(column: &str, pattern: Option<&str>, options: &[&str]) -> FieldSpec {
    FieldSpec {
        column: column.into(),
        title: column.to_owned(),
        description: String::new(),
        kind: "text".into(),
        fill: handover_core::assistant::Fill::Handoff,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        pattern: pattern.map(str::to_owned),
    }
}

#[tokio::test]
async fn replies() {
    let asked = Some(Reason::CustomerAsked);
    let no_answer = Some(Reason::NoAnswer);
    let rows: &[(&[&str], Option<&str>, Option<Reason>)] = &[
        (&["c: When do you OPEN?"], Some("9 to 5."), None),
        (&["c: What's your  opening\thours"], Some("9 to 5."), None),
        // the first entry of the table wins
        (&["c: Are you open on Sunday?"], Some("Closed on Sundays."), None),
        // whole words only
        (&["c: I opened it"], Some("Pardon?"), None),
        // a person is asked for before anything else
        (&["c: Are you open? I want to speak to a person."], Some("One moment."), asked),
        // only what nobody has answered yet
        (&["c: open?", "a: 9 to 5.", "c: and sunday?"], Some("Closed on Sundays."), None),
        (&["c: speak to a person", "p: Here I am.", "c: open?"], Some("9 to 5."), None),
        (&["c: open?", "r: a note", "c: hello?"], Some("9 to 5."), None),
        // several texts are read as one
        (&["c: hello", "c: opening", "c: hours"], Some("9 to 5."), None),
        (&["c: I want to speak", "c: to a person"], Some("One moment."), asked),
        // nothing new, nothing said
        (&[], None, None),
        (&["c: open?", "a: 9 to 5."], None, None),
        (&["r: a note"], None, None),
        // a file alone is not understood
        (&["c:"], Some("Pardon?"), None),
        // two fallbacks, then a person
        (&["c: x", "a: Pardon?", "c: y"], Some("Pardon?"), None),
        (&["c: x", "a: Pardon?", "c: y", "a: Pardon?", "c: z"], Some("One moment."), no_answer),
        (&["c: x", "a: Pardon?", "c: y", "a: Pardon?", "c: open?"], Some("9 to 5."), None),
        // what others said does not count, nor what came before a person took over
        (&["c: x", "a: Pardon?", "c: y", "p: Pardon?", "c: z"], Some("Pardon?"), None),
        (&["a: Pardon?", "c: Pardon?", "c: z"], Some("Pardon?"), None),
        (&["a: Pardon?", "a: Pardon?", "p: Hi", "c: z"], Some("Pardon?"), None),
    ];
    let keyword = keyword(TABLES);
    for (lines, text, handoff) in rows {
        let expected = (text.map(str::to_owned), *handoff);
        assert_eq!(reply(&keyword, lines).await, expected, "{lines:?}");
    }
}

#[tokio::test]
async fn fallbacks_before_handoff() {
    let at_once = keyword("fallbacks_before_handoff = 0");
    assert_eq!(reply(&at_once, &["c: x"]).await.1, Some(Reason::NoAnswer));
    let once = keyword("fallbacks_before_handoff = 1\nfallback_reply = 'Pardon?'");
    assert_eq!(reply(&once, &["c: x"]).await.1, None);
    assert_eq!(reply(&once, &["c: x", "a: Pardon?", "c: y"]).await.1, Some(Reason::NoAnswer));
}

#[tokio::test]
async fn an_empty_handoff_reply_says_nothing() {
    let silent = keyword("handoff_reply = ''");
    let lines = ["c: talk to a human"];
    assert_eq!(reply(&silent, &lines).await, (None, Some(Reason::CustomerAsked)));
}

#[tokio::test]
async fn default_handoff_phrases() {
    let keyword = Keyword::new(Config::default()).unwrap();
    let asks = [
        "I want to speak to a person",
        "Can I talk to a human?",
        "can i speak with a person please",
        "let me talk to a person",
        "SPEAK TO A HUMAN",
        "are you a real person",
        "human agent",
        "I'd like to talk to someone",
        "customer service representative",
        "give me a customer service representative!!",
        "could I chat with an agent",
        "I need a human.",
    ];
    for text in asks {
        let (text, handoff) = reply(&keyword, &[&format!("c: {text}")]).await;
        assert_eq!(handoff, Some(Reason::CustomerAsked), "{text:?}");
        assert_eq!(text.unwrap(), "I'm connecting you with a person.");
    }
    let others =
        ["is this personal data", "a table for one person", "human resources", "agent 007"];
    for text in others {
        assert_eq!(reply(&keyword, &[&format!("c: {text}")]).await.1, None, "{text}");
    }
    // Its own fallback is no request for a person, whoever says it back.
    let fallback = Config::default().fallback_reply;
    assert_eq!(reply(&keyword, &[&format!("a: {fallback}"), "c: ok"]).await.1, None);
}

#[tokio::test]
async fn a_list_of_handoff_phrases_takes_the_place_of_the_default() {
    let own = keyword("handoff_phrases = ['Mensch']");
    assert_eq!(reply(&own, &["c: Ein Mensch, bitte"]).await.1, Some(Reason::CustomerAsked));
    assert_eq!(reply(&own, &["c: speak to a person"]).await.1, None);
}

#[tokio::test]
async fn summaries() {
    let long = format!("c: {}", "ü".repeat(301));
    let exact = format!("c: {}", "ü".repeat(300));
    let rows: &[(&[&str], &str)] = &[
        (&[], "No message from the customer."),
        (&["a: Hello"], "No message from the customer."),
        (&["c: It  is\nbroken"], "1 message from the customer: “It is broken”."),
        (
            &["c: one", "a: Pardon?", "c: two", "p: Hi", "c: three"],
            "3 messages from the customer. First: “one”. Last: “three”.",
        ),
        (&["c:"], "1 message from the customer: no text."),
        (&[&long], &format!("1 message from the customer: “{}…”.", "ü".repeat(300))),
        (&[&exact], &format!("1 message from the customer: “{}”.", "ü".repeat(300))),
    ];
    let keyword = keyword(TABLES);
    for (lines, summary) in rows {
        let brief = brief(&keyword, log(lines), Vec::new()).await;
        assert_eq!(brief.summary.as_deref(), Some(*summary));
    }
}

#[tokio::test]
async fn a_file_without_text_is_named_in_the_summary() {
    let mut messages = log(&["c:", "c:"]);
    messages[0].files = vec![File::new("1", None)];
    messages[1].files = vec![File::new("2", None), File::new("3", None)];
    let summary = brief(&keyword(TABLES), messages, Vec::new()).await.summary.unwrap();
    assert_eq!(summary, "2 messages from the customer. First: a file. Last: 2 files.");
}

#[tokio::test]
async fn sentiment_and_language_are_unknown_unless_a_table_says() {
    let rows: &[(&[&str], &str, &str)] = &[
        (&[], "unknown", "unknown"),
        (&["c: hello"], "unknown", "unknown"),
        (&["a: ridiculous, danke"], "unknown", "unknown"),
        (&["c: RIDICULOUS!"], "frustrated", "unknown"),
        (&["c: I'm fed up", "c: ok"], "frustrated", "unknown"),
        (&["c: I'm fed up", "c: Great, danke"], "pleased", "de"),
        (&["c: which one"], "unknown", "unknown"),
    ];
    let keyword = keyword(TABLES);
    for (lines, sentiment, language) in rows {
        let brief = brief(&keyword, log(lines), Vec::new()).await;
        let told = (brief.sentiment.unwrap(), brief.language.unwrap());
        assert_eq!(told, ((*sentiment).to_owned(), (*language).to_owned()), "{lines:?}");
    }
    let told =
        brief(&Keyword::new(Config::default()).unwrap(), log(&["c: danke"]), Vec::new()).await;
    assert_eq!(told.language.as_deref(), Some("unknown"));
}

#[tokio::test]
async fn fields_hold_only_what_a_pattern_finds() {
    let options = ["High", "Low"];
    let rows: &[(&[&str], FieldSpec, Option<&str>)] = &[
        (&["c: order ORD-17"], spec("c", Some(r"ORD-\d+"), &[]), Some("ORD-17")),
        (&["c: order ORD-17"], spec("c", Some(r"ORD-(\d+)"), &[]), Some("17")),
        (&["c: B 2"], spec("c", Some(r"A (\d)|B (\d)"), &[]), Some("2")),
        // the last message that has one, and the last one in it
        (&["c: ORD-1", "c: ORD-2", "c: thanks"], spec("c", Some(r"ORD-\d"), &[]), Some("ORD-2")),
        (&["c: ORD-1, no, ORD-2"], spec("c", Some(r"ORD-\d"), &[]), Some("ORD-2")),
        // only the customer's words
        (&["c: hi", "a: like ORD-9?", "p: ORD-8"], spec("c", Some(r"ORD-\d"), &[]), None),
        (&["c: hi"], spec("c", Some(r"ORD-\d"), &[]), None),
        (&["c: ORD-1"], spec("c", None, &[]), None),
        (&["c: ORD-1"], spec("c", Some("("), &[]), None),
        (&["c: ORD-1"], spec("c", Some(r"(\w{1000}){1000}"), &[]), None),
        (&["c: hi"], spec("c", Some(r"\s*"), &[]), None),
        // one of the options or nothing
        (&["c: priority high"], spec("c", Some(r"priority (\w+)"), &options), Some("High")),
        (&["c: priority none"], spec("c", Some(r"priority (\w+)"), &options), None),
        (
            &["c: priority low", "c: priority none"],
            spec("c", Some(r"priority (\w+)"), &options),
            Some("Low"),
        ),
    ];
    let keyword = keyword(TABLES);
    // Twice: the second time the patterns are known.
    for (lines, spec, value) in rows.iter().chain(rows) {
        let brief = brief(&keyword, log(lines), vec![spec.clone()]).await;
        let field = value.map(|value| Field { column: "c".into(), value: value.to_owned() });
        assert_eq!(brief.fields, Vec::from_iter(field), "{lines:?} {spec:?}");
    }
}

#[test]
fn tables_that_cannot_be_meant_are_refused() {
    let rows = [
        ("fallback_reply = ' '", "fallback_reply", Fault::EmptyText),
        ("handoff_phrases = ['ok', '']", "handoff_phrases", Fault::EmptyPhrase),
        ("[[answer]]\ncontains = []\nreply = 'x'", "answer.1.contains", Fault::NoPhrase),
        ("[[answer]]\ncontains = [' ']\nreply = 'x'", "answer.1.contains", Fault::EmptyPhrase),
        ("[[answer]]\ncontains = ['x']\nreply = ''", "answer.1.reply", Fault::EmptyText),
        (
            "[[sentiment]]\ncontains = ['x']\nlabel = 'x'\n[[sentiment]]\ncontains = ['x']\nlabel = ''",
            "sentiment.2.label",
            Fault::EmptyText,
        ),
        ("[[language]]\ncontains = []\nlabel = 'de'", "language.1.contains", Fault::NoPhrase),
    ];
    for (tables, key, fault) in rows {
        let error = Keyword::new(toml::from_str(tables).unwrap()).unwrap_err();
        assert_eq!(error, ConfigError { key: key.to_owned(), fault }, "{tables}");
        assert!(error.to_string().starts_with(&format!("`{key}` ")));
    }
    for unknown in ["fallback = 'x'", "[[answer]]\ncontains = ['x']\nanswer = 'x'"] {
        assert!(toml::from_str::<Config>(unknown).is_err(), "{unknown}");
    }
}

#[test]
fn account_and_debug() {
    let keyword = keyword(TABLES);
    assert_eq!(keyword.account().id.as_str(), "keyword");
    assert!(!format!("{keyword:?}").contains("9 to 5"));
}
