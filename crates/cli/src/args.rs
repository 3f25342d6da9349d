//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use handover_core::id::{AccountId, SessionId};
use handover_core::job::JobId;

use crate::config::Settings;
use crate::failure::Failure;
use crate::operate::Order;
use crate::{config, demo, doctor, operate, print, serve};

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(help) => {
            help.print().ok();
            return ExitCode::from(if help.use_stderr() { 2 } else { 0 });
        }
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            print::warn(format_args!("handover: {error}"));
            return ExitCode::from(1);
        }
    };
    match runtime.block_on(command.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print::warn(format_args!("handover: {failure}"));
            failure.code()
        }
    }
}

/// A support relay: an assistant answers on SMS, a person takes over in Creatio.
#[derive(Debug, Parser)]
#[command(name = "handover", version, about, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole system with simulated providers, in one process on this machine.
    Demo(demo::Options),
    /// Runs the relay until it is told to stop.
    Serve(ConfigFile),
    /// Looks at a configuration.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Proves a configuration over the network, or says what to mend.
    Doctor {
        /// Also opens a case in each Creatio, writes to it, closes it and removes it.
        #[arg(long)]
        round_trip: bool,
        #[command(flatten)]
        asked: Asked,
    },
    /// How the relay is: Active, Unproven, Degraded or Broken, and what to do.
    Status(Asked),
    /// Lists sessions, newest first.
    Sessions {
        /// Only those that are going on.
        #[arg(long)]
        open: bool,
        #[command(flatten)]
        limit: Limit,
        #[command(flatten)]
        asked: Asked,
    },
    /// Shows one session: what was said, who speaks, its case and its jobs.
    Show {
        /// The session's id.
        session: SessionId,
        #[command(flatten)]
        asked: Asked,
    },
    /// Asks for a person on a session.
    Handoff {
        /// The session's id.
        session: SessionId,
        #[command(flatten)]
        asked: Asked,
    },
    /// Lists jobs that wait for a person to mend something.
    Parked {
        #[command(flatten)]
        limit: Limit,
        #[command(flatten)]
        asked: Asked,
    },
    /// Takes parked jobs up again.
    Replay {
        /// The jobs' numbers.
        #[arg(required_unless_present = "all", value_name = "JOB")]
        jobs: Vec<u64>,
        /// All that are parked.
        #[arg(long, conflicts_with = "jobs")]
        all: bool,
        #[command(flatten)]
        asked: Asked,
    },
    /// Ends the pause of an account; a login that was refused is tried once more.
    Resume {
        /// The account, as `status` names it.
        account: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Lists sends of which nobody knows whether they happened.
    Uncertain {
        #[command(flatten)]
        limit: Limit,
        #[command(flatten)]
        asked: Asked,
    },
    /// Decides what became of an uncertain send.
    Settle {
        /// The job's number.
        job: u64,
        /// What became of it.
        verdict: serve::Settlement,
        #[command(flatten)]
        asked: Asked,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Checks a configuration and prints what takes effect, secrets masked.
    Check {
        /// The configuration file.
        file: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct ConfigFile {
    /// The configuration file.
    #[arg(long = "config", value_name = "FILE", env = "HANDOVER_CONFIG")]
    file: PathBuf,
}

/// What every question and order takes.
#[derive(Debug, Args)]
struct Asked {
    #[command(flatten)]
    config: ConfigFile,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Limit {
    /// How many at most.
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: usize,
}

impl Command {
    async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Demo(options) => {
                log("warn");
                demo::run(options).await
            }
            Self::Serve(file) => {
                let settings = file.read()?;
                log("info");
                serve::serve(&settings).await
            }
            Self::Config { command: ConfigCommand::Check { file, json } } => {
                let loaded = config::load(&file)?;
                if json {
                    print::line(loaded.shown.json());
                } else {
                    loaded.shown.lines().for_each(print::line);
                }
                Ok(())
            }
            Self::Doctor { round_trip, asked } => {
                doctor::run(&asked.config.read()?, asked.json, round_trip).await
            }
            Self::Status(asked) => operate::status(&asked.config.read()?, asked.json).await,
            Self::Sessions { open, limit, asked } => {
                operate::sessions(&asked.config.read()?, open, limit.limit, asked.json).await
            }
            Self::Show { session, asked } => {
                operate::show(&asked.config.read()?, session, asked.json).await
            }
            Self::Parked { limit, asked } => {
                operate::parked(&asked.config.read()?, limit.limit, asked.json).await
            }
            Self::Uncertain { limit, asked } => {
                operate::uncertain(&asked.config.read()?, limit.limit, asked.json).await
            }
            Self::Handoff { session, asked } => asked.order(Order::HandOff(session)).await,
            Self::Replay { jobs, all, asked } => {
                let jobs = (!all).then(|| jobs.into_iter().map(JobId).collect());
                operate::replay(&asked.config.read()?, jobs, asked.json).await
            }
            Self::Resume { account, asked } => {
                let account = AccountId::new(&account).map_err(Failure::usage)?;
                asked.order(Order::Resume(account)).await
            }
            Self::Settle { job, verdict, asked } => {
                asked.order(Order::Settle(JobId(job), verdict)).await
            }
        }
    }
}

impl ConfigFile {
    fn read(&self) -> Result<Settings, Failure> {
        Ok(config::load(&self.file)?.settings)
    }
}

impl Asked {
    async fn order(self, order: Order) -> Result<(), Failure> {
        order.give(&self.config.read()?, self.json).await
    }
}

/// Logs to standard error what `RUST_LOG` asks for, else `default`.
fn log(default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
