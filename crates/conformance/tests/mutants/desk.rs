//! Broken desks.

mod adapter;
mod board;
mod fixture;

use handover_conformance::desk::{DeskFixture, PROMISES};

use crate::table::{Mutant, Table};
use adapter::Defect;
use fixture::Office;

#[test]
fn each_broken_desk_breaks_its_promise_alone() {
    let make = |defect: &Defect| -> Box<dyn DeskFixture> { Box::new(Office::new(*defect)) };
    Table { kind: "desk", promises: PROMISES, honest: Defect::None, mutants: MUTANTS }.check(make);
}

const MUTANTS: &[Mutant<Defect>] = &[
    Mutant::new(Defect::FindsByWords, "open_twice_is_one_case"),
    Mutant::new(Defect::LostIsFinal, "lost_answer_is_one_case"),
    Mutant::new(Defect::RoundsTime, "entries_keep_order"),
    Mutant::new(Defect::TrustsTheAttempt, "entries_twice_are_once"),
    Mutant::new(Defect::RepeatsOnBroken, "lost_answer_is_one_entry"),
    Mutant::new(Defect::Unescapes, "provider_sees_what_was_said"),
    Mutant::new(Defect::CutsLongFiles, "file_twice_is_one_file"),
    Mutant::new(Defect::LostFileIsAnother, "lost_answer_is_one_file"),
    Mutant::new(Defect::FilesLater, "refused_file_is_told"),
    Mutant::new(Defect::WritesOverPeople, "what_a_person_edited_is_left_alone"),
    Mutant::new(Defect::NotesTheHandoff, "handoff_twice_is_once"),
    Mutant::new(Defect::ResolvesOverPeople, "status_only_if_nobody_wrote"),
    Mutant::new(Defect::AmendsTheClosed, "closed_case_is_closed"),
    Mutant::new(Defect::OpensItsOwnOnly, "resolved_case_opens_again"),
    Mutant::new(Defect::BusyWithoutDelay, "busy_carries_the_delay"),
    Mutant::new(Defect::LocksWhenDropped, "survives_drop_at_every_poll"),
    Mutant::new(Defect::ShowsItsSecret, "never_shows_its_secret"),
    Mutant::new(Defect::LogsTheMessage, "never_shows_the_message"),
];

/// The tests as an implementer gets them.
mod honest {
    use super::adapter::Defect;
    use super::fixture::Office;

    handover_conformance::desk_tests!(Office::new(Defect::None));
}
