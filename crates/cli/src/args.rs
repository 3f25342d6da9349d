//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::failure::Failure;
use crate::{config, demo, print, serve};

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

impl Command {
    async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Demo(options) => demo::run(options).await,
            Self::Serve(ConfigFile { file }) => {
                let loaded = config::load(&file)?;
                log("info");
                serve::serve(&loaded.settings).await
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
        }
    }
}

/// Logs to standard error what `RUST_LOG` asks for, else `default`.
fn log(default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
