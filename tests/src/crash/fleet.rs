//! The processes: started, killed, started again.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use bytes::Bytes;
use fastrand::Rng;
use http::Request;
use http_body_util::BodyExt as _;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::gateway::send;
use super::ledger::Ledger;
use super::site::{OPERATOR_TOKEN, Site};

/// All processes.
pub(super) struct Fleet {
    program: PathBuf,
    folder: PathBuf,
    ledger: Ledger,
    members: Vec<Member>,
    /// How many were killed, and how many of them before they listened.
    pub(super) kills: u32,
    pub(super) early: u32,
}

struct Member {
    address: SocketAddr,
    config: PathBuf,
    child: Option<Child>,
    /// Jobs that were ended by those who are dead, and by the one that lives.
    before: u64,
    now: u64,
}

impl Fleet {
    pub(super) fn new(program: &Path, site: &Site, ledger: Ledger) -> Self {
        let member = |(address, config): &(SocketAddr, PathBuf)| {
            let (address, config) = (*address, config.clone());
            Member { address, config, child: None, before: 0, now: 0 }
        };
        Self {
            program: program.to_owned(),
            folder: site.folder().to_owned(),
            ledger,
            members: site.places.iter().map(member).collect(),
            kills: 0,
            early: 0,
        }
    }

    pub(super) async fn start_all(&mut self) {
        for n in 0..self.members.len() {
            self.start(n);
        }
        for n in 0..self.members.len() {
            self.is_ready(n).await;
        }
    }

    /// One process lives for a while, dies, and is started again.
    pub(super) async fn lose_one(&mut self, rng: &mut Rng) {
        let n = rng.usize(0..self.members.len());
        tokio::time::sleep(Duration::from_millis(rng.u64(30..1_200))).await;
        self.kill(n).await;
        tokio::time::sleep(Duration::from_millis(rng.u64(0..200))).await;
        self.start(n);
        // Some die again while they start.
        if rng.u32(0..8) == 0 {
            tokio::time::sleep(Duration::from_millis(rng.u64(0..120))).await;
            self.early += 1;
            self.kill(n).await;
            self.start(n);
        }
        self.is_ready(n).await;
    }

    /// Starts whatever has ended by itself.
    pub(super) async fn mend(&mut self) {
        for n in 0..self.members.len() {
            self.is_ready(n).await;
        }
    }

    /// Looks at what each process has done.
    pub(super) async fn count(&mut self) {
        for member in &mut self.members {
            member.count().await;
        }
    }

    /// How many jobs each process has ended, as far as was seen.
    pub(super) fn shares(&self) -> Vec<u64> {
        self.members.iter().map(|member| member.before + member.now).collect()
    }

    pub(super) async fn end(&mut self) {
        for member in &mut self.members {
            if let Some(mut child) = member.child.take() {
                child.kill().await.unwrap();
            }
        }
    }

    /// `kill -9`.
    async fn kill(&mut self, n: usize) {
        let member = &mut self.members[n];
        member.count().await;
        if let Some(mut child) = member.child.take() {
            child.kill().await.unwrap();
            self.ledger.happened(&format!("process {n} was killed"));
            self.kills += 1;
        }
        member.before += std::mem::take(&mut member.now);
    }

    fn start(&mut self, n: usize) {
        let log = self.folder.join(format!("process-{n}.log"));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let child = Command::new(&self.program)
            .arg("serve")
            .arg("--config")
            .arg(&self.members[n].config)
            .env("RUST_LOG", "info")
            .env_remove("HANDOVER_CONFIG")
            .stdin(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn();
        self.members[n].child = Some(child.unwrap());
    }

    /// Waits until it listens. One that ended by itself is started again, and that is told.
    async fn is_ready(&mut self, n: usize) {
        let begun = Instant::now();
        while TcpStream::connect(self.members[n].address).await.is_err() {
            let child = self.members[n].child.as_mut();
            if let Some(ended) = child.and_then(|child| child.try_wait().unwrap()) {
                self.ledger.happened(&format!("process {n} ended by itself: {ended}"));
                self.start(n);
            }
            let log = self.folder.join(format!("process-{n}.log"));
            assert!(begun.elapsed() < PATIENCE, "process {n} never listens: {}", tail(&log));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Member {
    async fn count(&mut self) {
        let request = Request::get("/metrics")
            .header("host", self.address.to_string())
            .header("authorization", format!("Bearer {OPERATOR_TOKEN}"))
            .body(Bytes::new());
        let Ok(answer) = send(self.address, request.unwrap()).await else { return };
        let Ok(body) = answer.into_body().collect().await;
        let text = String::from_utf8(body.to_bytes().to_vec()).unwrap_or_default();
        let jobs = text.lines().filter(|line| line.starts_with("handover_jobs_total"));
        let counts = jobs.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        self.now = counts.sum();
    }
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(10).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

/// How long a process may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);
