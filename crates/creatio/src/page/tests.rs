use std::collections::HashSet;

use chrono::Duration;
use handover_core::error::ErrorKind;

use crate::entities::{CONTACT, base};
use crate::testing::{Time, builder, client_on};
use crate::{Column, Query};

#[tokio::test]
async fn every_row_is_told_once() {
    for ties in [1, 3, 40] {
        let (sim, time) = (builder().build(), Time::new());
        let client = client_on(&sim, &time);
        let mut ids = HashSet::new();
        for n in 0..95 {
            let at = time.now() + Duration::milliseconds(n / ties);
            ids.insert(sim.add("Contact", &[("Name", "x".into())], at));
        }
        time.pass(60);
        let name = crate::Filter::eq(&base::NAME, "x");
        let query = Query::new(CONTACT, [base::ID, base::CREATED_ON]).filter(name).top(10);
        let mut pages = client.pages(query, base::CREATED_ON);
        let mut told = Vec::new();
        while let Some(rows) = pages.next().await.unwrap() {
            assert!(rows.len() <= 10);
            told.extend(rows.iter().filter_map(|row| row.id(&base::ID)));
        }
        assert_eq!(told.len(), 95, "{ties}");
        assert_eq!(told.into_iter().collect::<HashSet<_>>(), ids);
    }
}

#[tokio::test]
async fn a_query_without_the_columns_it_needs_is_refused() {
    let (sim, time) = (builder().build(), Time::new());
    let query = Query::new(CONTACT, [base::ID]);
    let mut pages = client_on(&sim, &time).pages(query, Column::plain("CreatedOn"));
    assert_eq!(pages.next().await.unwrap_err().kind(), ErrorKind::Invalid);
}
