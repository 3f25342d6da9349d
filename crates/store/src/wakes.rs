//! Waking those who wait for changes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use event_listener::{Event, EventListener};
use handover_core::id::TenantId;

/// One bell for each tenant that somebody has waited for.
#[derive(Debug, Default)]
pub(crate) struct Wakes {
    bells: Mutex<HashMap<TenantId, Event>>,
}

impl Wakes {
    /// Waits for the next ring after this call.
    pub(crate) fn listen(&self, tenant: &TenantId) -> EventListener {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(tenant) {
            return bell.listen();
        }
        bells.entry(tenant.clone()).or_default().listen()
    }

    /// Wakes all who wait.
    pub(crate) fn ring(&self, tenant: &TenantId) {
        let bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(tenant) {
            bell.notify(usize::MAX);
        }
    }

    /// Wakes all who wait, whatever for.
    #[cfg(feature = "postgres")]
    pub(crate) fn ring_all(&self) {
        let bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        for bell in bells.values() {
            bell.notify(usize::MAX);
        }
    }
}
