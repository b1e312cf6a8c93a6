//! What should become of one role.

use super::Preset;
use crate::bootstrap::Wish;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::ident;

/// What should become of one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The role.
    pub role: String,
    /// What becomes of it.
    pub deed: Deed,
}

/// What becomes of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It is there, logs in, and has what the preset gives.
    Create {
        /// What it is for.
        preset: Preset,
        /// Whether it gets a password.
        password: Password,
        /// What everybody may write is taken from everybody, so that a reader only reads.
        close_public: bool,
    },
    /// It has what the preset gives; it must be there.
    Grant {
        /// What it is for.
        preset: Preset,
        /// As for [`Deed::Create`].
        close_public: bool,
    },
    /// What the preset gives is taken from it; it stays.
    Revoke {
        /// What it was for.
        preset: Preset,
    },
    /// It goes.
    Drop {
        /// Who gets the objects of this database that it owns.
        reassign_to: Option<String>,
    },
}

/// Whether a role gets a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Password {
    /// One when it is created; a role that is there keeps its own.
    WhenNew,
    /// A new one, whether it is there or not.
    Always,
    /// None: the server knows it by other means.
    Never,
}

impl Change {
    /// The preset that is given, where one is.
    pub(super) fn given(&self) -> Option<Preset> {
        match self.deed {
            Deed::Create { preset, .. } | Deed::Grant { preset, .. } => Some(preset),
            Deed::Revoke { .. } | Deed::Drop { .. } => None,
        }
    }

    /// Is what everybody may write to be taken from everybody?
    pub(super) fn closes(&self) -> bool {
        matches!(self.deed, Deed::Create { close_public: true, .. } | Deed::Grant { close_public: true, .. })
    }

    /// Refuses what no server would take, and the roles that the service itself stands on.
    pub(super) fn validate(&self, wish: &Wish) -> Result<()> {
        let role = &self.role;
        if !(1..=63).contains(&role.len()) || role.contains('\0') {
            let message =
                format!("{role:?} is no name that a server takes: names are 1 to 63 bytes long without a NUL");
            return Err(Error::new(ErrorKind::Usage, message));
        }
        // `pg_` is the server's, and these two mean somebody else wherever SQL has a role.
        if role.starts_with("pg_") || matches!(role.as_str(), "public" | "none") {
            let message = format!("{role} is a name that PostgreSQL keeps for itself");
            return Err(
                Error::new(ErrorKind::Usage, message).hint("choose another: mainstay role list shows the roles")
            );
        }
        if self.closes() && self.given() != Some(Preset::Reader) {
            let message = "--close-public is for --preset reader: only who must not write has to be kept from it";
            return Err(Error::new(ErrorKind::Usage, message));
        }
        match &self.deed {
            Deed::Create { preset, .. } | Deed::Grant { preset, .. } => self.refuse_contradiction(*preset, wish),
            Deed::Revoke { .. } if *role == wish.owner => {
                let message = format!(
                    "role {role} is the owner of database {}: what it owns cannot be taken from it by REVOKE",
                    wish.database
                );
                Err(Error::new(ErrorKind::Refused, message).hint("see who may do what: mainstay role list"))
            }
            Deed::Revoke { .. } => Ok(()),
            Deed::Drop { reassign_to } => self.refuse_drop(reassign_to.as_deref(), wish),
        }
    }

    fn refuse_contradiction(&self, preset: Preset, wish: &Wish) -> Result<()> {
        let role = &self.role;
        if *role == wish.owner {
            let message =
                format!("role {role} is the owner of database {}, which has every right there", wish.database);
            return Err(
                Error::new(ErrorKind::Refused, message).hint("create it where it is missing: mainstay bootstrap")
            );
        }
        if *role == wish.app && preset != Preset::App {
            let message =
                format!("role {role} is what the service logs in as: as {} it would have other rights", preset.name());
            return Err(Error::new(ErrorKind::Refused, message).hint(format!(
                "choose another name: mainstay role create {role}_{} --preset {}",
                preset.name(),
                preset.name()
            )));
        }
        Ok(())
    }

    fn refuse_drop(&self, reassign_to: Option<&str>, wish: &Wish) -> Result<()> {
        let role = &self.role;
        let named = [
            (*role == wish.owner, "owner", "owns"),
            (*role == wish.app, "app", "is what the service logs in to"),
            (wish.readers.contains(role), "readers", "is a configured reader of"),
        ];
        if let Some((_, key, verb)) = named.into_iter().find(|(is, ..)| *is) {
            let message = format!("role {role} {verb} database {}: it is not dropped", wish.database);
            return Err(Error::new(ErrorKind::Refused, message).hint(format!(
                "bootstrap would make it again: name another `{key}` under [database] in mainstay.toml first"
            )));
        }
        if reassign_to == Some(role) {
            let message = format!("what {role} owns cannot be given to {role} itself");
            return Err(Error::new(ErrorKind::Usage, message).hint(format!(
                "mainstay role drop {} --reassign-to {}",
                ident(role),
                ident(&wish.owner)
            )));
        }
        Ok(())
    }
}
