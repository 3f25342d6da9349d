use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::sync::oneshot;

use super::toys::{Toy, relay};
use crate::runner::{Options, run};

#[tokio::test(start_paused = true)]
async fn work_is_done_as_it_comes_and_a_stop_ends_it() {
    let toy = Arc::new(Toy::default());
    let relay = relay(&toy, "https://r.example");
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(run(relay.clone(), Options::default(), async {
        let _ = stopped.await;
    }));
    for n in 1..=20 {
        let request = Request::post("https://r.example/channels/toy");
        let request = request.body(Bytes::from(format!("{n}"))).unwrap();
        relay.handle("channels/toy", request).await;
    }
    while toy.sent.lock().unwrap().last().map(String::as_str) != Some("echo 20") {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stop.send(()).unwrap();
    running.await.unwrap();
}
