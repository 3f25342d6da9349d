//! What the simulated providers show.

use handover_core::transport::Transport as _;
use handover_reqwest::{Client, Limits};
use handover_sim::creatio::Record;
use uuid::Uuid;

use crate::demo::world::World;
use crate::failure::Failure;

/// The only case there is, once there is exactly one.
pub(super) fn only_case(world: &World) -> Result<Record, String> {
    let mut cases = world.creatio.cases();
    match (cases.pop(), cases.len()) {
        (Some(case), 0) => Ok(case),
        (None, _) => Err("no case".to_owned()),
        (Some(_), more) => Err(format!("{} cases", more + 1)),
    }
}

/// The titles of a case's activities, in the order in which people see them.
pub(super) fn titles(world: &World, case: Uuid) -> Vec<String> {
    let activities = world.activities(case);
    activities.iter().map(|activity| activity.text("Title").to_owned()).collect()
}

/// The first activity of a case with `words` in its title.
pub(super) fn activity(world: &World, case: Uuid, words: &str) -> Result<Record, String> {
    let mut activities = world.creatio.activities(case).into_iter();
    let found = activities.find(|activity| activity.text("Title").contains(words));
    found.ok_or_else(|| format!("activities {:?}", titles(world, case)))
}

/// The link to the session's page, as it stands in an activity's notes.
pub(super) fn link(activity: &Record) -> Option<String> {
    let notes = activity.text("Notes");
    let (_, link) = notes.split_once("View session: ")?;
    link.split(['\n', '<', '"', ' ']).next().map(|link| link.replace("&amp;", "&"))
}

/// A page, over HTTP: its status and text.
///
/// # Errors
/// When there is no answer.
pub(in crate::demo) async fn page(url: &str) -> Result<(u16, String), Failure> {
    let client = Client::new(Limits::default()).map_err(Failure::broken)?;
    let request = http::Request::get(url).body(bytes::Bytes::new()).map_err(Failure::broken)?;
    let response = client.send(request).await.map_err(Failure::broken)?;
    let status = response.status().as_u16();
    let body = response.into_body().bytes(1 << 20).await.map_err(Failure::broken)?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

/// How often anybody called a provider, or a provider the relay.
pub(super) fn calls(world: &World) -> usize {
    use handover_sim::Simulator as _;
    world.creatio.round_trips()
        + world.twilio.round_trips()
        + world.creatio.outbox().attempts().len()
        + world.twilio.outbox().attempts().len()
}
