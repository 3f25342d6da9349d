//! Changes by other processes, and ours for them: `LISTEN` and `NOTIFY`, with a poll behind them.
//!
//! A notice is sent after the commit and not in it: inside, commits would wait for each other. One
//! that gets lost is made up for by the poll.

use std::collections::HashSet;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use handover_core::id::TenantId;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};
use tokio_postgres::{AsyncMessage, Client, Statement};

use super::connections::Connections;
use super::presence::{Missed, Presence};
use crate::wakes::Wakes;

/// Tells this process and others that something may have become due or claimable.
#[derive(Debug)]
pub(super) struct Notices {
    wakes: Arc<Wakes>,
    out: Arc<Out>,
    task: Option<JoinHandle<()>>,
}

/// What is listened with.
#[derive(Debug)]
struct Ears {
    connections: Connections,
    wakes: Arc<Wakes>,
    presence: Arc<Presence>,
    poll: Duration,
}

/// Tenants that other processes are to hear of.
#[derive(Debug, Default)]
struct Out {
    tenants: Mutex<HashSet<TenantId>>,
    any: Notify,
}

impl Notices {
    /// Listens on a connection of its own, from now until this is dropped.
    ///
    /// As long as it listens, others see that this process lives.
    pub(super) fn start(
        connections: Connections,
        wakes: Arc<Wakes>,
        presence: Arc<Presence>,
        poll: Duration,
    ) -> Self {
        let out = Arc::new(Out::default());
        let ears = Ears { connections, wakes: Arc::clone(&wakes), presence, poll };
        let task = tokio::spawn(keep(ears, Arc::clone(&out)));
        Self { wakes, out, task: Some(task) }
    }

    /// Tells nobody anything: for reading only.
    pub(super) fn silent(wakes: Arc<Wakes>) -> Self {
        Self { wakes, out: Arc::default(), task: None }
    }

    /// Tells of a change of a tenant's, at once here and soon elsewhere.
    pub(super) fn tell(&self, tenant: &TenantId) {
        self.wakes.ring(tenant);
        if self.task.is_some() {
            let mut tenants = self.out.tenants.lock().unwrap_or_else(PoisonError::into_inner);
            if tenants.insert(tenant.clone()) {
                self.out.any.notify_one();
            }
        }
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Listens, and begins anew whenever the connection is lost. Then everybody looks for themselves.
async fn keep(ears: Ears, out: Arc<Out>) {
    loop {
        let ended = listen(&ears, &out).await;
        ears.presence.hide();
        if let Err(error) = ended {
            // Nothing but the kind of failure is in it.
            let error = crate::failure::Failure::from(error).0;
            tracing::warn!(%error, "notices of other processes are not heard; polling");
        }
        ears.wakes.ring_all();
        sleep(RETRY).await;
    }
}

async fn listen(ears: &Ears, out: &Out) -> Result<(), tokio_postgres::Error> {
    let Ears { connections, wakes, presence, poll } = ears;
    let (client, mut connection) = connections.config.connect(connections.tls.clone()).await?;
    let (heard, mut notices) = mpsc::unbounded_channel();
    let driver = tokio::spawn(async move {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            match message {
                Ok(AsyncMessage::Notification(notice)) => drop(heard.send(notice)),
                Ok(_) => {}
                Err(_) => return,
            }
        }
    });
    let driver = Ended(driver);
    client.batch_execute("LISTEN handover").await?;
    let own: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await?.try_get(0)?;
    presence.show(&client).await?;
    let mut missed = Missed::default();
    let notify = client.prepare("SELECT pg_notify('handover', $1)").await?;
    let mut free = Instant::now();
    // What was missed until now is looked for.
    wakes.ring_all();
    let mut poll = interval(*poll);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            notice = notices.recv() => match notice {
                Some(notice) if notice.process_id() == own => {}
                Some(notice) => match TenantId::new(notice.payload()) {
                    Ok(tenant) => wakes.ring(&tenant),
                    Err(_) => wakes.ring_all(),
                },
                None => break,
            },
            () = async { sleep_until(free).await; out.any.notified().await } => {
                send(&client, &notify, out).await?;
                free = Instant::now() + GATHERING;
            }
            _ = poll.tick() => {
                presence.bury(&client, &mut missed).await?;
                wakes.ring_all();
            }
        }
    }
    drop(driver);
    Ok(())
}

/// Sends what has gathered, one notice for each tenant.
async fn send(client: &Client, notify: &Statement, out: &Out) -> Result<(), tokio_postgres::Error> {
    let tenants = std::mem::take(&mut *out.tenants.lock().unwrap_or_else(PoisonError::into_inner));
    for tenant in tenants {
        client.execute(notify, &[&tenant.as_str()]).await?;
    }
    Ok(())
}

/// A task that ends with this value.
struct Ended(JoinHandle<()>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How long notices gather: each is a transaction, and costs as much as a small commit.
const GATHERING: Duration = Duration::from_millis(5);
/// How long to wait before listening again.
const RETRY: Duration = Duration::from_secs(1);
