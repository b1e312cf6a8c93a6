//! A database that is to be copied, as its server speaks of it.

use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::literal;

/// What the server says of a database, and of what the role connected as may do with it.
#[derive(Clone, Debug)]
pub(crate) struct Original {
    name: String,
    /// The role connected as.
    pub(crate) user: String,
    /// The database's bytes; 0 where we may not know.
    pub(crate) bytes: u64,
    /// Its owner, where we may make another database for that role.
    pub(crate) owner: Option<String>,
    /// Whether we may make databases.
    pub(crate) may_create: bool,
    /// Whether the server lets us copy it.
    may_copy: bool,
    /// Sessions on it, without our own.
    pub(crate) others: u64,
    /// Transactions that were prepared in it, and are neither committed nor rolled back.
    prepared: u64,
    /// Whether it is in no encoding.
    #[cfg(feature = "backup")]
    pub(crate) unencoded: bool,
    /// Whether it lies in the server's data folder, in no tablespace of its own.
    pub(crate) in_data_folder: bool,
    /// Whether the server follows another one, and makes no databases.
    pub(crate) on_standby: bool,
}

impl Original {
    /// Asks for the database `name`; `session` is on any database of its server.
    ///
    /// # Errors
    /// There is none ([`ErrorKind::DatabaseMissing`]); the connection broke.
    pub(crate) async fn ask(session: &mut dyn Session, name: &str) -> Result<Self> {
        let rows = session
            .query(&format!(
                "SELECT r.rolname, \
                   CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') THEN pg_catalog.pg_database_size(d.oid) END, \
                   CASE WHEN pg_catalog.pg_has_role(SESSION_USER, d.datdba, 'MEMBER') \
                     THEN pg_catalog.pg_get_userbyid(d.datdba) END, \
                   (r.rolcreatedb OR r.rolsuper)::int, \
                   (d.datistemplate OR r.rolsuper OR pg_catalog.pg_has_role(SESSION_USER, d.datdba, 'USAGE'))::int, \
                   (SELECT count(*) FROM pg_catalog.pg_stat_activity a \
                     WHERE a.datid = d.oid AND a.pid <> pg_catalog.pg_backend_pid() AND a.usesysid IS NOT NULL), \
                   (SELECT count(*) FROM pg_catalog.pg_prepared_xacts p WHERE p.database = d.datname), \
                   (pg_catalog.pg_encoding_to_char(d.encoding) = 'SQL_ASCII')::int, \
                   (d.dattablespace = (SELECT t.oid FROM pg_catalog.pg_tablespace t WHERE t.spcname = 'pg_default'))::int, \
                   pg_catalog.pg_is_in_recovery()::int \
                 FROM pg_catalog.pg_database d, pg_catalog.pg_roles r \
                 WHERE d.datname = {} AND r.rolname = SESSION_USER",
                literal(name)
            ))
            .await?;
        let Some(row) = rows.first() else {
            return Err(Error::new(ErrorKind::DatabaseMissing, format!("there is no database {name}"))
                .hint("see which one is meant: mainstay conn show"));
        };
        let text = |at: usize| row.get(at).cloned().flatten();
        let number = |at: usize| text(at).and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Self {
            name: name.to_owned(),
            user: text(0).unwrap_or_default(),
            bytes: number(1),
            owner: text(2),
            may_create: number(3) == 1,
            may_copy: number(4) == 1,
            others: number(5),
            prepared: number(6),
            #[cfg(feature = "backup")]
            unencoded: number(7) == 1,
            in_data_folder: number(8) == 1,
            on_standby: number(9) == 1,
        })
    }

    /// # Errors
    /// [`ErrorKind::Refused`]: the server will not copy the database for us; the message is a clause.
    pub(crate) fn refuse_copy(&self) -> Result<()> {
        let Self { name, user, .. } = self;
        let message = match self.others {
            _ if self.on_standby => "the server is a standby".to_owned(),
            _ if !self.may_create => format!("{user} may not make databases"),
            _ if !self.may_copy => format!("{user} does not own {name}"),
            0 if self.prepared > 0 => "a prepared transaction is open in it".to_owned(),
            0 => return Ok(()),
            1 => "1 other session is connected to it".to_owned(),
            others => format!("{others} other sessions are connected to it"),
        };
        Err(Error::new(ErrorKind::Refused, message))
    }

    /// The owner of a copy, where it is not the role connected as.
    pub(crate) fn other_owner(&self) -> Option<&str> {
        self.owner.as_deref().filter(|owner| *owner != self.user)
    }
}
