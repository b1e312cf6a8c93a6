//! What the server has of what an archive needs, asked before anything starts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::conn::PostgresTarget;
use crate::engine::{Row, Session};
use crate::error::Result;
use crate::sql::literal;

/// What is asked about.
pub(super) struct Question<'a> {
    pub(super) roles: &'a [String],
    pub(super) extensions: &'a [String],
    pub(super) tablespaces: &'a [String],
    pub(super) databases: &'a [String],
}

impl<'a> Question<'a> {
    /// About roles alone.
    pub(super) fn of_roles(roles: &'a [String]) -> Self {
        Self { roles, extensions: &[], tablespaces: &[], databases: &[] }
    }
}

/// What the server has.
#[derive(Debug, Default)]
pub(super) struct World {
    /// The server's version as a number.
    pub(super) version: u32,
    /// The role connected as.
    pub(super) me: String,
    pub(super) superuser: bool,
    pub(super) may_create_databases: bool,
    /// Roles that are there, and whether objects may be given to them.
    pub(super) roles: BTreeMap<String, bool>,
    /// Extensions that the server has, and whether they may be made here.
    pub(super) extensions: BTreeMap<String, bool>,
    pub(super) tablespaces: BTreeSet<String>,
    /// Databases that are there, and their owners.
    pub(super) databases: BTreeMap<String, String>,
    /// The server's data folder, where it may be known.
    data_folder: Option<String>,
    rows: Vec<Row>,
}

impl World {
    /// Asks.
    pub(super) async fn read(session: &mut dyn Session, question: &Question<'_>) -> Result<Self> {
        let version = session.server().version_number;
        // Since 16 a membership says by itself whether it allows SET ROLE, which giving an object away needs.
        let becoming = if version >= 160_000 { "SET" } else { "MEMBER" };
        let sql = format!(
            "SELECT 'me', rolname::text, rolsuper::text, rolcreatedb::text FROM pg_catalog.pg_roles WHERE rolname = current_user
UNION ALL SELECT 'role', rolname::text, pg_catalog.pg_has_role(oid, '{becoming}')::text, NULL FROM pg_catalog.pg_roles WHERE rolname IN ({})
UNION ALL SELECT 'extension', a.name::text, (v.trusted OR NOT v.superuser)::text, NULL FROM pg_catalog.pg_available_extensions a
  JOIN pg_catalog.pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version WHERE a.name IN ({})
UNION ALL SELECT 'tablespace', spcname::text, NULL, NULL FROM pg_catalog.pg_tablespace WHERE spcname IN ({})
UNION ALL SELECT 'database', datname::text, pg_catalog.pg_get_userbyid(datdba)::text, NULL FROM pg_catalog.pg_database WHERE datname IN ({})
UNION ALL SELECT 'folder', setting, NULL, NULL FROM pg_catalog.pg_settings WHERE name = 'data_directory'
ORDER BY 1, 2",
            list(question.roles),
            list(question.extensions),
            list(question.tablespaces),
            list(question.databases)
        );
        let rows = session.query(&sql).await?;
        let mut world = Self { version, ..Self::default() };
        for row in &rows {
            let cell = |at: usize| row.get(at).and_then(Clone::clone).unwrap_or_default();
            let (name, yes) = (cell(1), matches!(cell(2).as_str(), "t" | "true"));
            match cell(0).as_str() {
                "me" => {
                    (world.me, world.superuser) = (name, yes);
                    world.may_create_databases = yes || matches!(cell(3).as_str(), "t" | "true");
                }
                "role" => drop(world.roles.insert(name, yes)),
                "extension" => drop(world.extensions.insert(name, yes || world.superuser)),
                "tablespace" => drop(world.tablespaces.insert(name)),
                "database" => drop(world.databases.insert(name, cell(2))),
                _ => world.data_folder = Some(name),
            }
        }
        // `extension` sorts before `me`.
        if world.superuser {
            world.extensions.values_mut().for_each(|may| *may = true);
        }
        world.rows = rows;
        Ok(world)
    }

    /// The data folder of the server of `target`, where it may be known and is on this machine.
    pub(super) fn folder_here(&self, target: &PostgresTarget) -> Option<&Path> {
        self.data_folder.as_deref().filter(|_| target.is_on_this_machine()).map(Path::new)
    }

    /// The state that a plan assumes: the same for the same answers.
    pub(super) fn hash_into(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.version.to_le_bytes());
        for value in self.rows.iter().flatten() {
            let value = value.as_deref().unwrap_or_default();
            hasher.update(&(value.len() as u64).to_le_bytes());
            hasher.update(value.as_bytes());
        }
    }
}

/// Literals with commas; NULL for none, which nothing is equal to.
fn list(names: &[String]) -> String {
    match names {
        [] => "NULL".to_owned(),
        names => names.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", "),
    }
}
