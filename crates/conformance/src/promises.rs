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
            failing_work_tells_why
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

/// Gives the names of a channel's promises to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __channel_promises {
    ([$($callback:tt)*] $($arguments:tt)*) => {
        $($callback)* ! { $($arguments)*
            parses_what_the_provider_sends
            redelivery_has_the_same_id
            different_messages_differ
            unknown_kinds_are_accepted_and_ignored
            echoes_of_our_sends_are_not_events
            receipts_name_their_send
            is_pure
            rejects_every_flipped_bit_of_the_body
            rejects_every_flipped_bit_of_the_signature
            rejects_every_flipped_bit_of_the_url
            rejects_missing_doubled_and_huge_headers
            rejects_stale_and_future
            rejection_says_nothing
            never_panics_on_a_prefix
            provider_sees_what_was_said
            same_key_same_wire_key
            one_send_is_one_call
            tells_busy_from_refused_from_unsure
            refuses_over_limit_before_io
            survives_drop_at_every_poll
            find_tells_sent_from_not_sent
            what_was_taken_is_told_by_its_name
            fetch_refuses_foreign_hosts
            never_shows_its_secret
            never_shows_the_message
        }
    };
}

/// Gives the names of a desk's promises to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __desk_promises {
    ([$($callback:tt)*] $($arguments:tt)*) => {
        $($callback)* ! { $($arguments)*
            open_twice_is_one_case
            lost_answer_is_one_case
            entries_keep_order
            entries_twice_are_once
            lost_answer_is_one_entry
            provider_sees_what_was_said
            file_twice_is_one_file
            lost_answer_is_one_file
            refused_file_is_told
            what_a_person_edited_is_left_alone
            handoff_twice_is_once
            status_only_if_nobody_wrote
            closed_case_is_closed
            resolved_case_opens_again
            busy_carries_the_delay
            survives_drop_at_every_poll
            never_shows_its_secret
            never_shows_the_message
        }
    };
}

/// Gives the names of a directory's promises to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __directory_promises {
    ([$($callback:tt)*] $($arguments:tt)*) => {
        $($callback)* ! { $($arguments)*
            lookup_is_exact
            ambiguous_is_several
            create_twice_is_one_contact
            lost_answer_is_one_contact
            busy_carries_the_delay
            never_shows_its_secret
            never_shows_the_customer
        }
    };
}
