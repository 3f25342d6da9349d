//! Broken stores: the store in memory behind a wrapper that spoils one thing.

mod archive;
mod broken;
mod defect;
mod fixture;
mod notes;

use handover_conformance::store::{PROMISES, StoreFixture};

use crate::table::{Mutant, Table};
use defect::Defect;
use fixture::Place;

#[test]
fn each_broken_store_breaks_its_promise_alone() {
    let make = |defect: &Defect| -> Box<dyn StoreFixture> { Box::new(Place::new(*defect)) };
    Table { kind: "store", promises: PROMISES, honest: Defect::None, mutants: MUTANTS }.check(make);
}

const MUTANTS: &[Mutant<Defect>] = &[
    Mutant::new(Defect::ForgetsAfterADay, "duplicate_is_seen_once"),
    Mutant::new(Defect::OwnInNumberedVersionsOnly, "own_rows_are_seen_in_every_version"),
    Mutant::new(Defect::StaleIsSeen, "conflict_changes_nothing"),
    Mutant::new(Defect::BumpsEveryCase, "case_versions_count_changes_only"),
    Mutant::new(Defect::DropsPokesBesideEvents, "commit_is_all_or_nothing"),
    Mutant::new(Defect::FailsHalfWay, "broken_commit_changes_nothing"),
    Mutant::new(Defect::StaleBeforeLost, "refusals_come_in_order"),
    Mutant::new(Defect::TakesOverThreads, "one_open_session_per_reply_thread"),
    Mutant::new(Defect::FindsTheFirstOnly, "newest_and_open_sessions_are_found"),
    Mutant::new(Defect::ReversesSends, "one_claim_per_lane_in_order"),
    Mutant::new(Defect::IgnoresTheBatch, "consecutive_entries_are_claimed_together"),
    Mutant::new(Defect::ServesFilesToAll, "claims_only_what_is_served"),
    Mutant::new(Defect::ShowsTheFirstConversation, "claim_shows_the_conversation_as_it_is"),
    Mutant::new(Defect::FilesFirst, "urgent_first"),
    Mutant::new(Defect::SharesAmongMany, "hundred_claimers_never_share"),
    Mutant::new(Defect::FirstAttemptIsTheLast, "expired_lease_comes_back_tried"),
    Mutant::new(Defect::DefersForTheLost, "lost_lease_cannot_settle"),
    Mutant::new(Defect::LateIsLost, "late_settlement_counts"),
    Mutant::new(Defect::ReleasesTheRest, "the_rest_of_a_claim_stays_claimed"),
    Mutant::new(Defect::CountsReleases, "deferral_counts_only_real_attempts"),
    Mutant::new(Defect::UncertainIsGone, "uncertain_leaves_its_lane_and_is_listed"),
    Mutant::new(Defect::AnswersUnfenced, "stale_fence_is_withheld"),
    Mutant::new(Defect::OptOutForRepliesOnly, "opted_out_is_withheld_in_the_claim"),
    Mutant::new(Defect::ReplaysTwice, "parked_holds_only_its_lane"),
    Mutant::new(Defect::FailuresHaveNoReason, "failing_work_tells_why"),
    Mutant::new(Defect::FilesIgnorePauses, "paused_account_holds_all_its_lanes"),
    Mutant::new(Defect::PausesEndAlone, "pause_without_an_end_lasts_until_resumed"),
    Mutant::new(Defect::FilesAreFree, "budget_is_shared"),
    Mutant::new(Defect::PokesDuringAReadingAreLost, "poke_is_one_waiting_pull"),
    Mutant::new(Defect::CursorOfTheLost, "cursor_moves_with_the_settlement_only"),
    Mutant::new(Defect::FirstThreadOnly, "unrouted_event_comes_back_when_its_thread_appears"),
    Mutant::new(Defect::ReceiptsAsTheyCome, "receipts_never_go_back"),
    Mutant::new(Defect::PagesOverlap, "transcript_pages"),
    Mutant::new(Defect::OldestFirst, "sessions_are_listed_newest_first"),
    Mutant::new(Defect::ForgetsTheOptOut, "forgotten_is_gone_but_seen_stays"),
    Mutant::new(Defect::ForgetsADayMore, "forget_before_takes_the_old_only"),
    Mutant::new(Defect::SeenByAll, "tenants_never_meet"),
    Mutant::new(Defect::StampsTheWallClock, "time_only_from_arguments"),
    Mutant::new(Defect::DueHasNoLimit, "due_tells_the_next_time"),
    Mutant::new(Defect::WakesNobody, "change_wakes_the_waiting"),
    Mutant::new(Defect::CommitsInTwoSteps, "dropped_calls_are_whole_or_nothing"),
    Mutant::new(Defect::CursorsAreLostOnRestart, "survives_reopen"),
];

/// The tests as an implementer gets them.
mod honest {
    use super::defect::Defect;
    use super::fixture::Place;

    handover_conformance::store_tests!(Place::new(Defect::None));
}
