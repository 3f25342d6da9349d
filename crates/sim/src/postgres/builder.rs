//! How a server is to be.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use super::problem::Problem;
use super::programs::Programs;
use super::{Cluster, USER, certificate, place};

/// How a server is to be.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    durable: bool,
    tls: bool,
    password: Option<String>,
    settings: Vec<(String, String)>,
}

impl Builder {
    /// Lets the server wait for the disk at each commit, as it does by default elsewhere. Without
    /// this, what it says is committed may be lost with the machine, but not with the server.
    #[must_use]
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// Lets the server speak TLS under a certificate for `127.0.0.1` and `localhost` of its own,
    /// and refuse to speak without over TCP.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Sets the password that has to be said over TCP: letters and digits.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Sets a server setting of `postgresql.conf`.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// [`Problem::Missing`] says what to install. [`Problem::Failed`] has the server's words.
    pub fn start(self) -> Result<Cluster, Problem> {
        let (home, user) = place::home()?;
        let programs = Programs::find(user).inspect_err(|_| drop(fs::remove_dir(&home)))?;
        let janitor = place::janitor(&programs, &home)?;
        let mut cluster = Cluster {
            programs,
            port: 0,
            options: String::new(),
            password: self.password.clone(),
            certificate: None,
            janitor,
            home,
        };
        let data = cluster.data();
        place::fill(&cluster.programs, &data)?;
        if self.tls {
            cluster.certificate = Some(certificate::write(&cluster.home, &data, user)?);
        }
        self.admit(&data)?;
        self.begin(&mut cluster)?;
        if let Some(password) = &self.password {
            cluster.sql("postgres", &format!("ALTER USER {USER} PASSWORD '{password}'"))?;
        }
        Ok(cluster)
    }

    /// Writes who may come in.
    fn admit(&self, data: &Path) -> Result<(), Problem> {
        let method = if self.password.is_some() { "scram-sha-256" } else { "trust" };
        let host = if self.tls { "hostssl" } else { "host" };
        let rules = format!("local all all trust\n{host} all all 127.0.0.1/32 {method}\n");
        Ok(fs::write(data.join("pg_hba.conf"), rules)?)
    }

    /// Starts on a free port. Between our looking and the server's listening somebody may take it.
    fn begin(&self, cluster: &mut Cluster) -> Result<(), Problem> {
        let mut tries = 0;
        loop {
            tries += 1;
            cluster.port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            cluster.options = self.options(cluster);
            match cluster.launch() {
                Err(_) if tries < 3 => {}
                ended => return ended,
            }
        }
    }

    fn options(&self, cluster: &Cluster) -> String {
        let (home, port) = (cluster.home.display().to_string(), cluster.port.to_string());
        let mut settings: Vec<(&str, &str)> = vec![
            ("port", &port),
            ("listen_addresses", "127.0.0.1"),
            ("unix_socket_directories", &home),
        ];
        settings.push(match self.durable {
            // After a crash, one call for all files instead of one for each.
            true => ("recovery_init_sync_method", "syncfs"),
            false => ("fsync", "off"),
        });
        if self.tls {
            settings.push(("ssl", "on"));
        }
        settings.extend(self.settings.iter().map(|(name, value)| (&**name, &**value)));
        let quoted = settings.iter().map(|(name, value)| format!("-c {name}='{value}'"));
        quoted.collect::<Vec<_>>().join(" ")
    }
}
