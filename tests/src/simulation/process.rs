//! One relay process: its futures, which a crash drops.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use handover_core::archive::Jobs;
use handover_core::feed::Scope;
use handover_relay::Relay;

use super::mail::Mail;
use super::notes::SharedNotes;

pub(super) struct Process {
    /// One for each tenant.
    pub(super) relays: Vec<Relay>,
    pub(super) running: Vec<Running>,
}

pub(super) struct Running {
    pub(super) id: u64,
    future: Pin<Box<dyn Future<Output = Ended>>>,
    /// The webhook that it answers.
    pub(super) mail: Option<Mail>,
}

/// How a future ended.
pub(super) enum Ended {
    /// A webhook was answered with this status.
    Answered(u16),
    /// There was nothing to do.
    Idle,
    /// Something was done.
    Worked,
}

impl Process {
    pub(super) fn new(relays: Vec<Relay>) -> Self {
        Self { relays, running: Vec::new() }
    }

    /// Works for a tenant.
    pub(super) fn work(&mut self, id: u64, town: usize) {
        let relay = self.relays[town].clone();
        self.start(id, None, async move {
            match relay.claim().await {
                Ok(None) => return Ended::Idle,
                // Most looks find nothing: the room for work is taken when there is some.
                Ok(Some(claim)) => drop(Box::pin(relay.work(claim)).await),
                Err(_) => {}
            }
            Ended::Worked
        });
    }

    /// Looks at the time for a tenant.
    pub(super) fn tick(&mut self, id: u64, town: usize) {
        let relay = self.relays[town].clone();
        self.start(id, None, async move {
            let _ = relay.tick().await;
            Ended::Worked
        });
    }

    pub(super) fn receive(&mut self, id: u64, mail: Mail) {
        let relay = self.relays[mail.town].clone();
        let request = mail.request.clone();
        let mut words = request.uri().path().split('/').skip(1);
        let name = [words.next().unwrap_or(""), words.next().unwrap_or("")].join("/");
        self.start(id, Some(mail), async move {
            Ended::Answered(relay.handle(&name, request).await.status().as_u16())
        });
    }

    /// Every feed of a tenant is to be read.
    pub(super) fn poll_feeds(&mut self, id: u64, town: usize) {
        let relay = self.relays[town].clone();
        let pokes = relay.feeds().map(|source| (source.clone(), Scope::All)).collect();
        self.start(id, None, async move {
            let _ = relay.accept(Vec::new(), pokes).await;
            Ended::Worked
        });
    }

    /// An operator takes up what is parked or paused.
    pub(super) fn resume(&mut self, id: u64, town: usize) {
        let relay = self.relays[town].clone();
        self.start(id, None, async move {
            let parked = relay.archive().jobs(relay.tenant(), Jobs::Parked, 1_000).await;
            for view in parked.unwrap_or_default() {
                let _ = relay.replay(view.job.id).await;
            }
            let _ = relay.resume_accounts().await;
            Ended::Worked
        });
    }

    pub(super) fn start(
        &mut self,
        id: u64,
        mail: Option<Mail>,
        future: impl Future<Output = Ended> + 'static,
    ) {
        self.running.push(Running { id, future: Box::pin(future), mail });
    }

    /// Lets future `n` go on to its next point. What it was, and how it ended, if it did.
    pub(super) fn go_on(&mut self, n: usize, notes: &SharedNotes) -> Option<(Option<Mail>, Ended)> {
        let mut context = Context::from_waker(Waker::noop());
        notes.lock().current = self.running[n].id;
        match self.running[n].future.as_mut().poll(&mut context) {
            Poll::Pending => None,
            Poll::Ready(ended) => {
                let running = self.running.swap_remove(n);
                Some((running.mail, ended))
            }
        }
    }
}
