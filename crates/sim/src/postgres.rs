//! A real PostgreSQL server that is thrown away afterwards.
//!
//! ```no_run
//! use handover_sim::postgres::Cluster;
//!
//! let cluster = Cluster::start()?;
//! let url = cluster.database("relay")?;
//! assert!(url.starts_with("postgres://handover@127.0.0.1:"));
//! # Ok::<(), handover_sim::postgres::Problem>(())
//! ```

mod builder;
mod certificate;
mod place;
mod problem;
mod programs;
#[cfg(test)]
mod tests;
mod user;

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

pub use self::builder::Builder;
pub use self::problem::Problem;
use self::programs::Programs;

/// A server with a data directory of its own, on a free port of loopback and on a socket.
///
/// It runs under an unprivileged user if this process is root's. It ends, and its directory is
/// removed, when this is dropped and also when this process ends in whatever way.
///
/// Every call blocks: the first start on a machine takes about a second, later ones a third of it.
#[derive(Debug)]
pub struct Cluster {
    programs: Programs,
    home: PathBuf,
    port: u16,
    options: String,
    password: Option<String>,
    certificate: Option<PathBuf>,
    /// Waits until its input ends; then it stops the server and removes the directory.
    janitor: Child,
}

impl Cluster {
    /// Starts a server that trusts whoever comes over loopback, and that does not wait for the disk.
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub fn start() -> Result<Self, Problem> {
        Builder::default().start()
    }

    /// How a server is to be.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Makes a database; its URL over TCP.
    ///
    /// # Errors
    /// [`Problem::Failed`] if there is one of that name, or the server does not run.
    pub fn database(&self, name: &str) -> Result<String, Problem> {
        self.programs.run(self.programs.command("createdb").args(self.at_socket()).arg(name))?;
        Ok(self.url(name))
    }

    /// The URL of a database over TCP, with the password if there is one. `postgres` is always
    /// there.
    pub fn url(&self, database: &str) -> String {
        let password = self.password.as_ref().map_or_else(String::new, |word| format!(":{word}"));
        let tls = if self.certificate.is_some() { "verify-full" } else { "disable" };
        let root = self.certificate.as_ref();
        let root = root.map_or_else(String::new, |file| format!("&sslrootcert={}", file.display()));
        let port = self.port;
        format!("postgres://{USER}{password}@127.0.0.1:{port}/{database}?sslmode={tls}{root}")
    }

    /// The URL of a database over the socket.
    pub fn socket_url(&self, database: &str) -> String {
        let folder = self.home.display().to_string().replace('/', "%2F");
        format!("postgres://{USER}@{folder}:{}/{database}", self.port)
    }

    /// The port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate that clients have to trust, as PEM, if the server speaks TLS.
    pub fn certificate(&self) -> Option<&Path> {
        self.certificate.as_deref()
    }

    /// Runs statements in a database, as the server's owner; what `psql` prints, without headings.
    ///
    /// # Errors
    /// [`Problem::Failed`] with the server's words.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String, Problem> {
        let mut psql = self.programs.command("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1"])
            .args(self.at_socket())
            .args(["--command", statements, database]);
        self.programs.run(&mut psql)
    }

    /// Kills the server as `kill -9` does. What it was asked to make durable is on the disk.
    ///
    /// # Errors
    /// [`Problem::Failed`] if it does not run.
    pub fn kill(&self) -> Result<(), Problem> {
        let file = self.data().join("postmaster.pid");
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let pid = text.lines().next().unwrap_or_default();
        self.programs.run(self.programs.command("pg_ctl").args(["kill", "KILL", pid])).map(drop)
    }

    /// Stops the server as an operator does: clients are cut off, and what is committed is kept.
    ///
    /// # Errors
    /// [`Problem::Failed`] if it does not run.
    pub fn stop(&self) -> Result<(), Problem> {
        let mut stop = self.programs.command("pg_ctl");
        stop.arg("-D").arg(self.data()).args(["-m", "fast", "-w", "stop"]);
        self.programs.run(&mut stop).map(drop)
    }

    /// Starts the server again on the same port, after [`Cluster::kill`] or [`Cluster::stop`].
    ///
    /// # Errors
    /// [`Problem::Failed`] with the server's words if it does not come up within 20 seconds.
    pub fn restart(&self) -> Result<(), Problem> {
        // The processes of a killed server need a moment to see that it is gone.
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            match self.launch() {
                Err(Problem::Failed { .. }) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                ended => return ended,
            }
        }
    }

    fn launch(&self) -> Result<(), Problem> {
        let log = self.home.join("log");
        let mut start = self.programs.command("pg_ctl");
        start.arg("-D").arg(self.data()).arg("-l").arg(&log).args(["-w", "-s"]);
        start.arg("-o").arg(&self.options).arg("start");
        self.programs.run(&mut start).map(drop).map_err(|problem| problem.with_log(&log))
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    fn at_socket(&self) -> [String; 6] {
        let (home, port) = (self.home.display().to_string(), self.port.to_string());
        ["-h".into(), home, "-p".into(), port, "-U".into(), USER.into()]
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.janitor.stdin.take());
        // If it cannot be waited for, it is gone or goes by itself.
        drop(self.janitor.wait());
    }
}

/// Who owns everything in the server.
const USER: &str = "handover";
