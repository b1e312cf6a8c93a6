//! From what is there and what should be to the steps between.

use super::access;
use super::facts::MEMBERSHIP_OPTIONS;
use super::password;
use super::state::{Inside, Offer, State};
use super::{PASSWORD_VARIABLE, Wish, rights::Need};
use crate::plan::{Action, Plan, PlanKind, SqlStep, Step};
use crate::sql::{ident, literal};

/// From this version on PUBLIC may not create in schema `public`, which belongs to the database's owner.
const OWNED_PUBLIC: u32 = 150_000;

/// A step and the rights that it takes.
#[derive(Clone, Debug)]
pub(super) struct Needed {
    pub step: Step,
    pub needs: Vec<Need>,
}

/// The plan for an administrator who may be somebody else than the one who asks.
pub(super) fn plan(wish: &Wish, state: &State) -> Plan {
    Plan {
        kind: PlanKind::Bootstrap,
        database: wish.database.clone(),
        state: state.hash(),
        steps: needed(wish, state).into_iter().map(|needed| needed.step).collect(),
    }
}

/// What is missing, in the order in which it can be made.
pub(super) fn needed(wish: &Wish, state: &State) -> Vec<Needed> {
    let planner = Planner { wish, state };
    let created = planner.database();
    let mut inside = planner.inside();
    let mut steps = planner.roles();
    if created.is_some() || inside.iter().any(|needed| needed.needs.contains(&Need::Owner)) {
        steps.extend(planner.act_as_owner());
    }
    steps.extend(planner.membership());
    steps.extend(created);
    steps.append(&mut inside);
    steps
}

struct Planner<'a> {
    wish: &'a Wish,
    state: &'a State,
}

impl Planner<'_> {
    fn roles(&self) -> Vec<Needed> {
        let (wish, mut steps) = (self.wish, Vec::new());
        if wish.is_split() && !self.state.has(&wish.owner) {
            let sql = format!("CREATE ROLE {} NOLOGIN", ident(&wish.owner));
            let title = format!("create role {}, which owns and does not log in", wish.owner);
            steps.push(in_cluster(title, vec![sql], vec![Need::CreateRole]));
        }
        // Before 16 it is the member that says whether memberships are inherited, not the membership.
        let inherit = if wish.is_split() && self.state.version < MEMBERSHIP_OPTIONS { " NOINHERIT" } else { "" };
        let password = wish.app_password.as_ref().map(|_| password::clause(PASSWORD_VARIABLE)).unwrap_or_default();
        steps.extend(self.login(&wish.app, &format!("{inherit}{password}"), "which the service logs in as"));
        for reader in &wish.readers {
            steps.extend(self.login(reader, "", "which only reads"));
        }
        steps
    }

    fn login(&self, role: &str, clauses: &str, which: &str) -> Option<Needed> {
        if !self.state.has(role) {
            let sql = format!("CREATE ROLE {} LOGIN{clauses}", ident(role));
            return Some(in_cluster(format!("create role {role}, {which}"), vec![sql], vec![Need::CreateRole]));
        }
        let sql = format!("ALTER ROLE {} LOGIN", ident(role));
        let needs = vec![Need::CreateRole, Need::AdminOf(role.to_owned())];
        (!self.state.is(role, "login")).then(|| in_cluster(format!("let role {role} log in"), vec![sql], needs))
    }

    /// Lets an administrator who is no superuser become the owner, whose objects nobody else may grant.
    fn act_as_owner(&self) -> Option<Needed> {
        let (owner, me) = (&self.wish.owner, &self.state.me);
        let title = format!("let role {} act as {owner}", me.name);
        (self.is_delegate() && !me.becomes.contains(owner))
            .then(|| in_cluster(title, vec![self.grant_owner_to(&me.name)], vec![Need::AdminOf(owner.clone())]))
    }

    /// Lets the app become the owner for a migration, without having the owner's rights otherwise.
    fn membership(&self) -> Option<Needed> {
        let (wish, state) = (self.wish, self.state);
        let (owner, app) = (&wish.owner, &wish.app);
        // To hand out a superuser's rights, or to let them seep into an app that inherits, is nobody's wish.
        let harmless = !state.is(owner, "superuser") && !state.is(app, "superuser");
        let apart = state.version >= MEMBERSHIP_OPTIONS || !state.is(app, "inherit");
        (wish.is_split() && harmless && apart && !state.is(app, "becomes-owner")).then(|| {
            let title = format!("let role {app} become {owner} for migrations");
            in_cluster(title, vec![self.grant_owner_to(app)], vec![Need::AdminOf(owner.clone())])
        })
    }

    fn grant_owner_to(&self, member: &str) -> String {
        let options = if self.state.version >= MEMBERSHIP_OPTIONS { " WITH INHERIT FALSE, SET TRUE" } else { "" };
        format!("GRANT {} TO {}{options}", ident(&self.wish.owner), ident(member))
    }

    fn database(&self) -> Option<Needed> {
        let wish = self.wish;
        if self.state.database.is_some() {
            return None;
        }
        let locale = wish.locale.as_ref().map(|locale| format!(" LOCALE {}", literal(locale))).unwrap_or_default();
        let sql = format!(
            "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING {}{locale}",
            ident(&wish.database),
            ident(&wish.owner),
            literal(&wish.encoding)
        );
        let title = format!("create database {}", wish.database);
        let mut needed = in_cluster(title, vec![sql], vec![Need::CreateDatabase, Need::Owner]);
        if let Action::Sql(step) = &mut needed.step.action {
            step.transaction = false;
        }
        Some(needed)
    }

    fn inside(&self) -> Vec<Needed> {
        let fresh = self.fresh();
        let inside = self.state.inside.as_ref().unwrap_or(&fresh);
        let mut steps = Vec::new();
        steps.extend(self.connect());
        steps.extend(self.temporary());
        steps.extend(self.public(inside));
        steps.extend(self.extensions(inside));
        let app = self.wish.is_split().then_some((self.wish.app.as_str(), true));
        let readers = self.wish.readers.iter().map(|reader| (reader.as_str(), false));
        for (role, writes) in app.into_iter().chain(readers).filter(|(role, _)| !self.state.is(role, "superuser")) {
            // In this order, nothing that is created meanwhile falls between the two.
            steps.extend(self.tomorrow(inside, role, writes));
            steps.extend(self.today(inside, role, writes));
        }
        // After what the owner's future objects grant: the schema is the first of them.
        steps.extend(self.schema(inside));
        steps
    }

    /// What a database made from template0 has.
    fn fresh(&self) -> Inside {
        Inside {
            extensions: ["plpgsql".to_owned()].into(),
            public_creates: self.state.version < OWNED_PUBLIC,
            public_owned: self.state.version >= OWNED_PUBLIC,
            ..Inside::default()
        }
    }

    fn connect(&self) -> Option<Needed> {
        let roles = &self.state.database.as_ref()?.no_connect;
        let (names, quoted) = (join(roles.iter().cloned()), join(roles.iter().map(|role| ident(role))));
        let sql = format!("GRANT CONNECT ON DATABASE {} TO {quoted}", ident(&self.wish.database));
        (!roles.is_empty()).then(|| self.as_owner(format!("let {names} connect to {}", self.wish.database), vec![sql]))
    }

    /// A reader that creates temporary tables writes to the disk: PostgreSQL lets everybody do so by default.
    fn temporary(&self) -> Option<Needed> {
        let wish = self.wish;
        let public = self.state.database.as_ref().is_none_or(|database| database.public_temp);
        let app_lacks = self.state.database.as_ref().is_some_and(|database| database.no_temp.contains(&wish.app));
        if wish.readers.is_empty() || !(public || app_lacks) {
            return None;
        }
        let (database, app) = (ident(&wish.database), ident(&wish.app));
        let mut statements = vec![format!("GRANT TEMPORARY ON DATABASE {database} TO {app}")];
        let mut title = format!("let {} create temporary tables", wish.app);
        if public {
            statements.push(format!("REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC"));
            title = format!("let only {} create temporary tables, no longer every role", wish.app);
        }
        Some(self.as_owner(title, statements))
    }

    fn public(&self, inside: &Inside) -> Option<Needed> {
        let (wish, owner) = (self.wish, &self.wish.owner);
        // With one role for everything there is nobody to keep out, and what is there stays.
        let closes = inside.public_creates && (wish.is_split() || !wish.readers.is_empty());
        let mut statements = vec![format!("GRANT USAGE, CREATE ON SCHEMA public TO {}", ident(owner))];
        let mut title = format!("let {owner} create in schema public");
        if closes {
            statements.push("REVOKE CREATE ON SCHEMA public FROM PUBLIC".to_owned());
            title = format!("let only {owner} create in schema public, no longer every role");
        }
        (closes || inside.owner_shut_out).then(|| self.as_owner_of_public(inside, title, statements))
    }

    fn schema(&self, inside: &Inside) -> Option<Needed> {
        let schema = self.wish.schema.as_ref().filter(|_| !inside.has_schema)?;
        let sql = format!("CREATE SCHEMA {} AUTHORIZATION {}", ident(schema), ident(&self.wish.owner));
        Some(self.as_owner(format!("create schema {schema}"), vec![sql]))
    }

    fn extensions(&self, inside: &Inside) -> Vec<Needed> {
        let missing = self.wish.extensions.iter().filter(|name| !inside.extensions.contains(*name));
        let step = |name: &String| {
            let (title, sql) =
                (format!("create extension {name}"), format!("CREATE EXTENSION IF NOT EXISTS {}", ident(name)));
            let offer = self.state.offered.as_ref().and_then(|offered| offered.get(name));
            match offer {
                Some(Offer::Superuser) => in_database(title, vec![sql], vec![Need::Superuser]),
                _ => self.as_owner(title, vec![sql]),
            }
        };
        missing.map(step).collect()
    }

    /// Grants on what the owner has already.
    fn today(&self, inside: &Inside, role: &str, writes: bool) -> Option<Needed> {
        let grants = [
            ("USAGE", "SCHEMA", &inside.schemas),
            (access::on_tables(writes), "TABLE", &inside.tables),
            (access::on_sequences(writes), "SEQUENCE", &inside.sequences),
        ];
        let statements: Vec<String> = grants
            .into_iter()
            .filter_map(|(rights, kind, lacking)| {
                let names = lacking.get(role)?;
                Some(format!("GRANT {rights} ON {kind} {names} TO {}", ident(role)))
            })
            .collect();
        let title = format!("let {role} {} what is there", verb(writes));
        let public = inside.schemas.get(role).is_some_and(|names| names.split(", ").any(|name| name == "public"));
        match (statements.is_empty(), public) {
            (true, _) => None,
            (false, true) => Some(self.as_owner_of_public(inside, title, statements)),
            (false, false) => Some(self.as_owner(title, statements)),
        }
    }

    /// Grants on what the owner will create: they hold for the role that creates, so they name it.
    fn tomorrow(&self, inside: &Inside, role: &str, writes: bool) -> Option<Needed> {
        let kinds = [
            ("n", "SCHEMAS", "USAGE"),
            ("r", "TABLES", access::on_tables(writes)),
            ("S", "SEQUENCES", access::on_sequences(writes)),
        ];
        let has =
            |kind: &str, right: &str| inside.defaults.contains(&(kind.to_owned(), role.to_owned(), right.to_owned()));
        let statements: Vec<String> = kinds
            .into_iter()
            .filter(|(kind, _, rights)| !rights.split(", ").all(|right| has(kind, right)))
            .map(|(_, objects, rights)| {
                let (owner, role) = (ident(&self.wish.owner), ident(role));
                format!("ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT {rights} ON {objects} TO {role}")
            })
            .collect();
        let title = format!("let {role} {} what {} will create", verb(writes), self.wish.owner);
        (!statements.is_empty()).then(|| self.as_owner(title, statements))
    }

    /// Somebody who may do this without being a superuser. Who may do nothing gets the superuser's plan to hand on.
    fn is_delegate(&self) -> bool {
        let me = &self.state.me;
        !me.superuser && (me.createrole || me.createdb || me.becomes.contains(&self.wish.owner))
    }

    fn as_owner(&self, title: String, statements: Vec<String>) -> Needed {
        let role = format!("SET LOCAL ROLE {}", ident(&self.wish.owner));
        let statements = self.is_delegate().then_some(role).into_iter().chain(statements).collect();
        in_database(title, statements, vec![Need::Owner])
    }

    /// Schema `public` may belong to somebody else, on old servers always.
    fn as_owner_of_public(&self, inside: &Inside, title: String, statements: Vec<String>) -> Needed {
        match inside.public_owned {
            true => self.as_owner(title, statements),
            false => in_database(title, statements, vec![Need::Superuser]),
        }
    }
}

fn verb(writes: bool) -> &'static str {
    if writes { "read and write" } else { "read" }
}

fn join(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// A step that any database of the server will do for; a script connects to `postgres`.
fn in_cluster(title: String, statements: Vec<String>, needs: Vec<Need>) -> Needed {
    step(title, Some("postgres".to_owned()), statements, needs)
}

fn in_database(title: String, statements: Vec<String>, needs: Vec<Need>) -> Needed {
    step(title, None, statements, needs)
}

fn step(title: String, database: Option<String>, statements: Vec<String>, needs: Vec<Need>) -> Needed {
    let sql = SqlStep { database, ..SqlStep::new(statements) };
    Needed { step: Step::new(title, Action::Sql(sql)), needs }
}
