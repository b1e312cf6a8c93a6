//! The tables in which migration tools keep their books: nothing of the user's. Many a program has a table of its own under such
//! a name, so that the columns must be the tool's too.

use crate::catalog::Table;
use Columns::{Holds, Is};

/// What columns a tool's table has.
enum Columns {
    /// These among others, which differ from version to version of the tool.
    Holds(&'static [&'static str]),
    /// One of these sets and nothing else.
    Is(&'static [&'static [&'static str]]),
}

const BOOKS: [(&str, Columns); 18] = [
    ("_sqlx_migrations", Holds(&["version", "description", "installed_on", "success", "checksum"])),
    // That of dbmate and Rails, of golang-migrate, of Ecto.
    ("schema_migrations", Is(&[&["version"], &["dirty", "version"], &["inserted_at", "version"]])),
    ("goose_db_version", Holds(&["version_id", "is_applied", "tstamp"])),
    ("flyway_schema_history", Holds(FLYWAY)),
    ("__diesel_schema_migrations", Is(&[&["run_on", "version"]])),
    ("refinery_schema_history", Holds(&["version", "name", "applied_on", "checksum"])),
    ("alembic_version", Is(&[&["version_num"]])),
    ("django_migrations", Holds(&["app", "name", "applied"])),
    ("south_migrationhistory", Holds(&["app_name", "migration", "applied"])),
    ("_prisma_migrations", Holds(&["checksum", "migration_name", "finished_at"])),
    ("__drizzle_migrations", Holds(&["hash", "created_at"])),
    ("__EFMigrationsHistory", Holds(&["MigrationId", "ProductVersion"])),
    ("databasechangelog", Holds(&["author", "filename", "orderexecuted", "md5sum"])),
    ("databasechangeloglock", Holds(&["locked", "lockgranted", "lockedby"])),
    ("knex_migrations", Holds(&["name", "batch", "migration_time"])),
    ("knex_migrations_lock", Holds(&["is_locked"])),
    // Flyway's name of old.
    ("schema_version", Holds(FLYWAY)),
    // capsul's.
    ("schemaversion", Is(&[&["version"]])),
];

const FLYWAY: &[&str] = &["installed_rank", "version", "script", "checksum", "success"];

/// Whether the table holds the books of a migration tool.
pub fn is_books(table: &Table) -> bool {
    are_books(&table.name.name, table.columns.iter().map(|column| column.name.as_str()))
}

/// Whether a table of this name, with these columns, holds the books of a migration tool.
pub fn are_books<'a>(table: &str, columns: impl IntoIterator<Item = &'a str>) -> bool {
    let Some((_, wanted)) = BOOKS.iter().find(|(name, _)| name.eq_ignore_ascii_case(table)) else { return false };
    let mut columns: Vec<String> = columns.into_iter().map(str::to_ascii_lowercase).collect();
    columns.sort_unstable();
    match wanted {
        Holds(wanted) => wanted.iter().all(|column| columns.contains(&column.to_ascii_lowercase())),
        Is(sets) => sets.contains(&columns.iter().map(String::as_str).collect::<Vec<_>>().as_slice()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::FOREIGN_LEDGERS;
    use super::*;

    #[test]
    fn a_name_alone_makes_no_books() {
        let check = |table: &str, columns: &str, expected: bool| {
            assert_eq!(are_books(table, columns.split_whitespace()), expected, "{table} ({columns})");
        };
        check("schema_version", "installed_rank version description type script checksum success", true);
        check("schema_version", "id version applied_at", false);
        check("schema_migrations", "version", true);
        check("schema_migrations", "version dirty", true);
        check("schema_migrations", "version name applied_by", false);
        check("schemaversion", "version", true);
        check("schemaversion", "version note", false);
        check("DATABASECHANGELOG", "ID AUTHOR FILENAME DATEEXECUTED ORDEREXECUTED EXECTYPE MD5SUM", true);
        check("__EFMigrationsHistory", "MigrationId ProductVersion", true);
        check("devices", "version", false);
        check("alembic_version", "", false);
    }

    #[test]
    fn every_foreign_ledger_is_books() {
        for (ledger, tool) in FOREIGN_LEDGERS {
            assert!(BOOKS.iter().any(|(table, _)| *table == ledger), "{tool}");
        }
    }
}
