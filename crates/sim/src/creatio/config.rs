use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::data::Cell;
use super::limits::Limits;
use super::login::Forms;
use super::quirk::Quirks;
use super::schema::{self, Entities, Entity, Kind};
use super::tenant::Tenant;
use super::{Creatio, seed};

/// Which of the platform's two hosts is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Host {
    /// .NET: OData at `/odata`, and at `/0/odata` too.
    Core,
    /// .NET Framework: OData at `/0/odata` only.
    Framework,
}

/// What the integration's user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rights {
    /// Everything.
    Full,
    /// A technical user without roles: every list is empty.
    NoRoles,
    /// No operation `CanUseODataService`: 403.
    NoOData,
}

/// A [`Creatio`] before it starts.
#[derive(Clone, Debug)]
pub struct Builder {
    pub(crate) config: Config,
    pub(crate) limits: Limits,
    pub(crate) quirks: Quirks,
    entities: Entities,
    rows: Vec<(String, String)>,
    renamed: Vec<(String, String, String)>,
}

#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) contact: Uuid,
    pub(crate) contact_name: String,
    pub(crate) host: Host,
    pub(crate) base_path: String,
    pub(crate) split: bool,
    pub(crate) token_lifetime: Duration,
    pub(crate) rights: Rights,
    pub(crate) forms: Forms,
    pub(crate) metadata: Duration,
    pub(crate) per_request: Duration,
    pub(crate) per_item: Duration,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Builder {
    pub(crate) fn new(client_id: &str, client_secret: &str) -> Self {
        Self {
            config: Config {
                client_id: client_id.to_owned(),
                client_secret: client_secret.to_owned(),
                contact: INTEGRATION_CONTACT,
                contact_name: "Integration".to_owned(),
                host: Host::Framework,
                base_path: String::new(),
                split: false,
                token_lifetime: Duration::from_secs(3600),
                rights: Rights::Full,
                forms: Forms::default(),
                metadata: Duration::ZERO,
                per_request: Duration::ZERO,
                per_item: Duration::ZERO,
            },
            limits: Limits::default(),
            quirks: Quirks::new(),
            entities: schema::stock(),
            rows: Vec::new(),
            renamed: Vec::new(),
        }
    }

    /// The contact of the integration's user: `CreatedBy` of what the API writes.
    #[must_use]
    pub fn integration_contact(mut self, id: Uuid, name: &str) -> Self {
        self.config.contact = id;
        name.clone_into(&mut self.config.contact_name);
        self
    }

    /// Adds a column to an entity, `UsrOrderNumber` to `Case` for instance.
    ///
    /// # Panics
    ///
    /// When there is no such entity.
    #[must_use]
    pub fn column(mut self, entity: &str, name: &str, kind: Kind) -> Self {
        let schema = self.entities.get_mut(entity);
        let schema = schema.unwrap_or_else(|| panic!("no entity is called {entity:?}"));
        Arc::make_mut(schema).add(name, kind);
        self
    }

    /// Adds a lookup with rows of these names.
    #[must_use]
    pub fn lookup(mut self, entity: &str, names: &[&str]) -> Self {
        let mut schema = Entity::new(entity, "Name");
        schema.add("Name", Kind::Text(Some(250)));
        self.entities.insert(entity.to_owned(), Arc::new(schema));
        self.rows.extend(names.iter().map(|name| (entity.to_owned(), (*name).to_owned())));
        self
    }

    /// Gives a column another name.
    ///
    /// # Panics
    ///
    /// When there is no such column.
    #[must_use]
    pub fn rename_column(mut self, entity: &str, name: &str, new: &str) -> Self {
        let schema = self.entities.get_mut(entity).map(Arc::make_mut);
        let renamed = schema.is_some_and(|schema| schema.rename(name, new));
        assert!(renamed, "{entity} has no column {name:?}");
        self
    }

    /// Gives a stock row another name: the status `Resolved` of a tenant that speaks German.
    ///
    /// # Panics
    ///
    /// At [`Builder::build`], when there is no such row.
    #[must_use]
    pub fn rename(mut self, entity: &str, name: &str, new: &str) -> Self {
        self.renamed.push((entity.to_owned(), name.to_owned(), new.to_owned()));
        self
    }

    /// How long `$metadata` takes on top.
    #[must_use]
    pub fn metadata_latency(mut self, latency: Duration) -> Self {
        self.config.metadata = latency;
        self
    }

    /// Takes an entity set away: its address answers IIS' 404 page.
    #[must_use]
    pub fn without_entity(mut self, entity: &str) -> Self {
        self.entities.remove(entity);
        self
    }

    /// The host; .NET Framework when not called.
    #[must_use]
    pub fn host(mut self, host: Host) -> Self {
        self.config.host = host;
        self
    }

    /// Puts the application below a path: `/studio`.
    #[must_use]
    pub fn base_path(mut self, path: &str) -> Self {
        path.trim_end_matches('/').clone_into(&mut self.config.base_path);
        self
    }

    /// The identity service is another host, [`Creatio::identity`]; the application's own
    /// `/connect/token` answers a login page with 200.
    #[must_use]
    pub fn split_host(mut self) -> Self {
        self.config.split = true;
        self
    }

    /// How long a token is good for; an hour when not called.
    #[must_use]
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.config.token_lifetime = lifetime;
        self
    }

    /// What the integration's user may do; everything when not called.
    #[must_use]
    pub fn rights(mut self, rights: Rights) -> Self {
        self.config.rights = rights;
        self
    }

    /// How long each request takes, and each item of a batch on top.
    #[must_use]
    pub fn latency(mut self, per_request: Duration, per_item: Duration) -> Self {
        self.config.per_request = per_request;
        self.config.per_item = per_item;
        self
    }

    /// Starts the tenant.
    ///
    /// # Panics
    ///
    /// When a row to be renamed does not exist.
    pub fn build(self) -> Creatio {
        let mut tenant = Tenant::new(self.entities, self.limits, self.quirks);
        let named = [("Name", Cell::text(&self.config.contact_name))];
        tenant.plant("Contact", self.config.contact, &named);
        let user = [
            ("Name", Cell::text(&self.config.contact_name)),
            ("Contact", Cell::Guid(self.config.contact)),
            ("SysAdminUnitTypeValue", Cell::Int(seed::USER)),
            ("Active", Cell::Bool(true)),
        ];
        let id = tenant.fresh_id();
        tenant.plant("SysAdminUnit", id, &user);
        for (entity, name) in self.rows {
            let id = Uuid::new_v5(&seed::SUPERVISOR, format!("{entity}/{name}").as_bytes());
            tenant.plant(&entity, id, &[("Name", Cell::text(name))]);
        }
        for (entity, name, new) in self.renamed {
            let id = tenant.named(&entity, &name);
            let id = id.unwrap_or_else(|| panic!("no {entity} is called {name:?}"));
            tenant.overwrite(&entity, id, &[("Name", Cell::text(new))]);
        }
        Creatio::start(self.config, tenant)
    }
}

const INTEGRATION_CONTACT: Uuid = Uuid::from_u128(0x1a7e_6a71_0000_4000_8000_0000_0000_0001);
