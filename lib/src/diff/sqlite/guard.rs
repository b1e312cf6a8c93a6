//! What makes a plan safe that drops a table which foreign keys point at.
//!
//! With foreign keys enforced, `DROP TABLE` deletes the table's rows first, and `ON DELETE CASCADE` follows. They cannot be put
//! off, and they can be switched off only outside a transaction: so the step asks for that, its first statement fails where it
//! was not done, and its last one where a row lost the row that it points at.

use std::collections::BTreeSet;

use super::side::Side;
use super::statement::Statement;

/// Is a foreign key of either side in the way when `dropped` go and `rebuilt` are made anew? Both are named in lower case.
pub(super) fn is_needed(
    old: &Side<'_>,
    new: &Side<'_>,
    dropped: &BTreeSet<String>,
    rebuilt: &BTreeSet<String>,
) -> bool {
    [old, new].into_iter().flat_map(|side| &side.tables).any(|(child, table)| {
        table.constraints.iter().filter_map(|one| one.references.as_ref()).any(|to| {
            let parent = to.table.name.to_lowercase();
            dropped.contains(&parent) || rebuilt.contains(&parent) || rebuilt.contains(child)
        })
    })
}

/// The statements before all others: a table that takes nothing but a yes, and says in its error what is not so.
pub(super) fn before() -> [Statement; 2] {
    let check = |name: &str| format!("{name} CHECK ({name})");
    let (keys_off, no_orphans) = (check("foreign_keys_are_off"), check("every_foreign_key_finds_its_row"));
    [
        Statement::new(format!("CREATE TEMP TABLE mainstay_guard ({keys_off}, {no_orphans})")),
        Statement::new(
            "INSERT INTO temp.mainstay_guard (foreign_keys_are_off) SELECT NOT foreign_keys FROM pragma_foreign_keys",
        ),
    ]
}

/// The statements after all others.
pub(super) fn after() -> [Statement; 2] {
    let find = "INSERT INTO temp.mainstay_guard (every_foreign_key_finds_its_row) \
                SELECT NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check)";
    [Statement::new(find), Statement::new("DROP TABLE temp.mainstay_guard")]
}
