//! Stopping what the file's thread does, from outside of it.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, InterruptHandle};

use crate::engine::Cancel;
use crate::error::Result;

/// Interrupts the connection that the file's thread has just now: the stand-in is replaced once there is a file.
#[derive(Clone)]
pub(super) struct Interrupt(Arc<Mutex<InterruptHandle>>);

impl Interrupt {
    pub(super) fn of(conn: &Connection) -> Self {
        Self(Arc::new(Mutex::new(conn.get_interrupt_handle())))
    }

    /// From now on it is `conn` that is interrupted.
    pub(super) fn follow(&self, conn: &Connection) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = conn.get_interrupt_handle();
    }
}

#[async_trait::async_trait]
impl Cancel for Interrupt {
    async fn cancel(&self) -> Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).interrupt();
        Ok(())
    }
}
