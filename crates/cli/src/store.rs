//! Where everything is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use handover_core::clock::Clock;
use handover_core::error::{Error, ErrorKind};
use handover_core::store::Store;
use handover_relay::{Relay, SystemClock};
use handover_store::{Folder, Options, Sqlite};

use crate::compose::Adapters;
use crate::config::StoreSettings;
use crate::failure::Failure;

/// The store, for this process alone.
#[derive(Debug)]
pub(crate) struct Kept {
    store: Arc<Sqlite>,
    blobs: Folder,
}

impl Kept {
    /// Opens the store; a file that another process has is refused.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(crate) async fn open(settings: &StoreSettings) -> Result<Self, Failure> {
        let (file, blobs) = (settings.file.clone(), settings.blobs.clone());
        let opened = blocking(move || {
            let options = Options::default().with_takeover(SystemClock.now());
            let store = Sqlite::open(&file, &options).map_err(of(&file))?;
            let blobs = Folder::open(&blobs).map_err(of(&blobs))?;
            Ok(Self { store: Arc::new(store), blobs })
        });
        opened.await
    }

    /// A relay over it.
    ///
    /// # Errors
    /// When the parts do not fit together.
    pub(crate) fn relay(&self, adapters: &Adapters<'_>) -> Result<Relay, Failure> {
        adapters.relay(Arc::clone(&self.store), Some(Arc::new(self.blobs.clone())))
    }

    /// The store itself.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::<Sqlite>::clone(&self.store)
    }

    /// Ends once all is written.
    pub(crate) async fn close(self) {
        self.store.close().await;
    }
}

/// Opens the store for reading only, whether a `serve` has it or not.
///
/// # Errors
/// When there is none, or it cannot be read.
pub(crate) async fn read_only(settings: &StoreSettings) -> Result<Sqlite, Failure> {
    let file: PathBuf = settings.file.clone();
    blocking(move || Sqlite::open_read_only(&file).map_err(of(&file))).await
}

async fn blocking<T: Send + 'static>(
    open: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(open).await.map_err(Failure::broken)?
}

/// An error of what is at `path`.
fn of(path: &Path) -> impl Fn(Error) -> Failure {
    move |error| {
        let text = format_args!("{}: {error}", path.display());
        match error.kind() {
            ErrorKind::Config => Failure::usage(text),
            _ => Failure::broken(text),
        }
    }
}
