//! The lists of promises: the tables and the tests are both made from them.

/// Gives the names of the store's promises to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_promises {
    ([$($callback:tt)*] $($arguments:tt)*) => {
        $($callback)* ! { $($arguments)*
            duplicate_is_seen_once
            own_rows_are_seen_in_every_version
            conflict_changes_nothing
            case_versions_count_changes_only
            commit_is_all_or_nothing
            broken_commit_changes_nothing
            refusals_come_in_order
            one_open_session_per_reply_thread
            newest_and_open_sessions_are_found
            one_claim_per_lane_in_order
            consecutive_entries_are_claimed_together
            claims_only_what_is_served
            claim_shows_the_conversation_as_it_is
            urgent_first
            hundred_claimers_never_share
            expired_lease_comes_back_tried
            lost_lease_cannot_settle
            late_settlement_counts
            the_rest_of_a_claim_stays_claimed
            deferral_counts_only_real_attempts
            uncertain_leaves_its_lane_and_is_listed
            stale_fence_is_withheld
            opted_out_is_withheld_in_the_claim
            parked_holds_only_its_lane
            paused_account_holds_all_its_lanes
            pause_without_an_end_lasts_until_resumed
            budget_is_shared
            poke_is_one_waiting_pull
            cursor_moves_with_the_settlement_only
            unrouted_event_comes_back_when_its_thread_appears
            receipts_never_go_back
            transcript_pages
            sessions_are_listed_newest_first
            forgotten_is_gone_but_seen_stays
            forget_before_takes_the_old_only
            tenants_never_meet
            time_only_from_arguments
            due_tells_the_next_time
            change_wakes_the_waiting
            dropped_calls_are_whole_or_nothing
            survives_reopen
        }
    };
}
