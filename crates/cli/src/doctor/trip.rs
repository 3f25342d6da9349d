//! `handover doctor --round-trip`.

use std::time::Duration;

use handover_core::probe::{Check, Verdict};
use handover_creatio::Heard;
use http::Method;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::compose::Adapters;
use crate::config::{DeskKind, DeskSettings, Settings};
use crate::http_call::Call;

/// There and back at each Creatio of which nothing that was `seen` is broken: what cannot be read
/// could not be removed either.
pub(super) async fn checks(
    settings: &Settings,
    adapters: &Adapters<'_>,
    seen: &[(String, Check)],
) -> Vec<(String, Check)> {
    let mut checks = Vec::new();
    for (desk, creatio) in adapters.creatios() {
        let place = format!("desk.{}", desk.id);
        let is_broken =
            |(at, check): &(String, Check)| *at == place && check.verdict == Verdict::Broken;
        if seen.iter().any(is_broken) {
            let fix = "mend what is broken above, then run this again";
            checks.push((place, Check::warning(NOT_TRIED, "not tried", fix)));
            continue;
        }
        let trip = creatio.begin_trip().await;
        let heard = match trip.case() {
            Some(case) if is_called(desk) => listen(settings, desk, case).await,
            _ => Heard::Unknown,
        };
        let found = creatio.end_trip(trip, heard).await;
        checks.extend(found.into_iter().map(|check| (place.clone(), check)));
    }
    checks
}

/// Asks the `serve` that runs whether Creatio called about the case.
async fn listen(settings: &Settings, desk: &DeskSettings, case: &str) -> Heard {
    let path = format!("/operator/desks/{}/heard/{case}", desk.id);
    let until = Instant::now() + PATIENCE;
    loop {
        let token = settings.server.operator_tokens.first();
        let call = Call { method: Method::GET, path: &path, token, body: String::new() };
        let answer = call.to(settings.server.listen).await;
        let answer = answer.ok().filter(|(status, _)| status.is_success());
        let Some((_, body)) = answer else { return Heard::Unknown };
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        if json["heard"] == Value::Bool(true) {
            return Heard::Call;
        }
        if Instant::now() >= until {
            return Heard::Nothing;
        }
        sleep(AGAIN).await;
    }
}

fn is_called(desk: &DeskSettings) -> bool {
    matches!(&desk.kind, DeskKind::Creatio(creatio) if creatio.is_called)
}

/// The line in place of a round trip that was not made.
pub(super) const NOT_TRIED: &str = "round trip";
/// A business process starts within seconds, and may be tried again after five.
const PATIENCE: Duration = Duration::from_secs(15);
const AGAIN: Duration = Duration::from_millis(500);
