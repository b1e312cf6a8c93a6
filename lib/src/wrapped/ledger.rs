//! The other program's ledger, as it writes it.
//!
//! Sources: Alembic's `runtime/migration.py`, Django's `db/migrations/recorder.py`, South's `models.py`.

use crate::dialect;
use crate::engine::{Row, Session};
use crate::error::{ErrorKind, Result};
use crate::revisions::Tool;

/// A row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The revision, `shop.0002_price` for Django and South.
    pub(super) id: String,
    /// When, as the database prints it; Alembic does not keep it.
    pub(super) at: Option<String>,
}

/// The table's name.
pub(super) fn table(tool: Tool) -> &'static str {
    match tool {
        Tool::Alembic => "alembic_version",
        Tool::Django => "django_migrations",
        Tool::South => "south_migrationhistory",
    }
}

fn query(tool: Tool) -> &'static str {
    match tool {
        Tool::Alembic => "SELECT version_num FROM alembic_version ORDER BY 1",
        Tool::Django => "SELECT app, name, applied FROM django_migrations ORDER BY id",
        Tool::South => "SELECT app_name, migration, applied FROM south_migrationhistory ORDER BY id",
    }
}

/// The ledger's rows; `None` where there is no such table yet.
///
/// # Errors
/// [`ErrorKind::Verification`]: the table has other columns than the tool's.
pub(super) async fn read(session: &mut dyn Session, tool: Tool) -> Result<Option<Vec<Entry>>> {
    match session.query(query(tool)).await {
        Ok(rows) => Ok(Some(rows.iter().map(|row| entry(tool, row)).collect())),
        Err(error) if dialect::missing_table(&error) => Ok(None),
        Err(error) if error.sqlstate() == Some("42703") || error.message().contains("no such column") => {
            let table = table(tool);
            Err(error
                .context(format!("the table {table} is not as {} keeps it", tool.title()))
                .of_kind(ErrorKind::Verification)
                .hint(format!("is it another program's? See what it is made of: mainstay describe {table}")))
        }
        Err(error) => Err(error.context(format!("cannot read {}", table(tool)))),
    }
}

fn entry(tool: Tool, row: &Row) -> Entry {
    let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    match tool {
        Tool::Alembic => Entry { id: text(0), at: None },
        Tool::Django | Tool::South => {
            Entry { id: format!("{}.{}", text(0), text(1)), at: row.get(2).cloned().flatten() }
        }
    }
}
