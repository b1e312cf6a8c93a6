//! How many of a server's connections are in use, and by whom.

use serde::Serialize;

use crate::engine::{Row, Session};
use crate::error::Result;
use crate::sql::literal;

/// A limit, and how much of it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Connections in use.
    pub used: u64,
    /// Connections that there may be.
    pub limit: u64,
}

impl Share {
    /// Four fifths or more are in use.
    pub fn is_tight(self) -> bool {
        self.used * 5 >= self.limit * 4
    }
}

/// Connections of one program as one role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// `application_name`; empty where the program gives none.
    pub program: String,
    /// The role.
    pub role: String,
    /// How many.
    pub count: u64,
}

/// Connections in use, of the limits that hold for one role on one database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Of `max_connections`.
    pub server: Share,
    /// How many of these only superusers and the like get.
    pub reserved: u64,
    /// Of the role's own limit, where it has one.
    pub role: Option<Share>,
    /// Of the database's own limit, where it has one.
    pub database: Option<Share>,
    /// Who has them, most first.
    pub by: Vec<Group>,
}

/// Programs and roles that are named; the rest is counted.
const NAMED: usize = 3;

impl Usage {
    /// What holds for `role` on `database`. Any role may ask: names and roles of other people's sessions are no secret.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn ask(session: &mut dyn Session, role: &str, database: &str) -> Result<Self> {
        let rows = session.query(&query(role, database)).await?;
        Ok(Self::of(&rows))
    }

    fn of(rows: &[Row]) -> Self {
        let number = |row: &Row, at: usize| -> Option<u64> { row.get(at)?.as_deref()?.parse().ok() };
        let text = |row: &Row, at: usize| row.get(at).cloned().flatten().unwrap_or_default();
        let group = |row| Some(Group { program: text(row, 6), role: text(row, 7), count: number(row, 8)? });
        let by: Vec<Group> = rows.iter().filter_map(group).collect();
        let once = |at: usize| rows.first().and_then(|row| number(row, at));
        let own = |limit: usize| Some(Share { limit: once(limit)?, used: once(limit + 1)? });
        Self {
            server: Share { used: by.iter().map(|group| group.count).sum(), limit: once(0).unwrap_or_default() },
            reserved: once(1).unwrap_or_default(),
            role: own(2),
            database: own(4),
            by,
        }
    }

    /// Whether any of the limits is nearly used up; what is reserved is for nobody else.
    pub fn is_tight(&self) -> bool {
        let free_for_all = Share { limit: self.server.limit.saturating_sub(self.reserved), ..self.server };
        [Some(free_for_all), self.role, self.database].into_iter().flatten().any(Share::is_tight)
    }

    /// `17 of 20 connections (3 reserved)`, and the role's and the database's own where they have limits.
    pub fn counts(&self) -> String {
        let own =
            |share: Option<Share>, whose| share.map(|own| format!(", {} of {} of the {whose}", own.used, own.limit));
        let Share { used, limit } = self.server;
        let reserved = self.reserved;
        let (role, database) = (own(self.role, "role"), own(self.database, "database"));
        format!(
            "{used} of {limit} connections ({reserved} reserved){}{}",
            role.unwrap_or_default(),
            database.unwrap_or_default()
        )
    }

    /// `17 by tomato as tomato, 2 by psql as alice, 1 by others`.
    pub fn holders(&self) -> String {
        let named = self.by.iter().take(NAMED).map(|group| {
            let program = if group.program.is_empty() { "a nameless program" } else { &group.program };
            format!("{} by {program} as {}", group.count, group.role)
        });
        let rest: u64 = self.by.iter().skip(NAMED).map(|group| group.count).sum();
        let others = (rest > 0).then(|| format!("{rest} by others"));
        named.chain(others).collect::<Vec<_>>().join(", ")
    }
}

/// A row for each program and role, or one with neither: `max_connections`, how many of these are reserved, the role's limit
/// and use, the database's limit and use; then program, role, how many. The session that asks does not count, and one whose
/// kind may not be seen counts as a client.
fn query(role: &str, database: &str) -> String {
    let (role, database) = (literal(role), literal(database));
    format!(
        "WITH client AS (SELECT application_name, usename, datname FROM pg_catalog.pg_stat_activity
           WHERE usename IS NOT NULL AND datname IS NOT NULL AND pid <> pg_catalog.pg_backend_pid()
             AND coalesce(backend_type, 'client backend') = 'client backend'),
         holder AS (SELECT application_name, usename, count(*) AS sessions FROM client GROUP BY 1, 2)
         SELECT current_setting('max_connections'),
           current_setting('superuser_reserved_connections')::int
             + coalesce(current_setting('reserved_connections', true), '0')::int,
           (SELECT rolconnlimit FROM pg_catalog.pg_roles WHERE rolname = {role} AND rolconnlimit >= 0 AND NOT rolsuper),
           (SELECT count(*) FROM client WHERE usename = {role}),
           (SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = {database} AND datconnlimit >= 0),
           (SELECT count(*) FROM client WHERE datname = {database}),
           application_name, usename, sessions
         FROM (VALUES (1)) AS always LEFT JOIN holder ON true ORDER BY sessions DESC NULLS LAST, 7, 8"
    )
}
