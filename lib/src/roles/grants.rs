//! What a preset gives, as far as it is missing.

use super::facts::LARGE_OBJECT_DEFAULTS;
use super::state::{Facts, Tomorrow};
use super::step::{Need, Needed, on_objects, step, step_as};
use super::{Change, Deed, PASSWORD_VARIABLE, Password, Preset, open};
use crate::bootstrap::password::clause;
use crate::bootstrap::{MEMBERSHIP_OPTIONS, Wish, access};
use crate::sql::ident;

/// The belt of a role that only reads; its grants are the braces.
const READ_ONLY: &str = "default_transaction_read_only";

/// What is missing, in the order in which it can be given.
pub(super) fn needed(change: &Change, preset: Preset, wish: &Wish, facts: &Facts) -> Vec<Needed> {
    let giver = Giver { change, preset, wish, facts, role: &change.role, quoted: ident(&change.role) };
    let mut steps = giver.role();
    if facts.is("superuser") {
        return steps;
    }
    // First of all, so that not for a moment there is a reader that could write.
    if change.closes() {
        steps.splice(0..0, open::closing(wish, facts));
    }
    steps.extend(giver.settings());
    steps.extend(giver.connect());
    steps.extend(giver.group());
    steps.extend(giver.row_security());
    // In this order, nothing that is created meanwhile falls between the two.
    steps.extend(giver.tomorrow());
    steps.extend(giver.today());
    steps.extend(giver.app_only());
    steps
}

struct Giver<'a> {
    change: &'a Change,
    preset: Preset,
    wish: &'a Wish,
    facts: &'a Facts,
    role: &'a str,
    quoted: String,
}

impl Giver<'_> {
    fn role(&self) -> Vec<Needed> {
        let Deed::Create { password, .. } = &self.change.deed else { return Vec::new() };
        let (role, quoted) = (self.role, &self.quoted);
        let clause = clause(PASSWORD_VARIABLE);
        let mut steps = Vec::new();
        if !self.facts.exists() {
            let clause = if *password == Password::Never { "" } else { &clause };
            let sql = format!("CREATE ROLE {quoted} LOGIN{clause}");
            let title = format!("create role {role}, {}", self.preset.purpose());
            return vec![step(title, vec![sql], vec![Need::CreateRole])];
        }
        let needs = || vec![Need::CreateRole, Need::AdminOfRole];
        if !self.facts.is("login") {
            steps.push(step(format!("let role {role} log in"), vec![format!("ALTER ROLE {quoted} LOGIN")], needs()));
        }
        if *password == Password::Always {
            let sql = format!("ALTER ROLE {quoted}{clause}");
            steps.push(step(format!("give role {role} a new password"), vec![sql], needs()));
        }
        steps
    }

    /// A new reader starts its transactions read-only; a role that is to write does not. An owner's new objects are the owner's.
    fn settings(&self) -> Vec<Needed> {
        let (role, quoted, database) = (self.role, &self.quoted, ident(&self.wish.database));
        let needs = || vec![Need::CreateRole, Need::AdminOfRole];
        let alter = |rest: String| vec![format!("ALTER ROLE {quoted} IN DATABASE {database} {rest}")];
        let now = |name: &str| self.facts.settings.get(name).map(|(value, _)| value.as_str());
        let fresh = !self.facts.exists();
        let mut steps = Vec::new();
        match self.preset {
            Preset::Reader if fresh => {
                let title = format!("start the transactions of {role} read-only");
                steps.push(step(title, alter(format!("SET {READ_ONLY} = on")), vec![Need::CreateRole]));
            }
            Preset::App | Preset::Owner if now(READ_ONLY) == Some("on") => {
                let title = format!("no longer start the transactions of {role} read-only");
                steps.push(step(title, alter(format!("SET {READ_ONLY} = off")), needs()));
            }
            _ => {}
        }
        if self.preset == Preset::Owner && now("role") != Some(&self.wish.owner) {
            let needs = if fresh { vec![Need::CreateRole] } else { needs() };
            let title =
                format!("let {role} act as {} from the start, so that what it creates is the owner's", self.wish.owner);
            steps.push(step(title, alter(format!("SET role = {}", crate::sql::literal(&self.wish.owner))), needs));
        }
        steps
    }

    fn connect(&self) -> Option<Needed> {
        let database = &self.wish.database;
        let sql = format!("GRANT CONNECT ON DATABASE {} TO {}", ident(database), self.quoted);
        (!self.facts.database.contains("connect")).then(|| {
            let statements = vec![(self.facts.database_owner.clone(), sql)];
            step_as(format!("let {} connect to {database}", self.role), statements, self.facts)
        })
    }

    fn group(&self) -> Option<Needed> {
        let group = self.preset.group(&self.wish.owner, self.facts.version)?;
        if self.facts.member_of.contains(group) {
            return None;
        }
        let options = if self.facts.version >= MEMBERSHIP_OPTIONS { " WITH INHERIT TRUE, SET TRUE" } else { "" };
        let sql = format!("GRANT {} TO {}{options}", ident(group), self.quoted);
        let title = format!("make {} a member of {group}", self.role);
        Some(step(title, vec![sql], vec![Need::AdminOf(group.to_owned())]))
    }

    /// pg_dump stops at a table whose policies it would be subject to.
    fn row_security(&self) -> Option<Needed> {
        let wants = self.preset == Preset::Backup && self.facts.database.contains("row-security");
        (wants && !self.facts.is("bypassrls")).then(|| {
            let title = format!("let {} read all rows where tables have row security", self.role);
            step(title, vec![format!("ALTER ROLE {} BYPASSRLS", self.quoted)], vec![Need::Superuser])
        })
    }

    /// Grants on what those who create here will create: they hold for the role that creates, so they name it.
    fn tomorrow(&self) -> Option<Needed> {
        let writes = self.preset.writes(self.facts.version);
        let mut kinds = Vec::new();
        if let Some(writes) = writes {
            kinds.extend([("n", "SCHEMAS", "USAGE"), ("r", "TABLES", access::on_tables(writes))]);
            kinds.push(("S", "SEQUENCES", access::on_sequences(writes)));
        }
        if self.preset == Preset::Backup && self.facts.version >= LARGE_OBJECT_DEFAULTS {
            kinds.push(("L", "LARGE OBJECTS", "SELECT"));
        }
        let has = |creator: &str, kind: &str, right: &str| {
            let wanted =
                Tomorrow { creator: creator.into(), schema: String::new(), kind: kind.into(), right: right.into() };
            self.facts.defaults.contains(&wanted)
        };
        let mut statements = Vec::new();
        for creator in self.facts.creators.keys() {
            for (kind, objects, rights) in &kinds {
                if !rights.split(", ").all(|right| has(creator, kind, right)) {
                    let (of, to) = (ident(creator), &self.quoted);
                    let sql = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {of} GRANT {rights} ON {objects} TO {to}");
                    statements.push((creator.clone(), sql));
                }
            }
        }
        let creators: Vec<&str> = {
            let mut named: Vec<&str> = statements.iter().map(|(creator, _)| creator.as_str()).collect();
            named.dedup();
            named
        };
        let title = format!("let {} {} what {} will create", self.role, verb(writes), creators.join(", "));
        (!statements.is_empty()).then(|| step_as(title, statements, self.facts))
    }

    /// Grants on what is there.
    fn today(&self) -> Option<Needed> {
        let grant =
            |rights: &str, kind: &str, names: &str| format!("GRANT {rights} ON {kind} {names} TO {}", self.quoted);
        let statements = on_objects(&self.facts.lacking, grant);
        let title = format!("let {} {} what is there", self.role, verb(self.preset.writes(self.facts.version)));
        (!statements.is_empty()).then(|| step_as(title, statements, self.facts))
    }

    /// What everybody may do unless it was taken from everybody, and a service may need.
    fn app_only(&self) -> Vec<Needed> {
        let (role, quoted) = (self.role, &self.quoted);
        let mut steps = Vec::new();
        if self.preset == Preset::App && !self.facts.database.contains("temp") {
            let sql = format!("GRANT TEMPORARY ON DATABASE {} TO {quoted}", ident(&self.wish.database));
            let statements = vec![(self.facts.database_owner.clone(), sql)];
            steps.push(step_as(format!("let {role} create temporary tables"), statements, self.facts));
        }
        if !self.facts.closed.is_empty() {
            let sql = format!("GRANT EXECUTE ON FUNCTION {} TO {quoted}", self.facts.closed.join(", "));
            steps.push(step(format!("let {role} store large objects"), vec![sql], vec![Need::Superuser]));
        }
        steps
    }
}

fn verb(writes: Option<bool>) -> &'static str {
    if writes == Some(true) { "read and write" } else { "read" }
}
