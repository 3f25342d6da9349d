//! One relay process: its futures, which a crash drops.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use handover_relay::{Relay, Worked};

use super::world::Mail;

pub(super) struct Process {
    pub(super) relay: Relay,
    pub(super) running: Vec<Running>,
}

pub(super) struct Running {
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
    pub(super) fn new(relay: Relay) -> Self {
        Self { relay, running: Vec::new() }
    }

    pub(super) fn work(&mut self) {
        let relay = self.relay.clone();
        self.start(None, async move {
            match relay.work_one().await {
                Ok(Worked::Idle) => Ended::Idle,
                _ => Ended::Worked,
            }
        });
    }

    pub(super) fn tick(&mut self) {
        let relay = self.relay.clone();
        self.start(None, async move {
            let _ = relay.tick().await;
            Ended::Worked
        });
    }

    pub(super) fn receive(&mut self, mail: Mail) {
        let relay = self.relay.clone();
        let request = mail.request.clone();
        let path = request.uri().path().to_owned();
        let name = path.split('/').skip(1).take(2).collect::<Vec<_>>().join("/");
        self.start(Some(mail), async move {
            Ended::Answered(relay.handle(&name, request).await.status().as_u16())
        });
    }

    pub(super) fn start(
        &mut self,
        mail: Option<Mail>,
        future: impl Future<Output = Ended> + 'static,
    ) {
        self.running.push(Running { future: Box::pin(future), mail });
    }

    /// Lets future `n` go on to its next point. What it was, and how it ended, if it did.
    pub(super) fn go_on(&mut self, n: usize) -> Option<(Option<Mail>, Ended)> {
        let mut context = Context::from_waker(Waker::noop());
        match self.running[n].future.as_mut().poll(&mut context) {
            Poll::Pending => None,
            Poll::Ready(ended) => {
                let running = self.running.swap_remove(n);
                Some((running.mail, ended))
            }
        }
    }
}
