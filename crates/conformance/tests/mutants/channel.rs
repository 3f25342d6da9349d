//! Broken channels.

mod adapter;
mod provider;
mod sender;

use std::sync::Arc;

use handover_conformance::channel::{ChannelFixture, PROMISES};

use crate::table::{Mutant, Table};
use adapter::Defect;
use provider::Carrier;

#[test]
fn each_broken_channel_breaks_its_promise_alone() {
    let make = |defect: &Defect| {
        let fixture: Arc<dyn ChannelFixture> = Arc::new(Carrier(*defect));
        Box::new(fixture)
    };
    Table { kind: "channel", promises: PROMISES, honest: Defect::None, mutants: MUTANTS }
        .check(make);
}

const MUTANTS: &[Mutant<Defect>] = &[
    Mutant::new(Defect::JoinsLines, "parses_what_the_provider_sends"),
    Mutant::new(Defect::IdFromTheTime, "redelivery_has_the_same_id"),
    Mutant::new(Defect::IdFromTheText, "different_messages_differ"),
    Mutant::new(Defect::RejectsTheUnknown, "unknown_kinds_are_accepted_and_ignored"),
    Mutant::new(Defect::EchoesAreMessages, "echoes_of_our_sends_are_not_events"),
    Mutant::new(Defect::ReceiptsForTheNext, "receipts_name_their_send"),
    Mutant::new(Defect::Remembers, "is_pure"),
    Mutant::new(Defect::KnownSignatureAnyBody, "rejects_every_flipped_bit_of_the_body"),
    Mutant::new(Defect::SignatureButOne, "rejects_every_flipped_bit_of_the_signature"),
    Mutant::new(Defect::KnownSignatureAnyUrl, "rejects_every_flipped_bit_of_the_url"),
    Mutant::new(Defect::LastHeaderWins, "rejects_missing_doubled_and_huge_headers"),
    Mutant::new(Defect::NoTimeCheck, "rejects_stale_and_future"),
    Mutant::new(Defect::LogsTheRejected, "rejection_says_nothing"),
    Mutant::new(Defect::PanicsOnNothing, "never_panics_on_a_prefix"),
    Mutant::new(Defect::Unescaped, "provider_sees_what_was_said"),
    Mutant::new(Defect::DrawsKeys, "same_key_same_wire_key"),
    Mutant::new(Defect::RepeatsWhenBusy, "one_send_is_one_call"),
    Mutant::new(Defect::BrokenIsLater, "tells_busy_from_refused_from_unsure"),
    Mutant::new(Defect::CutsAtTheLimit, "refuses_over_limit_before_io"),
    Mutant::new(Defect::BreaksAfterADrop, "survives_drop_at_every_poll"),
    Mutant::new(Defect::UnsettledIsNotSent, "find_tells_sent_from_not_sent"),
    Mutant::new(Defect::TakenByItsText, "what_was_taken_is_told_by_its_name"),
    Mutant::new(Defect::HostByPrefix, "fetch_refuses_foreign_hosts"),
    Mutant::new(Defect::ShowsItsSecret, "never_shows_its_secret"),
    Mutant::new(Defect::LogsTheMessage, "never_shows_the_message"),
];

/// The tests as an implementer gets them.
mod honest {
    use super::adapter::Defect;
    use super::provider::Carrier;

    handover_conformance::channel_tests!(Carrier(Defect::None));
}
