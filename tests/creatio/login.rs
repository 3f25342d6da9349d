//! Credentials that are refused, quotas that run out, rights that are taken away.

use chrono::TimeDelta;
use handover_creatio::Config;
use handover_sim::creatio::{Builder, Expiry, Host, Operation, Quirk, Rights};
use handover_sim::{Fault, Rule};

use crate::town::{ANSWER, Plan, Town, secret};

/// A password that breaks whoever glues his JSON together.
const PASSWORD: &str = "p\"a\\s's 😀";

fn by_password() -> Plan {
    Plan {
        tenant: |tenant| tenant.user("Integration", PASSWORD),
        login: || {
            Config::user("https://acme.creatio.com", "Integration", secret(PASSWORD)).unwrap()
        },
        ..Plan::default()
    }
}

/// From the first message to the end of the case.
async fn conversation(town: &Town) {
    let case = town.handed_off().await;
    town.ann_replies(case, "Ann here.").await;
    assert_eq!(town.got("Ann here."), 1);
    assert_eq!(town.entries(case).len(), 5);
    town.ann_sets(case, "Closed").await;
    assert_eq!(town.open_sessions().await, 0);
}

#[tokio::test]
async fn a_password_opens_every_kind_of_tenant_with_one_login_and_one_logout() {
    let tenants: [fn(Builder) -> Builder; 6] = [
        |tenant| tenant.user("Integration", PASSWORD),
        |tenant| tenant.user("Integration", PASSWORD).without_csrf(),
        |tenant| tenant.user("Integration", PASSWORD).host(Host::Core),
        |tenant| tenant.user("Integration", PASSWORD).quirk(Quirk::LoginCookiesTwice),
        |tenant| tenant.user("Integration", PASSWORD).quirk(Quirk::LoginCookiesWithoutPath),
        |tenant| tenant.user("Integration", PASSWORD).quirk(Quirk::UnknownSetIs401),
    ];
    for (nth, tenant) in tenants.into_iter().enumerate() {
        let town = Town::new(&Plan { tenant, ..by_password() });
        conversation(&town).await;
        assert_eq!((town.creatio.logins(), town.creatio.rejected_logins()), (1, 0), "{nth}");
        assert_eq!(town.creatio.open_sessions(), 1, "{nth}");
        town.client.close().await.unwrap();
        assert_eq!(town.creatio.open_sessions(), 0, "{nth}: nothing is left behind");
    }
}

#[tokio::test]
async fn a_base_address_with_a_path_is_kept_whole() {
    let town = Town::new(&Plan {
        tenant: |tenant| tenant.user("Integration", PASSWORD).base_path("/studio"),
        login: || {
            let url = "https://acme.creatio.com/studio/0/";
            Config::user(url, "Integration", secret(PASSWORD)).unwrap()
        },
        ..Plan::default()
    });
    conversation(&town).await;
}

#[tokio::test]
async fn a_session_that_ends_is_renewed_once_however_it_is_told() {
    for expiry in [
        Expiry::Forbidden,
        Expiry::Html,
        Expiry::Json,
        Expiry::JsonWith200,
        Expiry::Redirect,
        Expiry::Unauthorized,
    ] {
        for (how, plan) in [("password", by_password()), ("client", Plan::default())] {
            if (how, expiry) == ("client", Expiry::Forbidden) {
                // A token has no CSRF token that could be stale: this is a right that is missing.
                continue;
            }
            let town = Town::new(&plan);
            let case = town.handed_off().await;
            let before = town.creatio.logins() + town.creatio.tokens_given();
            town.creatio.set_expiry(Some(expiry));
            town.creatio.expire_tokens();
            town.customer_texts("Hello?").await;
            town.ann_replies(case, "Ann here.").await;
            town.recover().await;
            assert_eq!(town.got("Ann here."), 1, "{how} {expiry:?}");
            let read = town.read(case);
            assert_eq!(
                read.lines().filter(|line| *line == "Hello?").count(),
                1,
                "{how} {expiry:?}"
            );
            let renewed = town.creatio.logins() + town.creatio.tokens_given() - before;
            assert_eq!(renewed, 1, "{how} {expiry:?}");
        }
    }
}

#[tokio::test]
async fn a_csrf_token_that_changed_costs_one_login() {
    let town = Town::new(&by_password());
    let case = town.handed_off().await;
    town.creatio.change_csrf();
    town.ann_replies(case, "Ann here.").await;
    town.recover().await;
    assert_eq!(town.got("Ann here."), 1);
    assert_eq!(town.creatio.logins(), 2);
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_and_locks_nobody_out() {
    let town = Town::new(&Plan {
        login: || Config::user("https://acme.creatio.com", "Integration", secret("wrong")).unwrap(),
        ..by_password()
    });
    for n in 0..20 {
        town.customer_texts(&format!("Are you open at {n}?")).await;
        town.pass(TimeDelta::minutes(20));
        town.poll().await;
    }
    assert_eq!(town.creatio.rejected_logins(), 1);
    assert_eq!(town.got(ANSWER), 20, "the customer does not notice");
}

#[tokio::test]
async fn a_password_that_has_run_out_is_for_a_person_to_change() {
    let town = Town::new(&by_password());
    town.creatio.quirk(Quirk::PasswordExpired, true);
    town.customer_texts("Are you open?").await;
    town.recover().await;
    assert_eq!(town.creatio.rejected_logins(), 1);
    town.creatio.quirk(Quirk::PasswordExpired, false);
    town.pass(TimeDelta::hours(1));
    // Which a person says by logging in: accounts are not knocked at in the meantime.
    town.client.log_in().await.unwrap();
    town.relay.resume_accounts().await.unwrap();
    town.recover().await;
    assert!(town.read(town.only_case().id()).contains("Are you open?"));
}

#[tokio::test]
async fn resuming_after_a_rejected_login_tries_exactly_once_more() {
    let town = Town::new(&by_password());
    town.creatio.quirk(Quirk::PasswordExpired, true);
    for n in 0..5 {
        town.customer_texts(&format!("Are you open at {n}?")).await;
        town.pass(TimeDelta::hours(1));
        // What is not the login's resume, a replay say, knocks at no account.
        town.relay.resume_accounts().await.unwrap();
        town.poll().await;
    }
    assert_eq!(town.creatio.rejected_logins(), 1);
    for resumed in 1..=3 {
        town.client.allow_login();
        town.relay.resume_accounts().await.unwrap();
        town.recover().await;
        assert_eq!(town.creatio.rejected_logins(), 1 + resumed);
    }
    town.creatio.quirk(Quirk::PasswordExpired, false);
    town.recover().await;
    assert_eq!(town.creatio.logins(), 0, "nobody said that it was mended");
    town.client.allow_login();
    town.relay.resume_accounts().await.unwrap();
    town.recover().await;
    assert_eq!(town.creatio.logins(), 1);
    let read = town.read(town.only_case().id());
    assert_eq!(read.matches("Are you open at").count(), 5 + read.matches("Summary").count());
}

#[tokio::test]
async fn a_rejected_login_stops_everything_and_is_not_tried_again_and_again() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    town.creatio.reject_client(true);
    town.creatio.expire_tokens();
    for n in 0..20 {
        town.customer_texts(&format!("Still there? {n}")).await;
        town.pass(TimeDelta::minutes(10));
        town.poll().await;
    }
    assert_eq!(town.creatio.tokens_refused(), 1, "asked once, then a person must mend it");
    // The customer's side goes on, and nothing is lost.
    assert!(!town.read(case).contains("Still there?"));
    town.creatio.reject_client(false);
    town.pass(TimeDelta::hours(1));
    town.relay.resume_accounts().await.unwrap();
    town.recover().await;
    let read = town.read(case);
    for n in 0..20 {
        let text = format!("Still there? {n}");
        assert_eq!(read.lines().filter(|line| *line == text).count(), 1, "{n}: {read}");
    }
}

#[tokio::test]
async fn a_quota_that_is_used_up_loses_nothing() {
    for status in [429, 403, 500] {
        let town = Town::new(&Plan::default());
        let case = town.handed_off().await;
        town.creatio.limit_calls(Some((0, status)));
        town.customer_texts("Hello?").await;
        town.ann_replies(case, "In a moment.").await;
        town.recover().await;
        assert_eq!(town.got("In a moment."), 0, "{status}: it cannot be read");
        let tried = town.creatio.round_trips();
        town.recover().await;
        assert!(town.creatio.round_trips() - tried < 40, "{status}: it is not asked all the time");
        town.creatio.limit_calls(None);
        // Midnight is over.
        town.pass(TimeDelta::hours(17));
        town.relay.resume_accounts().await.unwrap();
        town.replay(&town.parked().await).await;
        town.recover().await;
        assert_eq!(town.got("In a moment."), 1, "{status}");
        assert!(town.read(case).contains("Hello?"), "{status}: {}", town.read(case));
    }
}

#[tokio::test]
async fn a_right_that_is_missing_parks_the_work_until_it_is_given() {
    for (entity, operation) in
        [("Activity", Operation::Insert), ("Case", Operation::Insert), ("Case", Operation::Update)]
    {
        let town = Town::new(&Plan::default());
        town.creatio.deny(entity, operation);
        town.customer_texts("Are you open?").await;
        town.customer_texts("speak to a person").await;
        town.recover().await;
        assert_eq!(town.got(ANSWER), 1, "the customer is answered all the same");
        let parked = town.parked().await;
        assert!(!parked.is_empty(), "{entity} {operation:?}");
        town.creatio.grant();
        town.replay(&parked).await;
        town.recover().await;
        let case = town.only_case();
        let read = town.read(case.id());
        for said in ["Are you open?", ANSWER, "speak to a person"] {
            let there = read.lines().filter(|line| *line == said).count();
            assert_eq!(there, 1, "{entity} {operation:?}: {said}: {read}");
        }
        assert_eq!(case.guid("OwnerId"), Some(town.ann), "{entity} {operation:?}");
    }
}

#[tokio::test]
async fn a_user_without_roles_sees_nothing_and_doubles_nothing() {
    let town =
        Town::new(&Plan { tenant: |tenant| tenant.rights(Rights::NoRoles), ..Plan::default() });
    town.customer_texts("Are you open?").await;
    town.customer_texts("speak to a person").await;
    town.recover().await;
    assert_eq!(town.got(ANSWER), 1, "the customer is answered");
    assert!(town.creatio.cases().len() <= 1, "{}", town.creatio.cases().len());
    for case in town.creatio.cases() {
        let mut numbers: Vec<u64> = town.entries(case.id()).into_iter().map(|(n, _)| n).collect();
        numbers.dedup();
        assert_eq!(numbers.len(), town.entries(case.id()).len());
    }
}

#[tokio::test]
async fn a_day_without_creatio_is_made_up_for() {
    let town = Town::new(&Plan::default());
    town.customer_texts("Are you open?").await;
    let down = Fault::Status { code: 503, retry_after: None };
    town.creatio.faults().add(Rule::new(down).path("/"));
    for n in 0..20 {
        town.customer_texts(&format!("Are you open at {n}?")).await;
        town.pass(TimeDelta::hours(1));
        town.poll().await;
    }
    assert_eq!(town.got(ANSWER), 21, "the assistant answers without it");
    town.creatio.faults().clear();
    town.recover().await;
    let entries = town.creatio.records("Activity");
    assert_eq!(entries.len(), 42, "each message once");
}
