//! The whole system with simulated providers, in one process on loopback.

mod controls;
mod evidence;
mod front;
mod ground;
mod people;
mod script;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use handover_core::policy::OpenCase;
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::{print, signals};
use world::World;

/// What kind of demo.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Plays the whole journey without a human, in both case modes, and checks every step.
    #[arg(long)]
    script: bool,
    /// Where people work: in Creatio on texts by Twilio, or in a Front that hosts the texts, which
    /// only the script plays.
    #[arg(long, value_name = "DESK", default_value = "creatio", requires_if("front", "script"))]
    desk: Desk,
    /// When a case is opened; the script plays both.
    #[arg(long, value_name = "WHEN", default_value = "first-message", conflicts_with = "script")]
    open_case: Mode,
    /// Keeps the store in this folder, which must hold none yet, instead of a temporary one.
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
    /// The port of the demo's own controls; another one if it is taken.
    #[arg(long, default_value_t = 7070, conflicts_with = "script")]
    port: u16,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Desk {
    Creatio,
    Front,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Mode {
    FirstMessage,
    Handoff,
}

/// `handover demo`.
///
/// # Errors
/// When something cannot be started, or a step of the script was not seen.
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    if options.script {
        return match options.desk {
            Desk::Creatio => script::run(options.store).await,
            Desk::Front => front::run(options.store.as_deref()).await,
        };
    }
    let stop = signals::stop()?;
    let mode = match options.open_case {
        Mode::FirstMessage => OpenCase::FirstMessage,
        Mode::Handoff => OpenCase::Handoff,
    };
    let world = Arc::new(World::start(mode, options.store.as_deref()).await?);
    let refused = |error| Failure::broken(format_args!("the controls cannot listen: {error}"));
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(refused)?,
    };
    introduce(&world, listener.local_addr().map_err(refused)?);
    let controls = axum::serve(listener, controls::routes(Arc::clone(&world)));
    tokio::select! {
        served = controls => served.map_err(refused)?,
        () = stop => {}
    }
    match Arc::try_unwrap(world) {
        Ok(world) => world.stop().await,
        // A request to the controls is still under way: everything ends with the process.
        Err(_) => Ok(()),
    }
}

fn introduce(world: &World, controls: SocketAddr) {
    let World { creatio_url, twilio_url, relay_url, config, .. } = world;
    let config = config.display();
    print::line(format_args!(
        "\
A relay, its SQLite store, a simulated Creatio and a simulated Twilio run in this process.

  relay              {relay_url}
  simulated Creatio  {creatio_url}
  simulated Twilio   {twilio_url}
  controls           http://{controls}
  configuration      {config}

Text as a customer, to {ours}:
  curl -d 'from=+15557772222' -d 'body=What are your opening hours?' http://{controls}/demo/text
  curl -d 'from=+15557772222' -d 'body=Order A-10027 is late. I want to speak to a person.' http://{controls}/demo/text

See what the customer's phone shows:
  curl http://{controls}/demo/phone/+15557772222

See the cases as the rep does; each has a link to its session's page:
  curl http://{controls}/demo/cases

Answer as the rep, note something for colleagues, resolve the case:
  curl -d 'case=last' -d 'text=It leaves our warehouse today.' http://{controls}/demo/rep/reply
  curl -d 'case=last' -d 'text=Ask the carrier first.' http://{controls}/demo/rep/note
  curl -d 'case=last' http://{controls}/demo/rep/close

Ask the relay, from another terminal:
  handover status --config {config}
  handover sessions --config {config}

Ctrl-C ends it.",
        ours = world::OURS,
    ));
}
