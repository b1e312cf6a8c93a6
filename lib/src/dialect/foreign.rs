//! Other tools' ledgers, known by name so that a database that another tool looks after is never started from zero.

use crate::sql::Flavor;

use super::{all, by_name};

/// Version tables of the field's tools: the table's name and whose it is.
pub const FOREIGN_LEDGERS: [(&str, &str); 14] = [
    ("_sqlx_migrations", "sqlx"),
    ("schema_migrations", "dbmate or golang-migrate"),
    ("goose_db_version", "goose"),
    ("flyway_schema_history", "Flyway"),
    ("__diesel_schema_migrations", "diesel"),
    ("refinery_schema_history", "refinery"),
    ("alembic_version", "Alembic"),
    ("django_migrations", "Django"),
    ("south_migrationhistory", "South"),
    ("_prisma_migrations", "Prisma"),
    ("__drizzle_migrations", "Drizzle"),
    ("__EFMigrationsHistory", "Entity Framework"),
    ("databasechangelog", "Liquibase"),
    ("knex_migrations", "Knex"),
];

/// Tables that hold a tool's books without saying by themselves whose they are: locks, capsul's, and Flyway's name of old,
/// which many a service uses for a table of its own.
const OTHER_BOOKS: [&str; 4] = ["databasechangeloglock", "knex_migrations_lock", "schema_version", "schemaversion"];

/// Whether a table of this name holds the books of a migration tool, and so nothing of the user's.
pub fn is_books(table: &str) -> bool {
    let ledgers = FOREIGN_LEDGERS.iter().map(|(name, _)| *name);
    ledgers.chain(OTHER_BOOKS).any(|name| name.eq_ignore_ascii_case(table))
}

/// The dialects here that keep their books in `table`: more than one where tools have chosen the same name.
pub fn keepers(table: &str) -> Vec<&'static str> {
    let same = |name: &str| name.eq_ignore_ascii_case(table);
    let mut keepers: Vec<&str> =
        all().iter().filter(|dialect| same(dialect.ledger_table())).map(|dialect| dialect.name()).collect();
    let owners = FOREIGN_LEDGERS.iter().filter(|(name, _)| same(name)).flat_map(|(_, owner)| owner.split(" or "));
    for dialect in owners.filter_map(|owner| by_name(&owner.to_lowercase()).ok()) {
        if !keepers.contains(&dialect.name()) {
            keepers.push(dialect.name());
        }
    }
    keepers
}

/// A query for the names of the version tables that the database has, capsul's among them.
pub fn foreign_ledger_query(flavor: Flavor) -> String {
    let mut names: Vec<&str> = FOREIGN_LEDGERS.iter().map(|(table, _)| *table).collect();
    names.push("schemaversion");
    let list = names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    match flavor {
        Flavor::Postgres => format!(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p') AND c.relname IN ({list}) AND pg_table_is_visible(c.oid) ORDER BY 1"
        ),
        Flavor::Sqlite => {
            format!("SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ({list}) ORDER BY 1")
        }
    }
}
