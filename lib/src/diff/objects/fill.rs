//! Rows that were there before a column get its default.

use crate::catalog::{Column, Table, TableKind};
use crate::diff::change::Statement;
use crate::sql::{ident, literal};

/// Pages of a table that are updated in one transaction: 2 MB of them.
const BATCH: u32 = 256;

/// In one statement.
pub(super) fn at_once(table: &Table, column: &Column) -> Statement {
    let name = ident(&column.name);
    Statement::new(format!("UPDATE {} SET {name} = DEFAULT WHERE {name} IS NULL", table.name))
}

/// How often it goes round at most: a default may be NULL for some rows.
const ROUNDS: u32 = 10;

/// In batches by place, each committed before the next: broken off anywhere, it goes on from there when it is run again. A row
/// that somebody else writes meanwhile may move behind what is done, so it goes round until none is left.
pub(super) fn in_batches(table: &Table, column: &Column) -> Statement {
    let (column, regclass) = (ident(&column.name), literal(&table.name.to_string()));
    let bytes = match table.kind {
        TableKind::Partitioned => {
            format!("(SELECT max(pg_relation_size(relid)) FROM pg_partition_tree({regclass}) WHERE isleaf)")
        }
        _ => format!("pg_relation_size({regclass})"),
    };
    let body = format!(
        "
DECLARE
    pages bigint;
    filled bigint;
    moved bigint;
BEGIN
    IF row_security_active({regclass}) THEN
        RAISE EXCEPTION 'row security hides rows of % that are to be filled', {regclass}
            USING HINT = 'run it as a role that row security does not hold for, or plan it with --offline';
    END IF;
    FOR round IN 1..{ROUNDS} LOOP
        filled := 0;
        EXIT WHEN NOT EXISTS (SELECT FROM {table} WHERE {column} IS NULL);
        pages := {bytes} / current_setting('block_size')::bigint;
        FOR page IN 0..pages BY {BATCH} LOOP
            UPDATE {table} SET {column} = DEFAULT
            WHERE {column} IS NULL
                AND ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + {BATCH})::tid;
            GET DIAGNOSTICS moved = ROW_COUNT;
            filled := filled + moved;
            COMMIT;
        END LOOP;
        IF filled = 0 THEN
            RAISE EXCEPTION 'rows of % are left without a value: a trigger keeps them from being updated', {regclass}
                USING HINT = 'disable the trigger meanwhile, or plan it with --offline';
        END IF;
    END LOOP;
END
",
        table = table.name,
    );
    let quote = (0..).map(|at| if at == 0 { "$$".to_owned() } else { format!("$fill{at}$") });
    let quote = quote.into_iter().find(|quote| !body.contains(quote.as_str())).unwrap_or_default();
    Statement::new(format!("DO {quote}{body}{quote}"))
}
