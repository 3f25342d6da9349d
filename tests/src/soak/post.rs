//! Webhooks on their way: some come twice, late or never.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use handover_relay::Relay;
use http::Request;

/// Hands webhooks to the relays in turn. Clones share everything.
#[derive(Clone, Debug)]
pub(super) struct Post {
    relays: Arc<[Relay]>,
    rng: Arc<Mutex<Rng>>,
    turn: Arc<AtomicUsize>,
    under_way: Arc<AtomicUsize>,
}

impl Post {
    pub(super) fn new(relays: Vec<Relay>, seed: u64) -> Self {
        let rng = Arc::new(Mutex::new(Rng::with_seed(seed)));
        Self { relays: relays.into(), rng, turn: Arc::default(), under_way: Arc::default() }
    }

    pub(super) fn is_still(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) == 0
    }

    /// A request sets out. What tells only how far a send got is mostly lost: it may be.
    pub(super) fn take(&self, request: Request<Bytes>) {
        let mut rng = self.rng.lock().unwrap();
        let is_status = request.uri().path().ends_with("/status");
        let is_lost = if is_status { rng.u32(0..4) > 0 } else { rng.u32(0..100) == 0 };
        if is_lost {
            return;
        }
        if rng.u32(0..50) == 0 {
            self.deliver(request.clone(), Duration::from_millis(rng.u64(0..40_000)));
        }
        let late = if rng.u32(0..100) == 0 { rng.u64(5_000..40_000) } else { rng.u64(20..200) };
        self.deliver(request, Duration::from_millis(late));
    }

    fn deliver(&self, request: Request<Bytes>, after: Duration) {
        let post = self.clone();
        post.under_way.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            loop {
                let turn = post.turn.fetch_add(1, Ordering::Relaxed);
                let relay = &post.relays[turn % post.relays.len()];
                let path = request.uri().path();
                let name = path.split('/').skip(1).take(2).collect::<Vec<_>>().join("/");
                if relay.handle(&name, request.clone()).await.status().as_u16() < 500 {
                    break;
                }
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
            post.under_way.fetch_sub(1, Ordering::Relaxed);
        });
    }
}
