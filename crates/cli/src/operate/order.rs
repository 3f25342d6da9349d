//! Orders: to the `serve` that runs, or, if none does, carried out here.

use std::io;

use handover_core::archive::Jobs;
use handover_core::id::{AccountId, SessionId};
use handover_core::job::JobId;
use handover_relay::{CommandError, Relay};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::compose::Adapters;
use crate::config::Settings;
use crate::failure::Failure;
use crate::http_call::Call;
use crate::print;
use crate::serve::Settlement;
use crate::store::{self, Kept};

/// `handover replay`: these jobs, or all that are parked.
///
/// # Errors
/// The first that cannot be taken up again.
pub(crate) async fn replay(
    settings: &Settings,
    jobs: Option<Vec<JobId>>,
    as_json: bool,
) -> Result<(), Failure> {
    let jobs = match jobs {
        Some(jobs) => jobs,
        None => {
            let store = store::read_only(&settings.store).await?;
            let parked = store.jobs(&settings.tenant, Jobs::Parked, usize::MAX).await?;
            parked.iter().map(|view| view.job.id).collect()
        }
    };
    if jobs.is_empty() {
        print::line(if as_json { "[]" } else { "Nothing is parked." });
    }
    for job in jobs {
        Order::Replay(job).give(settings, as_json).await?;
    }
    Ok(())
}

/// Something that a person in charge of the relay wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Ask for a person on a session.
    HandOff(SessionId),
    /// Take a parked job up again.
    Replay(JobId),
    /// End an account's pause, and try a login once more that was refused.
    Resume(AccountId),
    /// Decide what became of an uncertain send.
    Settle(JobId, Settlement),
}

impl Order {
    /// Has it carried out.
    ///
    /// # Errors
    /// When there is no such session or job, or nobody can be asked.
    pub(crate) async fn give(self, settings: &Settings, as_json: bool) -> Result<(), Failure> {
        let by = match self.to_serve(settings).await {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                self.here(settings).await?;
                "this command"
            }
            Err(error) => {
                let listen = settings.server.listen;
                let text = format_args!("what listens on {listen} did not answer: {error}");
                return Err(Failure::broken(text));
            }
            Ok(answer) => {
                answer?;
                "serve"
            }
        };
        if as_json {
            print::line(json!({"done": true, "by": by}));
        } else {
            print::line(format_args!("Done by {by}."));
        }
        Ok(())
    }

    /// Asks the `serve` that runs.
    async fn to_serve(&self, settings: &Settings) -> io::Result<Result<(), Failure>> {
        let path = self.path();
        let call = Call {
            method: Method::POST,
            path: &path,
            token: settings.server.operator_tokens.first(),
            body: self.body().to_string(),
        };
        let (status, body) = call.to(settings.server.listen).await?;
        if status.is_success() {
            return Ok(Ok(()));
        }
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let said = body["error"].as_str().map(str::to_owned);
        let text = match (status, said) {
            (StatusCode::UNAUTHORIZED, _) => {
                "serve refuses this operator_token: restart it with this configuration".to_owned()
            }
            (_, Some(said)) => said,
            (status, None) => {
                let listen = settings.server.listen;
                format!("{listen} answers {status}: is that a handover serve?")
            }
        };
        Ok(Err(Failure::broken(text)))
    }

    /// Carries it out on the store; what follows from it is done by the next `serve`.
    async fn here(self, settings: &Settings) -> Result<(), Failure> {
        let adapters = Adapters::new(settings)?;
        if let Some(file) = settings.store.missing_file() {
            let file = file.display();
            return Err(Failure::usage(format_args!("{file} does not exist: check store.url")));
        }
        let kept = Kept::open(&settings.store).await?;
        let relay = kept.relay(&adapters)?;
        let done = self.carry_out(&relay).await;
        kept.close().await;
        done
    }

    async fn carry_out(self, relay: &Relay) -> Result<(), Failure> {
        let done = match self {
            Self::HandOff(session) => relay.hand_off(session).await,
            Self::Replay(job) => relay.replay(job).await,
            // Logins are the process's; the next serve begins with new ones.
            Self::Resume(account) => {
                let resumed = relay.archive().resume(relay.tenant(), &account).await;
                resumed.map_err(CommandError::from)
            }
            Self::Settle(job, settlement) => relay.settle(job, settlement.into()).await,
        };
        done.map_err(Failure::broken)
    }

    fn path(&self) -> String {
        match self {
            Self::HandOff(session) => format!("/operator/sessions/{session}/handoff"),
            Self::Replay(job) => format!("/operator/jobs/{}/replay", job.0),
            Self::Resume(account) => format!("/operator/accounts/{account}/resume"),
            Self::Settle(job, _) => format!("/operator/jobs/{}/settle", job.0),
        }
    }

    fn body(&self) -> Value {
        match self {
            Self::Settle(_, settlement) => json!({"verdict": settlement}),
            Self::HandOff(_) | Self::Replay(_) | Self::Resume(_) => json!({}),
        }
    }
}
