//! The promises of a store.
//!
//! ```
//! use std::sync::Arc;
//!
//! use async_trait::async_trait;
//! use handover_conformance::store::{FullStore, StoreFixture};
//! use handover_core::memory::MemoryStore;
//!
//! struct Memory;
//!
//! #[async_trait]
//! impl StoreFixture for Memory {
//!     async fn open(&self) -> Arc<dyn FullStore> {
//!         Arc::new(MemoryStore::new())
//!     }
//!
//!     async fn reopen(&self) -> Option<Arc<dyn FullStore>> {
//!         None // It keeps nothing beyond the process: `survives_reopen` is left out.
//!     }
//!
//!     fn fail_at(&self, _statement: u32) -> bool {
//!         false // It has no disk that could be full: `broken_commit_changes_nothing` is left out.
//!     }
//! }
//!
//! handover_conformance::store_tests!(Memory);
//! ```

mod archive;
mod claim;
mod commit;
mod feed;
mod forget;
mod hold;
mod lease;
mod scene;
mod sessions;
mod tenants;
mod time;
mod whole;
mod withheld;

use std::sync::Arc;

use async_trait::async_trait;
use handover_core::archive::Archive;
use handover_core::store::Store;

use crate::run::promises;

pub use archive::{receipts_never_go_back, sessions_are_listed_newest_first, transcript_pages};
pub use claim::{
    claim_shows_the_conversation_as_it_is, claims_only_what_is_served,
    consecutive_entries_are_claimed_together, hundred_claimers_never_share,
    one_claim_per_lane_in_order, urgent_first,
};
pub use commit::{
    case_versions_count_changes_only, commit_is_all_or_nothing, conflict_changes_nothing,
    duplicate_is_seen_once, own_rows_are_seen_in_every_version, refusals_come_in_order,
};
pub use feed::{
    cursor_moves_with_the_settlement_only, poke_is_one_waiting_pull,
    unrouted_event_comes_back_when_its_thread_appears,
};
pub use forget::{forget_before_takes_the_old_only, forgotten_is_gone_but_seen_stays};
pub use hold::{
    budget_is_shared, failing_work_tells_why, parked_holds_only_its_lane,
    pause_without_an_end_lasts_until_resumed, paused_account_holds_all_its_lanes,
};
pub use lease::{
    deferral_counts_only_real_attempts, expired_lease_comes_back_tried, late_settlement_counts,
    lost_lease_cannot_settle, the_rest_of_a_claim_stays_claimed,
    uncertain_leaves_its_lane_and_is_listed,
};
pub use sessions::{newest_and_open_sessions_are_found, one_open_session_per_reply_thread};
pub use tenants::tenants_never_meet;
pub use time::{change_wakes_the_waiting, due_tells_the_next_time, time_only_from_arguments};
pub use whole::{
    broken_commit_changes_nothing, dropped_calls_are_whole_or_nothing, survives_reopen,
};
pub use withheld::{opted_out_is_withheld_in_the_claim, stale_fence_is_withheld};

/// How the kit gets at a store. Every test makes a fixture of its own.
#[async_trait]
pub trait StoreFixture: Send + Sync + 'static {
    /// A new, empty store.
    async fn open(&self) -> Arc<dyn FullStore>;

    /// The store that was opened last, opened again as after a restart; the kit has dropped it
    /// before. `None` if the store keeps nothing beyond the process.
    async fn reopen(&self) -> Option<Arc<dyn FullStore>>;

    /// Makes the next commit of the open store fail at its `statement`th write, from 0, as a full
    /// disk would. A commit with fewer writes succeeds. False if the fixture cannot do this.
    fn fail_at(&self, statement: u32) -> bool;
}

/// A store as a relay needs it: to work with and to read.
pub trait FullStore: Store + Archive {}

impl<T: Store + Archive> FullStore for T {}

__store_promises!([promises] store [dyn StoreFixture]);

/// Writes one test for each promise of a store.
///
/// Takes an expression that makes a [`StoreFixture`]; it may await.
#[macro_export]
macro_rules! store_tests {
    ($fixture:expr) => {
        $crate::__store_promises!([$crate::__tests] store [$fixture]);
    };
}
