//! A relay from a configuration.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use handover_core::archive::Archive;
use handover_core::blobs::Blobs;
use handover_core::clock::Clock;
use handover_core::desk::Desk as _;
use handover_core::event::Source;
use handover_core::id::AccountId;
use handover_core::probe::Probe;
use handover_core::store::Store;
use handover_core::transport::Transport;
use handover_creatio::{Client, Creatio};
use handover_front::{Front, HostedChannel};
use handover_keyword::Keyword;
use handover_relay::runner::Options;
use handover_relay::{ChannelSetup, DeskSetup, Relay, SystemClock};
use handover_reqwest::Limits;
use handover_sms::twilio::{Config, Twilio};

use crate::config::{
    ChannelKind, ChannelSettings, CreatioSettings, DeskKind, DeskSettings, FrontSettings, Settings,
};
use crate::failure::Failure;
use crate::serve::Link;

/// The adapters that a configuration names.
#[derive(Debug)]
pub(crate) struct Adapters<'a> {
    settings: &'a Settings,
    channels: Vec<(&'a ChannelSettings, Line)>,
    desks: Vec<(&'a DeskSettings, Office<'a>)>,
}

/// Logins that leave a session behind unless they are ended.
///
/// Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Logins(Vec<Arc<Creatio>>);

/// A channel's adapter.
#[derive(Debug)]
enum Line {
    Front(Arc<HostedChannel>),
    Twilio { twilio: Arc<Twilio>, poll_interval: Duration },
}

/// A desk's adapter.
#[derive(Debug)]
enum Office<'a> {
    Creatio { creatio: Arc<Creatio>, settings: &'a CreatioSettings },
    Front { front: Arc<Front>, settings: &'a FrontSettings },
}

impl<'a> Adapters<'a> {
    /// Builds the adapters. Nothing is called yet.
    ///
    /// # Errors
    /// When the machine has no certificates, or a desk's configuration is not complete.
    pub(crate) fn new(settings: &'a Settings) -> Result<Self, Failure> {
        let transport = handover_reqwest::Client::new(Limits::default()).map_err(Failure::usage)?;
        let transport: Arc<dyn Transport> = Arc::new(transport);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let mut desks = Vec::new();
        for desk in &settings.desks {
            desks.push((desk, office(desk, &transport, &clock)?));
        }
        let mut channels = Vec::new();
        for channel in &settings.channels {
            channels.push((channel, line(channel, &desks, &transport, &clock)?));
        }
        Ok(Self { settings, channels, desks })
    }

    /// Each adapter's doctor, under its name in the configuration.
    pub(crate) fn probes(&self) -> Vec<(String, Arc<dyn Probe>)> {
        let mut probes: Vec<(String, Arc<dyn Probe>)> = Vec::new();
        for (channel, line) in &self.channels {
            match line {
                // Its desk looks at its inboxes.
                Line::Front(_) => {}
                Line::Twilio { twilio, .. } => {
                    probes.push((format!("channel.{}", channel.id), Arc::<Twilio>::clone(twilio)));
                }
            }
        }
        for (desk, office) in &self.desks {
            let probe: Arc<dyn Probe> = match office {
                Office::Creatio { creatio, .. } => Arc::<Creatio>::clone(creatio),
                Office::Front { front, .. } => Arc::<Front>::clone(front),
            };
            probes.push((format!("desk.{}", desk.id), probe));
        }
        probes
    }

    /// The Creatios, under their names.
    pub(crate) fn creatios(&self) -> impl Iterator<Item = (&DeskSettings, &Arc<Creatio>)> {
        self.desks.iter().filter_map(|(desk, office)| match office {
            Office::Creatio { creatio, .. } => Some((*desk, creatio)),
            Office::Front { .. } => None,
        })
    }

    /// The logins that are to be ended when all is done.
    pub(crate) fn logins(&self) -> Logins {
        Logins(self.creatios().map(|(_, creatio)| Arc::clone(creatio)).collect())
    }

    /// The relay over `store`.
    ///
    /// # Errors
    /// When the parts do not fit together.
    pub(crate) fn relay<S: Store + Archive>(
        &self,
        store: Arc<S>,
        blobs: Option<Arc<dyn Blobs>>,
    ) -> Result<Relay, Failure> {
        let settings = self.settings;
        let keyword = Keyword::new(settings.assistant.clone()).map_err(Failure::usage)?;
        let link = Link::new(settings);
        let mut builder = Relay::builder(settings.tenant.clone())
            .policy(settings.policy.clone())
            .assistant(Arc::new(keyword))
            .public_url(settings.server.public_url.clone())
            .links(move |session, now| Some(link.to(session, now)));
        if let Some(blobs) = blobs {
            builder = builder.blobs(blobs);
        }
        for (_, office) in &self.desks {
            builder = builder.desk(desk_setup(office));
        }
        for (channel, line) in &self.channels {
            builder = builder.channel(channel_setup(channel, line)?);
        }
        builder.build(store).map_err(Failure::usage)
    }

    /// How the relay is driven.
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::default();
        for (channel, line) in &self.channels {
            if let Line::Twilio { poll_interval, .. } = line {
                options = options.poll(Source::Channel(channel.id.clone()), *poll_interval);
            }
        }
        for (desk, _) in &self.desks {
            options = options.poll(Source::Desk(desk.id.clone()), desk.poll_interval);
        }
        options
    }
}

impl Logins {
    /// Allows the logins that count against this account one more attempt after a refusal.
    pub(crate) fn allow(&self, account: &AccountId) {
        let is_of = |creatio: &&Arc<Creatio>| creatio.capabilities().account.id == *account;
        self.0.iter().filter(is_of).for_each(|creatio| creatio.allow_login());
    }

    /// Ends them, as far as that is possible.
    pub(crate) async fn close(&self) {
        for creatio in &self.0 {
            if let Err(error) = creatio.close().await {
                tracing::debug!(%error, "a session was left open");
            }
        }
    }
}

fn office<'a>(
    desk: &'a DeskSettings,
    transport: &Arc<dyn Transport>,
    clock: &Arc<dyn Clock>,
) -> Result<Office<'a>, Failure> {
    let (transport, clock) = (Arc::clone(transport), Arc::clone(clock));
    match &desk.kind {
        DeskKind::Creatio(settings) => {
            let incomplete = |error| Failure::usage(format_args!("desk.{}.{error}", desk.id));
            let client = Client::new(&settings.client, transport, clock).map_err(incomplete)?;
            let creatio = Creatio::new(client, settings.desk.clone()).map_err(incomplete)?;
            Ok(Office::Creatio { creatio: Arc::new(creatio), settings })
        }
        DeskKind::Front(settings) => {
            let client = handover_front::Client::new(&settings.login, transport, clock);
            let client = client
                .map_err(|error| Failure::usage(format_args!("desk.{}: {error}", desk.id)))?;
            let front = Arc::new(Front::new(client, settings.desk.clone()));
            Ok(Office::Front { front, settings })
        }
    }
}

fn line(
    channel: &ChannelSettings,
    desks: &[(&DeskSettings, Office<'_>)],
    transport: &Arc<dyn Transport>,
    clock: &Arc<dyn Clock>,
) -> Result<Line, Failure> {
    match &channel.kind {
        ChannelKind::Front => {
            let hosted = desks.iter().find_map(|(_, office)| match office {
                Office::Front { front, .. } => front.channel(&channel.id),
                Office::Creatio { .. } => None,
            });
            let lost = || Failure::usage(format_args!("channel.{}: no desk hosts it", channel.id));
            hosted.map(|hosted| Line::Front(Arc::new(hosted))).ok_or_else(lost)
        }
        ChannelKind::Twilio { config, poll_interval } => {
            let twilio =
                Twilio::new(Config::clone(config), Arc::clone(transport), Arc::clone(clock));
            Ok(Line::Twilio { twilio: Arc::new(twilio), poll_interval: *poll_interval })
        }
    }
}

fn desk_setup(office: &Office<'_>) -> DeskSetup {
    match office {
        Office::Creatio { creatio, settings } => DeskSetup::new(Arc::<Creatio>::clone(creatio))
            .directory(Arc::<Creatio>::clone(creatio), settings.create_contacts)
            .webhook(Arc::<Creatio>::clone(creatio))
            .feed(Arc::<Creatio>::clone(creatio))
            .open_case(settings.open_case)
            .reopen(TimeDelta::days(settings.reopen_days.into()))
            .fields(settings.fields.clone()),
        Office::Front { front, settings } => DeskSetup::new(Arc::<Front>::clone(front))
            .directory(Arc::<Front>::clone(front), settings.create_contacts)
            .webhook(Arc::<Front>::clone(front))
            .feed(Arc::<Front>::clone(front)),
    }
}

fn channel_setup(channel: &ChannelSettings, line: &Line) -> Result<ChannelSetup, Failure> {
    let mut setup = match line {
        // What comes in is told by its desk.
        Line::Front(hosted) => ChannelSetup::new(Arc::<HostedChannel>::clone(hosted)),
        Line::Twilio { twilio, .. } => ChannelSetup::new(Arc::<Twilio>::clone(twilio))
            .webhook(Arc::<Twilio>::clone(twilio))
            .feed(Arc::<Twilio>::clone(twilio)),
    };
    setup = setup.append(channel.append);
    if let Some(desk) = &channel.desk {
        setup = setup.desk(desk.clone());
    }
    if !channel.assistant {
        setup = setup.without_assistant();
    }
    if let Some(after) = channel.inactivity {
        setup = setup.inactivity(TimeDelta::from_std(after).map_err(Failure::usage)?);
    }
    Ok(setup)
}
