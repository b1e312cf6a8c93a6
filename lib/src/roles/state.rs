//! What there is, as the server tells it.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Row;

/// What there is of one role, from the rows that [`facts`](super::facts) asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// The server's version, 150018 for 15.18.
    pub version: u32,
    /// Who asks, and its attributes.
    pub me: (String, Flags),
    /// The role's attributes; `None` where it is not there.
    pub role: Option<Flags>,
    /// Roles that it is a member of.
    pub member_of: BTreeSet<String>,
    /// The service's own roles and those that presets make members of, with what we may do with them.
    pub groups: BTreeMap<String, Flags>,
    /// Its settings: name, value, and whether they hold in every database.
    pub settings: BTreeMap<String, (String, bool)>,
    /// Roles that create objects here, and whether we may act as them.
    pub creators: BTreeMap<String, bool>,
    /// Who owns the database.
    pub database_owner: String,
    /// What the role may do with it.
    pub database: Flags,
    /// Objects on which it lacks something.
    pub lacking: Vec<Lacking>,
    /// What others' future objects grant it.
    pub defaults: BTreeSet<Tomorrow>,
    /// What it can write to.
    pub open: Vec<Open>,
    /// Functions that everybody else may call.
    pub closed: Vec<String>,
    /// What was granted to it by name.
    pub held: Vec<Held>,
    /// What keeps it from going.
    pub ties: Vec<Tie>,
    /// Its open sessions.
    pub sessions: u64,
    /// The role that is to get its objects is there.
    pub heir: bool,
    rows: Vec<Row>,
}

pub(super) type Flags = BTreeSet<String>;

/// An object on which the role lacks something.
#[derive(Clone, Debug)]
pub(super) struct Lacking {
    /// `SCHEMA`, `TABLE`, `SEQUENCE`, `LARGE OBJECT`.
    pub kind: &'static str,
    /// Its name as SQL has it.
    pub name: String,
    /// Who grants it.
    pub owner: String,
    /// The privileges, separated by `, `.
    pub rights: String,
}

/// One privilege on future objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tomorrow {
    /// Whose objects.
    pub creator: String,
    /// In which schema, as SQL has it; empty for all.
    pub schema: String,
    /// The kind as `pg_default_acl` has it.
    pub kind: String,
    /// The privilege.
    pub right: String,
}

/// Something that the role can write to.
#[derive(Clone, Debug)]
pub(super) struct Open {
    /// `may-temp`, `may-create` …
    pub kind: String,
    /// The object as SQL has it.
    pub name: String,
    /// Who can grant and revoke it.
    pub owner: String,
    /// Who holds the right: `public`, which no role is called, for everybody; the role; or a group that it is a member of.
    pub holder: String,
    /// The privileges; for a function its kind.
    pub rights: String,
}

/// One privilege granted by name.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub kind: String,
    pub name: String,
    pub right: String,
    pub grantor: String,
}

/// Something that a role which is to go owns or was granted.
#[derive(Clone, Debug)]
pub(super) struct Tie {
    /// Another database; `None` for this one and for what all databases share.
    pub database: Option<String>,
    /// It owns it; else it was granted something on it.
    pub owns: bool,
    /// How many objects.
    pub count: String,
    /// What they are, where they are here.
    pub names: Vec<String>,
}

impl Open {
    /// Everybody can.
    pub fn public(&self) -> bool {
        self.holder == "public"
    }
}

impl Facts {
    /// From the answer to [`facts::of`](super::facts::of).
    pub fn new(version: u32, rows: Vec<Row>) -> Self {
        let mut facts = Self { version, ..Self::default() };
        for row in &rows {
            facts.take(std::array::from_fn(|at| row.get(at).cloned().flatten().unwrap_or_default()));
        }
        // Who asks, and who is connected, does not belong to the state that a plan assumes.
        facts.rows = rows;
        facts.rows.retain(|row| !matches!(row[0].as_deref(), Some("me" | "session")));
        facts.rows.sort();
        facts
    }

    /// Is the role there?
    pub fn exists(&self) -> bool {
        self.role.is_some()
    }

    /// Has the role this attribute?
    pub fn is(&self, flag: &str) -> bool {
        self.role.as_ref().is_some_and(|flags| flags.contains(flag))
    }

    /// Is it we who have this attribute?
    pub fn am(&self, flag: &str) -> bool {
        self.me.1.contains(flag)
    }

    /// Hash of what was read; equal states have equal hashes.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.version.to_le_bytes());
        for value in self.rows.iter().flatten() {
            // Lengths keep values apart that would otherwise run together.
            let value = value.as_deref().unwrap_or_default();
            hasher.update(&(value.len() as u64).to_le_bytes());
            hasher.update(value.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    fn take(&mut self, [kind, a, b, c, d]: [String; 5]) {
        let lacking = |kind, name, owner, rights| Lacking { kind, name, owner, rights };
        match kind.as_str() {
            "me" => self.me = (a, words(&b)),
            "role" => self.role = Some(words(&b)),
            "member" => drop(self.member_of.insert(a)),
            "group" => drop(self.groups.insert(a, words(&b))),
            // One for this database goes before one for all.
            "setting" if c.is_empty() || !self.settings.contains_key(&a) => {
                self.settings.insert(a, (b, !c.is_empty()));
            }
            "creator" => drop(self.creators.insert(a, b == "ours")),
            "database" => (self.database_owner, self.database) = (a, words(&b)),
            "schema" => self.lacking.push(lacking("SCHEMA", a, b, c)),
            "table" => self.lacking.push(lacking("TABLE", a, b, c)),
            "sequence" => self.lacking.push(lacking("SEQUENCE", a, b, c)),
            "large" => self.lacking.push(lacking("LARGE OBJECT", a, b, c)),
            "default" => drop(self.defaults.insert(Tomorrow { creator: a, schema: b, kind: c, right: d })),
            "closed" => self.closed.push(a),
            "held" => self.held.push(Held { kind: a, name: b, right: c, grantor: d }),
            "tie" => self.ties.push(Tie {
                database: Some(a).filter(|name| !name.is_empty()),
                owns: b == "owns",
                count: c,
                names: d.lines().map(str::to_owned).collect(),
            }),
            "session" => self.sessions = a.parse().unwrap_or_default(),
            "heir" => self.heir = true,
            _ if kind.starts_with("may-") => {
                self.open.push(Open { kind, name: a, owner: b, holder: c, rights: d });
            }
            _ => {}
        }
    }
}

fn words(text: &str) -> Flags {
    text.split_whitespace().map(str::to_owned).collect()
}
