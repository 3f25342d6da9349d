//! Where everything is kept.

use std::fmt;
use std::sync::Arc;

use handover_core::archive::Archive;
use handover_core::clock::Clock;
use handover_core::error::{Error, ErrorKind};
use handover_core::store::Store;
use handover_relay::{Relay, SystemClock};
use handover_store::url::Location;
use handover_store::{Connect, Folder, Options, Postgres, Sqlite};

use crate::compose::Adapters;
use crate::config::StoreSettings;
use crate::failure::Failure;

/// The store: a file for this process alone, or a database that others may share.
#[derive(Debug)]
pub(crate) struct Kept {
    store: Either,
    blobs: Folder,
}

/// A store to read from.
pub(crate) trait FullStore: Store + Archive {}

impl<T: Store + Archive> FullStore for T {}

#[derive(Debug)]
enum Either {
    Postgres(Arc<Postgres>),
    Sqlite(Arc<Sqlite>),
}

impl Kept {
    /// Opens the store; a file that another process has is refused.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(crate) async fn open(settings: &StoreSettings) -> Result<Self, Failure> {
        let path = settings.blobs.clone();
        let blobs = blocking(move || Folder::open(&path).map_err(of(path.display()))).await?;
        let store = match &settings.place {
            Location::Postgres(address) => {
                let store = Postgres::connect(address, &Connect::default()).await;
                Either::Postgres(Arc::new(store.map_err(of(address.place()))?))
            }
            Location::Sqlite(file) => {
                let file = file.clone();
                let options = Options::default().with_takeover(SystemClock.now());
                let open = move || Sqlite::open(&file, &options).map_err(of(file.display()));
                Either::Sqlite(Arc::new(blocking(open).await?))
            }
            _ => return Err(in_memory()),
        };
        Ok(Self { store, blobs })
    }

    /// A relay over it.
    ///
    /// # Errors
    /// When the parts do not fit together.
    pub(crate) fn relay(&self, adapters: &Adapters<'_>) -> Result<Relay, Failure> {
        let blobs = Some(Arc::new(self.blobs.clone()) as _);
        match &self.store {
            Either::Postgres(store) => adapters.relay(Arc::clone(store), blobs),
            Either::Sqlite(store) => adapters.relay(Arc::clone(store), blobs),
        }
    }

    /// The store itself.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match &self.store {
            Either::Postgres(store) => Arc::<Postgres>::clone(store),
            Either::Sqlite(store) => Arc::<Sqlite>::clone(store),
        }
    }

    /// Ends once all is written.
    pub(crate) async fn close(self) {
        match &self.store {
            Either::Postgres(store) => store.close().await,
            Either::Sqlite(store) => store.close().await,
        }
    }
}

/// Opens the store for reading only, whether a `serve` has it or not.
///
/// # Errors
/// When there is none, or it cannot be read.
pub(crate) async fn read_only(settings: &StoreSettings) -> Result<Box<dyn FullStore>, Failure> {
    match &settings.place {
        Location::Postgres(address) => {
            let store = Postgres::connect_read_only(address).await;
            Ok(Box::new(store.map_err(of(address.place()))?))
        }
        Location::Sqlite(file) => {
            let file = file.clone();
            let open = move || Sqlite::open_read_only(&file).map_err(of(file.display()));
            Ok(Box::new(blocking(open).await?))
        }
        _ => Err(in_memory()),
    }
}

async fn blocking<T: Send + 'static>(
    open: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(open).await.map_err(Failure::broken)?
}

/// The configuration names none.
fn in_memory() -> Failure {
    Failure::usage("a store in memory ends with this process: check store.url")
}

/// An error of what is at `place`.
fn of(place: impl fmt::Display) -> impl Fn(Error) -> Failure {
    move |error| {
        let text = format_args!("{place}: {error}");
        match error.kind() {
            ErrorKind::Config => Failure::usage(text),
            _ => Failure::broken(text),
        }
    }
}
