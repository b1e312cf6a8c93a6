//! `target_session_attrs`: which kind of server is acceptable.

use super::PostgresSession;
use crate::conn::SessionAttrs;
use crate::engine::Session;
use crate::error::Result;

/// What a server is, as far as `target_session_attrs` asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Role {
    /// In recovery.
    pub(super) standby: bool,
    /// Transactions are read-only unless they say otherwise.
    pub(super) read_only: bool,
}

impl Role {
    /// From what the server reports by itself at the start, since version 14.
    pub(super) fn reported(parameter: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let on = |name: &str| parameter(name).map(|value| value == "on");
        Some(Self { standby: on("in_hot_standby")?, read_only: on("default_transaction_read_only")? })
    }

    fn suits(self, wanted: SessionAttrs) -> bool {
        match wanted {
            SessionAttrs::Any => true,
            SessionAttrs::ReadWrite => !self.standby && !self.read_only,
            SessionAttrs::ReadOnly => self.standby || self.read_only,
            SessionAttrs::Primary => !self.standby,
            SessionAttrs::Standby | SessionAttrs::PreferStandby => self.standby,
        }
    }

    fn describe(self) -> &'static str {
        match (self.standby, self.read_only) {
            (true, _) => "is a standby",
            (false, true) => "is a read-only primary",
            (false, false) => "is a primary that accepts writes",
        }
    }
}

/// What the server is instead, if it does not suit. Costs a query only on servers before 14, and none for `any`.
pub(super) async fn unsuited(session: &mut PostgresSession, wanted: SessionAttrs) -> Result<Option<&'static str>> {
    if wanted == SessionAttrs::Any {
        return Ok(None);
    }
    let role = match session.role {
        Some(role) => role,
        None => asked(session).await?,
    };
    Ok((!role.suits(wanted)).then(|| role.describe()))
}

async fn asked(session: &mut PostgresSession) -> Result<Role> {
    let rows = session.query("SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')").await?;
    let cell = |at: usize| rows.first().and_then(|row| row.get(at)).and_then(Option::as_deref);
    let role = Role { standby: cell(0) == Some("t"), read_only: cell(1) == Some("on") };
    session.role = Some(role);
    session.info.standby = role.standby;
    Ok(role)
}
