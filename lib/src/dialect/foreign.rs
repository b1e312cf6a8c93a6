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

/// The column by which a table of a ledger's name is known to be one: many a program has a `schema_migrations` of its own.
const TELLING: [(&str, &str); 15] = [
    ("_sqlx_migrations", "version"),
    ("schema_migrations", "version"),
    ("goose_db_version", "version_id"),
    ("flyway_schema_history", "installed_rank"),
    ("__diesel_schema_migrations", "version"),
    ("refinery_schema_history", "version"),
    ("alembic_version", "version_num"),
    ("django_migrations", "app"),
    ("south_migrationhistory", "app_name"),
    ("_prisma_migrations", "migration_name"),
    ("__drizzle_migrations", "hash"),
    ("__EFMigrationsHistory", "MigrationId"),
    ("databasechangelog", "orderexecuted"),
    ("knex_migrations", "name"),
    ("schemaversion", "version"),
];

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

/// A query for the names of the version tables that the database has, capsul's among them. A table that has only the name is
/// another program's.
pub fn foreign_ledger_query(flavor: Flavor) -> String {
    let known: Vec<String> = TELLING.iter().map(|(table, column)| format!("('{table}', '{column}')")).collect();
    let known = format!("WITH known(ledger, telling) AS (VALUES {})", known.join(", "));
    match flavor {
        Flavor::Postgres => format!(
            "{known} SELECT c.relname FROM known JOIN pg_class c ON c.relname = ledger \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = telling AND NOT a.attisdropped \
             WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid) ORDER BY 1"
        ),
        Flavor::Sqlite => format!(
            "{known} SELECT s.name FROM known JOIN sqlite_schema s ON s.name = ledger AND s.type = 'table' \
             JOIN pragma_table_info(s.name) c ON c.name = telling ORDER BY 1"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{FOREIGN_LEDGERS, TELLING};

    #[test]
    fn every_ledger_has_a_telling_column() {
        for (ledger, tool) in FOREIGN_LEDGERS {
            assert!(TELLING.iter().any(|(table, _)| *table == ledger), "{tool}");
        }
    }
}
