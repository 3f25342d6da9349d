use handover_core::error::ErrorKind;
use uuid::Uuid;

use super::Query;
use crate::column::{Column, Entity};
use crate::filter::Filter;

const ID: Column = Column::plain("Id");

#[test]
fn a_query_selects_filters_orders_and_pages() {
    let query = Query::new(Entity::stock("Activity"), [ID, Column::lookup("Case")])
        .filter(Filter::eq(Column::lookup("Case"), Uuid::from_u128(1)))
        .filter(Filter::eq(Column::plain("Title"), "a&b"))
        .order_by_descending(Column::plain("ModifiedOn"))
        .order_by(ID)
        .top(5)
        .skip(10);
    assert_eq!(
        query.path().unwrap(),
        "Activity?$select=Id,CaseId&$top=5&$filter=Case/Id%20eq%20\
         00000000-0000-0000-0000-000000000001%20and%20Title%20eq%20'a%26b'\
         &$orderby=ModifiedOn%20desc,Id&$skip=10"
    );
}

#[test]
fn a_query_that_the_server_refuses_is_not_sent() {
    let nothing = Query::new(Entity::stock("Case"), []);
    assert_eq!(nothing.path().unwrap_err().kind(), ErrorKind::Invalid);
    let ids: Vec<Uuid> = (1..=20).map(Uuid::from_u128).collect();
    let many = Query::new(Entity::stock("Case"), [ID]).filter(Filter::any_of(&ID, &ids).unwrap());
    assert_eq!(many.path().unwrap_err().kind(), ErrorKind::Invalid);
}
