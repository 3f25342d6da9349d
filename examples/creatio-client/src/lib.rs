#![doc = include_str!("../README.md")]

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use handover_core::clock::Clock;
use handover_creatio::entities::{ACTIVITY, CASE, Case, Record, activity, base, case, flag};
use handover_creatio::{Address, Client, Config, Filter, Match, NewFile, NewRow, Parent, Query};
use handover_creatio::{Values, ids};
use handover_reqwest::{Limits, Patience, Retrying};
use uuid::Uuid;

/// A client out of `CREATIO_URL`, `CREATIO_CLIENT_ID` and `CREATIO_CLIENT_SECRET`.
pub fn client(var: impl Fn(&str) -> Option<String>) -> Result<Client, Box<dyn Error>> {
    let need = |name| var(name).ok_or_else(|| format!("{name} is not set"));
    let secret = need("CREATIO_CLIENT_SECRET")?.into();
    let mut config = Config::new(&need("CREATIO_URL")?, need("CREATIO_CLIENT_ID")?, secret)?;
    if let Some(url) = var("CREATIO_IDENTITY_URL") {
        config = config.with_identity_url(&url)?;
    }
    let http = handover_reqwest::Client::new(Limits::default())?;
    let transport = Retrying::new(http, Arc::new(Now), Patience::default());
    Ok(Client::new(&config, Arc::new(transport), Arc::new(Now))?)
}

/// Logs what was said about an order as a case of the customer with this number, and shows all cases
/// that are open. Every id is derived from the order, so that running it again changes nothing.
pub async fn log(client: &Client, order: &str, number: &str) -> Result<Uuid, Box<dyn Error>> {
    let id = |of: &str| Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{order}/{of}").as_bytes());

    let address = Address::phone(number)?;
    let contact = match client.contacts().find_or_create(&address, id(number), None).await? {
        Match::One(contact) => Some(contact.id),
        Match::Ambiguous(_) | Match::None => None,
    };

    let values = Values::new()
        .set(case::SUBJECT, format!("Order {order} is late"))
        .set_some(case::CONTACT, contact);
    let row = client.create(&CASE, id("case"), &values, &Case::columns()).await?.into_row();
    println!("opened {}", row.text(&case::NUMBER).unwrap_or("a case without a number"));

    let said = [("Customer", "Where is my order?"), ("Shop", "It left this morning.")];
    let entry = |(at, (author, text)): (usize, &(&str, &str))| NewRow {
        id: id(&at.to_string()),
        values: Values::new()
            .set(activity::CASE, id("case"))
            .set(activity::TYPE, ids::TASK)
            .set(activity::CATEGORY, ids::TO_DO)
            .set(activity::STATUS, ids::COMPLETED)
            .set(activity::TITLE, format!("{author}: {text}"))
            .set(activity::NOTES, *text),
    };
    let entries: Vec<NewRow> = said.iter().enumerate().map(entry).collect();
    let outcomes = client.create_all(&ACTIVITY, &entries).await?;
    println!("transcript: {outcomes:?}");

    let receipt = Bytes::from_static(b"1 parcel, 2.4 kg");
    let parent = Parent::activity(entries[0].id);
    let size = u64::try_from(receipt.len())?;
    let file = NewFile::new(id("receipt"), parent, "receipt.txt", "text/plain", size);
    client.files().upload(&file, &receipt).await?;

    let open = Filter::eq(case::STATUS.to(&flag::IS_FINAL)?, false);
    let mut rows = client.stream(Query::of::<Case>().filter(open), base::CREATED_ON);
    while let Some(row) = rows.try_next().await? {
        let open = Case::read(&row).ok_or("a case without an id")?;
        println!("open: {}", open.subject.as_deref().unwrap_or("without a subject"));
    }
    client.close().await?;
    Ok(id("case"))
}

#[derive(Debug)]
struct Now;

impl Clock for Now {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
