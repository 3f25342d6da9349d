//! The exhibits, by name.

use super::{Exhibit, channel, claims, commits, desk, sources};

/// Every exhibit that the simulation must find.
pub const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "a fact is marked as handled before it is handled",
        thread: "vercel/chat#666, getsentry/junior#33, novuhq/novu#11593",
        promise: 1,
        make: commits::mark_before_work,
    },
    Exhibit {
        name: "a request is acknowledged before it is stored",
        thread: "BotFramework-DirectLineJS#283",
        promise: 1,
        make: commits::acknowledge_before_writing,
    },
    Exhibit {
        name: "a feed's place moves before what was read is durable",
        thread: "mautrix/meta#286, BotFramework-DirectLineJS#242",
        promise: 1,
        make: sources::cursor_first,
    },
    Exhibit {
        name: "time is the key by which duplicates are known",
        thread: "mautrix/meta#286",
        promise: 1,
        make: sources::time_as_key,
    },
    Exhibit {
        name: "a poll is not compared with the webhooks",
        thread: "evolution-foundation/evolution-api#2675",
        promise: 1,
        make: sources::two_doors,
    },
    Exhibit {
        name: "a hint delivers the newest activity only",
        thread: "a vendor's published recipe for Creatio",
        promise: 1,
        make: sources::newest_only,
    },
    Exhibit {
        name: "a duplicate is an error, and tried for ever",
        thread: "fazer-ai/chatwoot#147",
        promise: 0,
        make: commits::duplicate_is_an_error,
    },
    Exhibit {
        name: "a case is made before it is linked",
        thread: "botpress/botpress plugins/hitl, twenty-chatwoot-suite#44",
        promise: 2,
        make: desk::ticket_before_link,
    },
    Exhibit {
        name: "a contact is looked for, then made",
        thread: "twenty-chatwoot-suite#44",
        promise: 2,
        make: desk::find_then_create,
    },
    Exhibit {
        name: "two first messages at once open two conversations",
        thread: "chatwoot/chatwoot#14214",
        promise: 2,
        make: commits::two_conversations,
    },
    Exhibit {
        name: "an uncertain send is sent again",
        thread: "MaxGhenis/openmessage#102",
        promise: 2,
        make: channel::retry_uncertain,
    },
    Exhibit {
        name: "a list that lags is believed",
        thread: "DanielRojas-hub/twenty-chatwoot-suite#44 (read back)",
        promise: 2,
        make: channel::trust_the_list,
    },
    Exhibit {
        name: "what a dead worker began is forgotten",
        thread: "MaxGhenis/openmessage#102",
        promise: 2,
        make: claims::forgotten_attempts,
    },
    Exhibit {
        name: "an outcome counts under a lost lease",
        thread: "apalis-dev/apalis (PrintStash#181)",
        promise: 2,
        make: commits::settle_without_lease,
    },
    Exhibit {
        name: "an error in relaying a reply is only logged",
        thread: "botpress/botpress integrations/hubspot",
        promise: 2,
        make: channel::swallow_errors,
    },
    Exhibit {
        name: "a slow call is taken for done",
        thread: "mautrix/go bridgev2/portal.go",
        promise: 2,
        make: desk::slow_is_done,
    },
    Exhibit {
        name: "only the first page of a transcript is sent",
        thread: "botpress/botpress plugins/hitl",
        promise: 2,
        make: desk::first_page_only,
    },
    Exhibit {
        name: "a merged contact moves the reply route",
        thread: "chatwoot/chatwoot#15359",
        promise: 2,
        make: channel::reply_to_the_contact,
    },
    Exhibit {
        name: "what failed goes to the end of its lane",
        thread: "chatwoot/chatwoot#12661, nyaruka/courier",
        promise: 3,
        make: claims::retry_at_the_end,
    },
    Exhibit {
        name: "the answer in preparation is said after a takeover",
        thread: "chatwoot/chatwoot#11429, fazer-ai/agents#158",
        promise: 4,
        make: claims::no_fence,
    },
    Exhibit {
        name: "a stale snapshot overwrites a takeover",
        thread: "fazer-ai/agents#75, fazer-ai/agents#61",
        promise: 4,
        make: commits::last_write_wins,
    },
    Exhibit {
        name: "our own entries come back as a person's replies",
        thread: "botpress/botpress#12707, chatwoot/chatwoot#5131",
        promise: 5,
        make: sources::own_rows_come_back,
    },
    Exhibit {
        name: "nothing looks after a handoff that nobody takes",
        thread: "chatwoot/chatwoot#13516",
        promise: 6,
        make: commits::no_timer,
    },
    Exhibit {
        name: "an assistant that fails is silent",
        thread: "fazer-ai/chatwoot#413, chatwoot/chatwoot#9277",
        promise: 6,
        make: channel::silent_assistant,
    },
    Exhibit {
        name: "customers of two tenants meet",
        thread: "chatwoot/chatwoot#7244",
        promise: 7,
        make: commits::tenants_meet,
    },
    Exhibit {
        name: "an opt-out is not looked at when a text is sent",
        thread: "episphere/connect#1104, nyaruka/courier#180",
        promise: 8,
        make: claims::no_consent_check,
    },
    Exhibit {
        name: "one opt-out switches off everybody",
        thread: "SparkDevNetwork/Rock#5581, #7049",
        promise: 8,
        make: commits::one_opts_out_for_all,
    },
    Exhibit {
        name: "an internal note is sent",
        thread: "a vendor's published recipe for Creatio",
        promise: 9,
        make: desk::note_is_sent,
    },
    Exhibit {
        name: "a draft is sent",
        thread: "a vendor's published recipe for Creatio",
        promise: 9,
        make: desk::draft_is_sent,
    },
];

/// What only a store, or a database under many at once, can show: the mistake, where it was made, and
/// what kills it.
pub const IN_THE_STORE_SUITE: &[(&str, &str, &str)] = &[
    (
        "an index that should be unique is not",
        "chatwoot/chatwoot#13523",
        "`no_lock_and_an_index_that_is_not_unique` in `crates/store/src/postgres/tests/museum.rs`",
    ),
    (
        "a lock is released before the commit",
        "chatwoot/chatwoot#13359",
        "`lock_released_before_commit` in `crates/store/src/postgres/tests/museum.rs`",
    ),
    (
        "a job is claimed without a lock on its row",
        "apalis-dev/apalis#718",
        "`claim_without_a_row_lock` in `crates/store/src/postgres/tests/museum.rs`",
    ),
    (
        "a budget is read, and then spent",
        "PipedreamHQ/pipedream#18834",
        "`budget_is_read_and_then_spent` in `crates/store/src/postgres/tests/museum.rs`",
    ),
    (
        "\"delivered\" is overwritten by \"sent\"",
        "opengovsg/postmangovsg#1150",
        "`ReceiptsAsTheyCome` in `crates/conformance/tests/mutants`",
    ),
    (
        "a hint that comes during a reading is lost",
        "a vendor's published recipe for Creatio",
        "`PokesDuringAReadingAreLost` in `crates/conformance/tests/mutants`",
    ),
];
