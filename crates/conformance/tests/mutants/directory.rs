//! Broken directories.

mod adapter;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use handover_conformance::directory::{DirectoryFixture, PROMISES};
use handover_core::directory::Directory;
use handover_core::identity::{Identity, Proof};
use handover_core::transport::Transport;
use http::Response;
use serde_json::json;

use crate::table::{Mutant, Table};
use adapter::{Adapter, Book, Defect};

#[test]
fn each_broken_directory_breaks_its_promise_alone() {
    let make = |defect: &Defect| -> Box<dyn DirectoryFixture> { Box::new(Shelf::new(*defect)) };
    Table { kind: "directory", promises: PROMISES, honest: Defect::None, mutants: MUTANTS }
        .check(make);
}

const MUTANTS: &[Mutant<Defect>] = &[
    Mutant::new(Defect::LikeIsEnough, "lookup_is_exact"),
    Mutant::new(Defect::TakesTheFirst, "ambiguous_is_several"),
    Mutant::new(Defect::CountsItsCalls, "create_twice_is_one_contact"),
    Mutant::new(Defect::LostIsFinal, "lost_answer_is_one_contact"),
    Mutant::new(Defect::BusyWithoutDelay, "busy_carries_the_delay"),
    Mutant::new(Defect::ShowsItsSecret, "never_shows_its_secret"),
    Mutant::new(Defect::LogsTheCustomer, "never_shows_the_customer"),
];

/// People's side of the book.
struct Shelf {
    book: Book,
    defect: Defect,
}

impl Shelf {
    fn new(defect: Defect) -> Self {
        Self { book: Book::default(), defect }
    }
}

impl DirectoryFixture for Shelf {
    fn double(&self) -> Arc<dyn Transport> {
        Arc::new(self.book.clone())
    }

    fn directory(&self, transport: Arc<dyn Transport>) -> Arc<dyn Directory> {
        Arc::new(Adapter::new(SECRET, transport, self.defect))
    }

    fn secret(&self) -> String {
        SECRET.to_owned()
    }

    fn busy(&self, delay: Duration) -> Response<Bytes> {
        let response = Response::builder().status(429).header("retry-after", delay.as_secs());
        response.body(Bytes::new()).unwrap()
    }

    fn identity(&self) -> Identity {
        Identity::new(Identity::TEL, "+14155557741", Proof::ChannelProven)
    }

    fn contacts(&self, identity: &Identity) -> Vec<String> {
        let rows = self.book.0.lock().unwrap();
        let ours = rows.iter().filter(|row| row["value"] == *identity.value);
        ours.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    fn person_adds(&self, identity: &Identity) -> String {
        let mut rows = self.book.0.lock().unwrap();
        let id = format!("contact-{}", rows.len());
        rows.push(json!({ "id": id, "value": identity.value }));
        id
    }
}

const SECRET: &str = "book-secret-5512";

/// The tests as an implementer gets them.
mod honest {
    use super::{Defect, Shelf};

    handover_conformance::directory_tests!(Shelf::new(Defect::None));
}
