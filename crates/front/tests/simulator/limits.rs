use std::time::Duration;

use chrono::TimeDelta;
use handover_core::desk::{Case, Desk as _};
use handover_core::directory::Directory as _;
use handover_core::error::{Retry, RetryScope};
use handover_core::probe::{Probe as _, Verdict};
use handover_front::{Config, OAuth};
use handover_sim::Fault;
use secrecy::SecretString;

use crate::world::{TOKEN, World, about, builder, desk, handoff, note};

#[tokio::test]
async fn front_429_by_company_and_by_resource() {
    let world = World::new(builder().plan(3).build(), desk());
    for _ in 0..3 {
        world.front.lookup(&about().customer).await.unwrap();
    }
    let error = world.front.lookup(&about().customer).await.unwrap_err();
    let Retry::Later { after: Some(after), scope } = error.retry() else { panic!("{error}") };
    assert_eq!((scope, after <= Duration::from_secs(61)), (RetryScope::Account, true));
    assert_eq!(world.sim.round_trips(), 3, "Front was not asked in vain");
    world.pass(TimeDelta::from_std(after).unwrap() + TimeDelta::seconds(1));
    world.front.lookup(&about().customer).await.unwrap();
    let world = World::new(builder().burst(1).build(), desk());
    let cnv = world.texts("Hello");
    let case = Case::new(cnv.as_str());
    let attempt = world.attempt(handoff().key, 1);
    let mut scopes = Vec::new();
    for _ in 0..4 {
        if let Err(error) = world.front.append(&case, &about(), &[note(5, "x")], &attempt).await {
            let Retry::Later { scope, .. } = error.retry() else { panic!("{error}") };
            scopes.push(scope);
        }
    }
    assert!(!scopes.is_empty() && scopes.iter().all(|scope| *scope == RetryScope::Resource));
}

#[tokio::test]
async fn an_applications_token_is_renewed_as_it_ends() {
    let sim = builder().oauth("app", "secret", "refresh").build();
    let oauth = OAuth::new("app", SecretString::from("secret"), SecretString::from("refresh"));
    let world = World::with_login(sim, desk(), &Config::with_oauth(oauth.unwrap()));
    world.front.client().me().await.unwrap();
    world.sim.expire_access_tokens();
    world.front.client().me().await.unwrap();
    world.pass(TimeDelta::hours(2));
    world.front.client().me().await.unwrap();
}

#[tokio::test]
async fn the_doctor_finds_all_well_and_names_a_missing_scope() {
    let world = World::usual();
    world.texts("Hello");
    let checks = world.front.check().await;
    assert!(checks.iter().all(|check| check.verdict == Verdict::Proven), "{checks:#?}");
    let scopes = [
        "channels:read",
        "conversations:read",
        "events:read",
        "inboxes:read",
        "messages:read",
        "teammates:read",
    ];
    let sim = builder().token(TOKEN, &scopes).build();
    let world = World::new(sim, desk());
    let cnv = world.texts("Hello");
    let checks = world.front.check().await;
    let of = |name: &str| checks.iter().find(|check| check.name == name).unwrap().verdict;
    assert_eq!(of("scope messages:send"), Verdict::Broken);
    assert_eq!(of("scope comments:write"), Verdict::Broken);
    assert_eq!(of("scope messages:read"), Verdict::Proven);
    assert!(world.sim.contacts().is_empty() && world.sim.comments(&cnv).is_empty());
    assert_eq!((world.sim.messages(&cnv).len(), world.sim.events(&cnv).len()), (1, 1));
    world.sim.faults().once(Fault::ExpireToken);
    world.front.client().me().await.unwrap_err();
    let checks = world.front.check().await;
    assert_eq!(checks.last().unwrap().verdict, Verdict::Broken);
}
