//! Roles that the server lacks, made as the backup has them.

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::globals::{Globals, Membership, Role};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{ident, redact};

use super::backup::Backup;
use super::options::Options;
use super::reach::{self, Servers};
use super::roles::{self, Need, Owners};
use super::world::{Question, World};

/// What makes the roles that are missing.
#[derive(Debug, Default)]
pub(super) struct Making {
    /// The roles.
    pub(super) names: BTreeSet<String>,
    /// In their order, password hashes and all: never shown as they are.
    statements: Vec<String>,
    /// Whether only a superuser may.
    powerful: bool,
    /// What is left out and why, a sentence each.
    pub(super) left_out: Vec<String>,
}

impl Making {
    /// Makes those roles of `globals` that `world` lacks: all of them, or where some tables alone are restored those that `needs`
    /// names. One in whose place another was named is not made.
    pub(super) fn new(globals: &Globals, world: &World, needs: &BTreeMap<String, Need>, options: &Options) -> Self {
        let wanted = |role: &&Role| {
            let here = options.only.is_empty() && !options.owners.map.contains_key(&role.name);
            !world.roles.contains_key(&role.name) && (here || needs.contains_key(&role.name))
        };
        let missing: Vec<&Role> = globals.roles.iter().filter(wanted).collect();
        let names: BTreeSet<String> = missing.iter().map(|role| role.name.clone()).collect();
        let mut making = Self {
            statements: missing.iter().flat_map(|role| role.statements()).collect(),
            powerful: missing.iter().any(|role| role.is_powerful()),
            left_out: Vec::new(),
            names,
        };
        let about_them = |one: &&Membership| making.names.contains(&one.role) || making.names.contains(&one.member);
        for membership in globals.memberships.iter().filter(about_them).cloned().collect::<Vec<_>>() {
            making.membership(&membership, world);
        }
        // Whoever gives an object away must be able to become its owner.
        if !world.superuser && !options.owners.none {
            let owners = needs.iter().filter(|(name, need)| need.owns > 0 && making.names.contains(*name));
            let grants: Vec<String> =
                owners.map(|(name, _)| format!("GRANT {} TO {}", ident(name), ident(&world.me))).collect();
            making.statements.extend(grants);
        }
        making
    }

    fn membership(&mut self, membership: &Membership, world: &World) {
        let (role, member) = (&membership.role, &membership.member);
        let absent =
            [role, member].into_iter().find(|name| !self.names.contains(*name) && !world.roles.contains_key(*name));
        match absent {
            Some(absent) => self
                .left_out
                .push(format!("the membership of role {member} in {role}, for this server does not have {absent}")),
            None if membership.is_since_16() && world.version < 160_000 => self.left_out.push(format!(
                "the membership of role {member} in {role}, which says what only servers since 16 know: {}",
                membership.options
            )),
            None => self.statements.push(membership.statement()),
        }
    }

    /// The statements for people.
    pub(super) fn shown(&self) -> Vec<String> {
        self.statements.iter().map(|statement| redact(statement)).collect()
    }

    /// Makes it part of a plan's state.
    pub(super) fn hash_into(&self, hasher: &mut blake3::Hasher) {
        for statement in &self.statements {
            hasher.update(statement.as_bytes()).update(b";");
        }
    }

    /// Refuses where nobody may make them.
    pub(super) async fn check(&self, servers: &Servers<'_>) -> Result<()> {
        if !self.names.is_empty() {
            reach::role_maker(servers, self.powerful).await?.close().await;
        }
        Ok(())
    }

    /// Makes them: all or none.
    pub(super) async fn make(&self, servers: &Servers<'_>) -> Result<()> {
        if self.names.is_empty() {
            return Ok(());
        }
        let mut session = reach::role_maker(servers, self.powerful).await?;
        let made = async {
            session.query("BEGIN").await?;
            for statement in &self.statements {
                session.query(statement).await.map_err(|error| {
                    error.context(format!("a role of the backup cannot be made: {}", redact(statement)))
                })?;
            }
            session.query("COMMIT").await
        };
        let made = made.await;
        session.close().await;
        made.map(drop).map_err(|error| error.hint("nothing was changed; make the roles by hand, or leave out --roles"))
    }

    /// Drops them again after a restore that has failed with `error`.
    pub(super) async fn unmake(&self, servers: &Servers<'_>, error: Error) -> Error {
        if self.names.is_empty() {
            return error;
        }
        let names: Vec<String> = self.names.iter().map(|name| ident(name)).collect();
        let drop = format!("DROP ROLE {}", names.join(", "));
        let dropped = async {
            let mut session = reach::role_maker(servers, self.powerful).await?;
            let dropped = session.query(&drop).await;
            session.close().await;
            dropped
        };
        match dropped.await {
            Ok(_) => error.hint("the roles that were made for it are dropped again"),
            Err(_) => error.hint(format!("the roles that were made for it are there: psql -d postgres -c '{drop}'")),
        }
    }
}

/// A dump that has no roles.
pub(super) fn has_none(place: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("{place} has no roles: pg_dump writes none"))
        .hint("leave out --roles: what is missing is then named, with what makes it")
}

/// Makes every role that `backup` names on a server that is thrown away again: as the backup has them, and those that it has not by
/// their names alone. What could not be done so is told, a sentence each.
///
/// # Errors
/// The roles of the backup are damaged; the server does not answer.
pub async fn make_roles(backup: &mut Backup, servers: &Servers<'_>) -> Result<Vec<String>> {
    let Backup::Archive(archive) = backup else { return Ok(Vec::new()) };
    archive.read_globals().await?;
    let globals = archive.globals.clone().unwrap_or_default();
    let mut session = reach::any(servers).await?;
    archive.turn(session.as_mut()).await?;
    let needs = roles::needed(archive.toc.entries.iter(), &Owners::default());
    let world = World::read(session.as_mut(), &Question::of_roles(&asked(&needs, Some(&globals)))).await?;
    let options = Options::everything();
    let making = Making::new(&globals, &world, &needs, &options);
    let (mut told, mut statements) = (making.left_out.clone(), Vec::new());
    let absent = needs.iter().filter(|(name, _)| !world.roles.contains_key(*name) && !making.names.contains(*name));
    for (name, need) in absent {
        told.push(format!("all but the name of role {name}, which {}: the backup does not have it", need.describe()));
        statements.push(format!("CREATE ROLE {}", ident(name)));
    }
    for statement in statements.iter().chain(&making.statements) {
        if let Err(error) = session.query(statement).await {
            if error.kind() == ErrorKind::ConnectionLost {
                return Err(error);
            }
            told.push(format!("{}, which this server does not take: {}", redact(statement), error.one_line()));
        }
    }
    session.close().await;
    Ok(told)
}

/// What keeps objects on this server from belonging to whom they belonged, and rights from being given: a sentence each; nothing
/// where all can be as it was.
///
/// # Errors
/// The server does not answer.
pub async fn strangers(backup: &mut Backup, servers: &Servers<'_>) -> Result<Vec<String>> {
    let Backup::Archive(archive) = backup else { return Ok(Vec::new()) };
    let mut session = reach::any(servers).await?;
    archive.turn(session.as_mut()).await?;
    let needs = roles::needed(archive.toc.entries.iter(), &Owners::default());
    let world = World::read(session.as_mut(), &Question::of_roles(&asked(&needs, None))).await;
    session.close().await;
    let world = world?;
    let strange = |(name, need): (&String, &Need)| match world.roles.contains_key(name) {
        false => Some(format!("role {name}, which {}, is not on this server", need.describe())),
        true if need.owns > 0 && !world.superuser && *name != world.me => {
            Some(format!("role {} gives nothing to {name}, which {}", world.me, need.describe()))
        }
        true => None,
    };
    Ok(needs.iter().filter_map(strange).collect())
}

/// The roles that a server is asked about: those that objects need, and those that the backup has.
pub(super) fn asked(needs: &BTreeMap<String, Need>, globals: Option<&Globals>) -> Vec<String> {
    let globals = globals.into_iter();
    let of_globals = globals.flat_map(|globals| {
        let members = globals.memberships.iter().flat_map(|one| [&one.role, &one.member]);
        globals.roles.iter().map(|role| &role.name).chain(members)
    });
    needs.keys().chain(of_globals).cloned().collect::<BTreeSet<_>>().into_iter().collect()
}
