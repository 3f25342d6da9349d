//! A relay from a configuration.

use std::sync::Arc;

use chrono::TimeDelta;
use handover_core::archive::Archive;
use handover_core::blobs::Blobs;
use handover_core::event::Source;
use handover_core::probe::Probe;
use handover_core::store::Store;
use handover_core::transport::Transport;
use handover_creatio::{Client, Creatio};
use handover_keyword::Keyword;
use handover_relay::runner::Options;
use handover_relay::{ChannelSetup, DeskSetup, Relay, SystemClock};
use handover_reqwest::Limits;
use handover_sms::twilio::Twilio;

use crate::config::{ChannelSettings, DeskSettings, Settings};
use crate::failure::Failure;
use crate::serve::Link;

/// The adapters that a configuration names.
#[derive(Debug)]
pub(crate) struct Adapters<'a> {
    settings: &'a Settings,
    channels: Vec<(&'a ChannelSettings, Arc<Twilio>)>,
    desks: Vec<(&'a DeskSettings, Arc<Creatio>)>,
}

impl<'a> Adapters<'a> {
    /// Builds the adapters. Nothing is called yet.
    ///
    /// # Errors
    /// When the machine has no certificates, or a desk's configuration is not complete.
    pub(crate) fn new(settings: &'a Settings) -> Result<Self, Failure> {
        let transport = handover_reqwest::Client::new(Limits::default()).map_err(Failure::usage)?;
        let transport: Arc<dyn Transport> = Arc::new(transport);
        let clock = Arc::new(SystemClock);
        let channels = settings.channels.iter().map(|channel| {
            let config = channel.twilio.clone();
            let twilio =
                Twilio::new(config, Arc::clone(&transport), Arc::<SystemClock>::clone(&clock));
            (channel, Arc::new(twilio))
        });
        let mut desks = Vec::new();
        for desk in &settings.desks {
            let incomplete = |error| Failure::usage(format_args!("desk.{}.{error}", desk.id));
            let client = Client::new(
                &desk.client,
                Arc::clone(&transport),
                Arc::<SystemClock>::clone(&clock),
            );
            let client = client.map_err(incomplete)?;
            let creatio = Creatio::new(client, desk.desk.clone()).map_err(incomplete)?;
            desks.push((desk, Arc::new(creatio)));
        }
        Ok(Self { settings, channels: channels.collect(), desks })
    }

    /// Each adapter's doctor, under its name in the configuration.
    pub(crate) fn probes(&self) -> Vec<(String, Arc<dyn Probe>)> {
        let mut probes: Vec<(String, Arc<dyn Probe>)> = Vec::new();
        for (channel, twilio) in &self.channels {
            probes.push((format!("channel.{}", channel.id), Arc::<Twilio>::clone(twilio)));
        }
        for (desk, creatio) in &self.desks {
            probes.push((format!("desk.{}", desk.id), Arc::<Creatio>::clone(creatio)));
        }
        probes
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
        for (desk, creatio) in &self.desks {
            builder = builder.desk(desk_setup(desk, creatio));
        }
        for (channel, twilio) in &self.channels {
            builder = builder.channel(channel_setup(channel, twilio)?);
        }
        builder.build(store).map_err(Failure::usage)
    }

    /// How the relay is driven.
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::default();
        for (channel, _) in &self.channels {
            options = options.poll(Source::Channel(channel.id.clone()), channel.poll_interval);
        }
        for (desk, _) in &self.desks {
            options = options.poll(Source::Desk(desk.id.clone()), desk.poll_interval);
        }
        options
    }
}

fn desk_setup(desk: &DeskSettings, creatio: &Arc<Creatio>) -> DeskSetup {
    DeskSetup::new(Arc::<Creatio>::clone(creatio))
        .directory(Arc::<Creatio>::clone(creatio), desk.create_contacts)
        .webhook(Arc::<Creatio>::clone(creatio))
        .feed(Arc::<Creatio>::clone(creatio))
        .open_case(desk.open_case)
        .fields(desk.fields.clone())
}

fn channel_setup(channel: &ChannelSettings, twilio: &Arc<Twilio>) -> Result<ChannelSetup, Failure> {
    let mut setup = ChannelSetup::new(Arc::<Twilio>::clone(twilio))
        .webhook(Arc::<Twilio>::clone(twilio))
        .feed(Arc::<Twilio>::clone(twilio));
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
