//! `\d` and its family: what `mainstay tables` and `mainstay describe` print, and the lists that have no command of their own.

use mainstay::catalog::{Catalog, Name, Scope};
use mainstay::inspect::{self, DatabaseLine, Pattern, RelationKind};
use mainstay::sql::Flavor;
use mainstay::{Error, ErrorKind};

use super::Repl;
use crate::commands::{describe, tables};
use crate::error::CliError;
use crate::output::{Table, words};

/// `\d`: one of them whole, all that fit a pattern, or the list.
pub(super) async fn describe(repl: &mut Repl<'_>, named: Option<&str>) -> Result<(), CliError> {
    let catalog = repl.catalog(Scope::Relations).await?;
    let Some(named) = named else {
        let lines = inspect::tables(&catalog, None);
        return show(repl, &tables::list(&lines, repl.flavor(), &repl.output), "there are no tables");
    };
    if !named.contains(['*', '?']) {
        let description = inspect::describe(&catalog, named)?;
        return repl.print(&describe::page(&description, repl.flavor(), &repl.output));
    }
    let lines = inspect::tables(&catalog, Some(named));
    if lines.is_empty() {
        repl.say(&none("table or view", Some(named)));
    }
    for (at, line) in lines.iter().enumerate() {
        let description = inspect::describe(&catalog, &line.name.to_string())?;
        let space = if at > 0 { "\n" } else { "" };
        repl.print(&format!("{space}{}", describe::page(&description, repl.flavor(), &repl.output)))?;
    }
    Ok(())
}

/// `\dt`, or `\dv` where it is `views` that are asked for.
pub(super) async fn tables(repl: &mut Repl<'_>, pattern: Option<&str>, views: bool) -> Result<(), CliError> {
    let mut lines = inspect::tables(&repl.catalog(Scope::Relations).await?, pattern);
    lines.retain(|line| matches!(line.kind, RelationKind::View | RelationKind::MaterializedView) == views);
    let table = tables::list(&lines, repl.flavor(), &repl.output);
    show(repl, &table, &none(if views { "view" } else { "table" }, pattern))
}

/// `\di`
pub(super) async fn indexes(repl: &mut Repl<'_>, pattern: Option<&str>) -> Result<(), CliError> {
    let catalog = repl.catalog(Scope::Relations).await?;
    let on_tables = catalog.tables.iter().map(|table| (&table.name, &table.indexes));
    let on_views = catalog.views.iter().map(|view| (&view.name, &view.indexes));
    let mut table = Table::new(["NAME", "TABLE", "COLUMNS", "KIND", "SIZE"]).numbers(&[4]);
    for (of, indexes) in on_tables.chain(on_views) {
        for index in indexes.iter().filter(|index| fits(pattern, &Name::new(&of.schema, &index.name))) {
            let kind = match index {
                index if index.primary => "primary key",
                index if index.unique => "unique",
                index => &index.method,
            };
            table.row([
                tables::name(&Name::new(&of.schema, &index.name), repl.flavor()),
                tables::name(of, repl.flavor()),
                index.columns.join(", "),
                kind.to_owned(),
                index.bytes.map(words::bytes).unwrap_or_default(),
            ]);
        }
    }
    show(repl, &table, &none("index", pattern))
}

/// `\dn`
pub(super) async fn schemas(repl: &mut Repl<'_>, pattern: Option<&str>) -> Result<(), CliError> {
    let catalog = repl.catalog(Scope::All).await?;
    let mut table = Table::new(["NAME", "OWNER", "COMMENT"]);
    for schema in catalog.schemas.iter().filter(|schema| fits(pattern, &Name::new("", &schema.name))) {
        table.row([schema.name.clone(), schema.owner.clone(), schema.comment.clone().unwrap_or_default()]);
    }
    show(repl, &table, &none("schema", pattern))
}

/// `\df`
pub(super) async fn functions(repl: &mut Repl<'_>, pattern: Option<&str>) -> Result<(), CliError> {
    if repl.flavor() == Flavor::Sqlite {
        repl.say(
            "an SQLite file holds no functions; those of the program: SELECT DISTINCT name FROM pragma_function_list;",
        );
        return Ok(());
    }
    let catalog = repl.catalog(Scope::All).await?;
    let mut table = Table::new(["NAME", "KIND", "ARGUMENTS", "RESULT", "LANGUAGE", "COMMENT"]).wrapped();
    for routine in catalog.routines.iter().filter(|routine| fits(pattern, &routine.name)) {
        table.row([
            routine.name.to_string(),
            format!("{:?}", routine.kind).to_lowercase(),
            routine.arguments.clone(),
            routine.result.clone().unwrap_or_default(),
            routine.language.clone(),
            routine.comment.clone().unwrap_or_default(),
        ]);
    }
    show(repl, &table, &none("function", pattern))
}

/// `\du`
pub(super) async fn roles(repl: &mut Repl<'_>, pattern: Option<&str>) -> Result<(), CliError> {
    if repl.flavor() == Flavor::Sqlite {
        repl.say("SQLite has no roles: who may read and write the file may read and write the database");
        return Ok(());
    }
    let catalog = repl.catalog(Scope::All).await?;
    let mut table = Table::new(["NAME", "MAY", "MEMBER OF", "COMMENT"]).wrapped();
    for role in catalog.roles.iter().filter(|role| fits(pattern, &Name::new("", &role.name))) {
        let rights = [
            (role.superuser, "superuser"),
            (role.login, "log in"),
            (role.create_db, "create databases"),
            (role.create_role, "create roles"),
            (role.replication, "replicate"),
            (role.bypass_row_security, "bypass row security"),
        ];
        let may: Vec<&str> = rights.iter().filter(|(has, _)| *has).map(|(_, words)| *words).collect();
        let groups: Vec<&str> = role.member_of.iter().map(|member| member.role.as_str()).collect();
        table.row([role.name.clone(), may.join(", "), groups.join(", "), role.comment.clone().unwrap_or_default()]);
    }
    show(repl, &table, &none("role", pattern))
}

/// `\l`
pub(super) async fn databases(repl: &mut Repl<'_>, pattern: Option<&str>) -> Result<(), CliError> {
    if repl.flavor() == Flavor::Sqlite {
        let file = repl.target.describe();
        repl.say(&format!("an SQLite file is one database, this one {file}; to open another: \\c FILE"));
        return Ok(());
    }
    let mut session = repl.second_session().await?;
    let databases = inspect::databases(session.as_mut()).await;
    session.close().await;
    let mut table = Table::new(["NAME", "OWNER", "ENCODING", "COLLATION", "SIZE", "COMMENT"]).numbers(&[4]);
    let fitting = |line: &&DatabaseLine| fits(pattern, &Name::new("", &line.name));
    for line in databases?.iter().filter(fitting) {
        table.row([
            line.name.clone(),
            line.owner.clone(),
            line.encoding.clone(),
            line.collation.clone(),
            line.bytes.map(words::bytes).unwrap_or_default(),
            line.comment.clone().unwrap_or_default(),
        ]);
    }
    show(repl, &table, &none("database", pattern))
}

fn fits(pattern: Option<&str>, name: &Name) -> bool {
    pattern.is_none_or(|pattern| Pattern::parse(pattern).covers(name))
}

fn none(what: &str, pattern: Option<&str>) -> String {
    match pattern {
        Some(pattern) => format!("no {what} fits {}", words::printable(pattern)),
        None => format!("there is no {what}"),
    }
}

fn show(repl: &Repl<'_>, table: &Table, otherwise: &str) -> Result<(), CliError> {
    if table.is_empty() {
        repl.say(otherwise);
        return Ok(());
    }
    repl.print(&table.render(&repl.output))
}

impl Repl<'_> {
    /// What the database is made of, read by a session of its own, for reading it takes a transaction of its own.
    async fn catalog(&mut self, scope: Scope) -> Result<Catalog, Error> {
        if self.in_transaction() {
            self.say("without what the open transaction has changed:");
        }
        let mut session = self.second_session().await?;
        let catalog = session.catalog(scope).await;
        session.close().await;
        catalog.map_err(|error| match error.kind() {
            ErrorKind::Locked if self.in_transaction() => {
                error.hint("the open transaction holds it: COMMIT or ROLLBACK")
            }
            _ => error,
        })
    }
}
