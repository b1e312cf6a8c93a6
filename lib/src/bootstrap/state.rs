//! What is there, as the server tells it.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Row;

/// What is there of a wish, from the rows that [`facts`](super::facts) asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The server's version, 150018 for 15.18.
    pub version: u32,
    /// Roles of the wish that exist, with their flags.
    pub roles: BTreeMap<String, BTreeSet<String>>,
    /// The database, if it exists.
    pub database: Option<Database>,
    /// What is inside it; `None` while it does not exist.
    pub inside: Option<Inside>,
    /// Extensions of the wish that the server could create, with how; `None` where nobody asked.
    pub offered: Option<BTreeMap<String, Offer>>,
    /// The role that asked; superuser where nobody asked.
    pub me: Me,
    rows: Vec<Row>,
}

/// The database as the cluster knows it.
#[derive(Clone, Debug, Default)]
pub(super) struct Database {
    pub owner: String,
    pub encoding: String,
    /// PUBLIC may create temporary tables.
    pub public_temp: bool,
    /// Roles that may not connect.
    pub no_connect: BTreeSet<String>,
    /// Roles that may not create temporary tables.
    pub no_temp: BTreeSet<String>,
}

/// What is inside the database.
#[derive(Clone, Debug, Default)]
pub(super) struct Inside {
    /// The schema of the wish is there.
    pub has_schema: bool,
    pub extensions: BTreeSet<String>,
    /// PUBLIC may create in schema `public`.
    pub public_creates: bool,
    /// Schema `public` belongs to the owner, directly or as `pg_database_owner`.
    pub public_owned: bool,
    /// The owner may not create in schema `public`, by whatever way.
    pub owner_shut_out: bool,
    /// By role: quoted names, comma-separated, of what its grants do not reach.
    pub schemas: BTreeMap<String, String>,
    pub tables: BTreeMap<String, String>,
    pub sequences: BTreeMap<String, String>,
    /// What the owner's future objects grant by default: (kind, role, privilege).
    pub defaults: BTreeSet<(String, String, String)>,
    /// Other roles with tables in the owner's schemas, and how many.
    pub strangers: BTreeMap<String, String>,
}

/// How an extension can be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// By any role that may create in the database.
    Trusted,
    /// By a superuser only.
    Superuser,
}

/// The role that asked, and what it may do.
#[derive(Clone, Debug)]
pub(super) struct Me {
    pub name: String,
    pub superuser: bool,
    pub createrole: bool,
    pub createdb: bool,
    /// Roles that it may become.
    pub becomes: BTreeSet<String>,
    /// Roles that it may grant and alter.
    pub administers: BTreeSet<String>,
}

impl Default for Me {
    fn default() -> Self {
        Self {
            name: "postgres".into(),
            superuser: true,
            createrole: true,
            createdb: true,
            becomes: BTreeSet::new(),
            administers: BTreeSet::new(),
        }
    }
}

impl State {
    /// The state of a server on which nothing of the wish exists.
    pub fn of_nothing(version: u32) -> Self {
        Self { version, ..Self::default() }
    }

    /// From the rows of the target database, or of the maintenance database while there is none (`database`), and
    /// those on the role that asks (`me`).
    pub fn new(version: u32, database: Vec<Row>, me: Option<Vec<Row>>) -> Self {
        let mut state = Self::of_nothing(version);
        for row in &database {
            state.take(row);
        }
        for row in me.iter().flatten() {
            state.take_me(row);
        }
        // Who asks does not belong to the state that a plan assumes: another administrator may apply it.
        state.rows = database;
        state.rows.sort();
        state
    }

    /// Is this role there?
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains_key(role)
    }

    /// Has this role the flag?
    pub fn is(&self, role: &str, flag: &str) -> bool {
        self.roles.get(role).is_some_and(|flags| flags.contains(flag))
    }

    /// Hash of what was read; equal states have equal hashes.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.version.to_le_bytes());
        for row in &self.rows {
            for value in row {
                // Lengths keep values apart that would otherwise run together.
                let value = value.as_deref().unwrap_or_default();
                hasher.update(&(value.len() as u64).to_le_bytes());
                hasher.update(value.as_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    fn take(&mut self, row: &Row) {
        let [kind, name, value, more] = texts(row);
        match kind.as_str() {
            "role" => drop(self.roles.insert(name, words(&value))),
            "database" => {
                let database = self.database.get_or_insert_default();
                database.owner = name;
                database.encoding = value;
                database.public_temp = more == "temp";
            }
            "no-connect" => drop(self.database.get_or_insert_default().no_connect.insert(name)),
            "no-temp" => drop(self.database.get_or_insert_default().no_temp.insert(name)),
            _ => self.take_inside([kind, name, value, more]),
        }
    }

    fn take_inside(&mut self, [kind, name, value, more]: [String; 4]) {
        let inside = self.inside.get_or_insert_default();
        match kind.as_str() {
            "schema" => inside.has_schema = true,
            "extension" => drop(inside.extensions.insert(name)),
            "public" => {
                inside.public_creates = value.contains("everybody");
                inside.owner_shut_out = value.contains("shut-out");
                inside.public_owned = value.contains("owned");
            }
            "schemas" => drop(inside.schemas.insert(name, value)),
            "tables" => drop(inside.tables.insert(name, value)),
            "sequences" => drop(inside.sequences.insert(name, value)),
            "default" => drop(inside.defaults.insert((name, value, more))),
            "stranger" => drop(inside.strangers.insert(name, value)),
            // `inside` itself says only that somebody looked.
            _ => {}
        }
    }

    fn take_me(&mut self, row: &Row) {
        let [kind, name, value, _] = texts(row);
        match kind.as_str() {
            "me" => {
                let flags = words(&value);
                self.me = Me {
                    name,
                    superuser: flags.contains("superuser"),
                    createrole: flags.contains("createrole"),
                    createdb: flags.contains("createdb"),
                    becomes: std::mem::take(&mut self.me.becomes),
                    administers: std::mem::take(&mut self.me.administers),
                };
            }
            "becomes" => drop(self.me.becomes.insert(name)),
            "administers" => drop(self.me.administers.insert(name)),
            "offer" => {
                let offer = if value == "trusted" { Offer::Trusted } else { Offer::Superuser };
                self.offered.get_or_insert_default().insert(name, offer);
            }
            "offers" => drop(self.offered.get_or_insert_default()),
            _ => {}
        }
    }
}

fn texts(row: &Row) -> [String; 4] {
    std::array::from_fn(|at| row.get(at).cloned().flatten().unwrap_or_default())
}

fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
