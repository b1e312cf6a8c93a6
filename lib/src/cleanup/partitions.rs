//! Partitions that are old as a whole: they are dropped or detached instead of emptied row by row.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::graph::Graph;
use super::old::moment;
use super::references::shown;
use crate::catalog::{Catalog, Name, Table, TableKind};
use crate::config::{CleanupConfig, PartitionRule};
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, ident, literal};

/// A partition that is old as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldPartition {
    /// Its name.
    pub name: Name,
    /// Its rows, where they go with it; none where they are deleted first, for what refers to them.
    pub rows: u64,
    /// Only once its rows are deleted.
    pub emptied_first: bool,
}

/// The partitions of `table` whose rows are all from before `before`.
///
/// # Errors
/// [`ErrorKind::Config`]: the policy is about partitions, and the table is not cut by the policy's column.
pub(super) async fn old_partitions(
    session: &mut dyn Session,
    catalog: &Catalog,
    table: &Table,
    graph: &Graph,
    policy: &CleanupConfig,
    before: Option<Timestamp>,
) -> Result<Vec<OldPartition>> {
    if policy.partitions == PartitionRule::Rows {
        return Ok(Vec::new());
    }
    let column = policy.column.as_ref().filter(|column| {
        let key = table.partition_key.as_deref().unwrap_or_default();
        policy.condition.is_none() && key == format!("RANGE ({})", ident(column))
    });
    let (Some(column), Some(before)) = (column.and_then(|column| table.column(column)), before) else {
        let message = format!("`{}` has no partitions that the age alone tells apart", shown(&table.name));
        return Err(Error::new(ErrorKind::Config, message)
            .at(policy.place.clone())
            .hint("partitions go as a whole where the table is cut by RANGE of `column`, and there is no `where`")
            .hint("take `partitions` out to delete row by row"));
    };
    let Some(moment) = moment(column, before, Flavor::Postgres) else { return Ok(Vec::new()) };
    let alone = graph.tables.len() == 1 && graph.edges.is_empty();
    if policy.partitions == PartitionRule::Detach && !alone {
        let message =
            format!("rows refer to `{}`, so its partitions cannot be detached with their rows", shown(&table.name));
        return Err(Error::new(ErrorKind::Config, message)
            .at(policy.place.clone())
            .hint("delete the rows, and drop what is empty: partitions = \"drop\""));
    }
    let mut found = Vec::new();
    for part in catalog.partitions_of(&table.name) {
        let Some(end) = part.partition_of.as_ref().and_then(|place| upper_end(&place.bound)) else { continue };
        let asked = format!("SELECT {}::{} <= {moment}", literal(&end), column.data_type);
        if first_cell(&session.query(&asked).await?) != Some("t") {
            continue;
        }
        let rows = match alone {
            true => super::delete::number_of(&session.query(&format!("SELECT count(*) FROM {}", part.name)).await?),
            false => 0,
        };
        found.push(OldPartition { name: part.name.clone(), rows, emptied_first: !alone });
    }
    Ok(found)
}

/// The condition that a row is in none of the partitions that go with their rows.
pub(super) fn elsewhere(catalog: &Catalog, parts: &[OldPartition]) -> Option<String> {
    let mut leaves = Vec::new();
    let mut open: Vec<&Name> = parts.iter().filter(|part| !part.emptied_first).map(|part| &part.name).collect();
    while let Some(name) = open.pop() {
        let Some(table) = catalog.tables.iter().find(|table| table.name == *name) else { continue };
        match table.kind {
            TableKind::Partitioned => open.extend(catalog.partitions_of(name).map(|part| &part.name)),
            _ => leaves.push(format!("to_regclass({})", literal(&name.to_string()))),
        }
    }
    // Once it is dropped, nobody is in it.
    (!leaves.is_empty()).then(|| format!("(tableoid = ANY (ARRAY[{}]::oid[])) IS NOT TRUE", leaves.join(", ")))
}

/// The statements that take `part` out of `table`: nothing is lost that came in meanwhile where it was to be empty.
pub(super) fn take_out(table: &Name, part: &OldPartition, rule: PartitionRule) -> Vec<String> {
    let detach = format!("ALTER TABLE {table} DETACH PARTITION {}", part.name);
    let acts = match rule {
        PartitionRule::Drop => vec![detach, format!("DROP TABLE {}", part.name)],
        _ => vec![detach],
    };
    if !part.emptied_first {
        return acts;
    }
    let acts: String = acts.iter().map(|act| format!(" {act};")).collect();
    let name = &part.name;
    vec![
        format!("LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE"),
        format!("DO $clean$ BEGIN IF NOT EXISTS (SELECT FROM {name}) THEN{acts} END IF; END $clean$"),
    ]
}

/// The value that a partition's range ends before: `FOR VALUES FROM ('a') TO ('b')`; `None` where it has no end.
fn upper_end(bound: &str) -> Option<String> {
    let (_, end) = bound.strip_prefix("FOR VALUES FROM (")?.rsplit_once(" TO (")?;
    let text = end.strip_suffix(')')?.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(text.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_partition_ends() {
        let check = |bound: &str, end: Option<&str>| assert_eq!(upper_end(bound).as_deref(), end, "{bound}");
        check("FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')", Some("2024-02-01"));
        check("FOR VALUES FROM (MINVALUE) TO ('2024-02-01 00:00:00+00')", Some("2024-02-01 00:00:00+00"));
        check("FOR VALUES FROM ('2024-01-01') TO (MAXVALUE)", None);
        check("DEFAULT", None);
        check("FOR VALUES IN ('a')", None);
    }

    #[test]
    fn a_partition_that_was_to_be_empty_is_looked_at_under_its_lock() {
        let table = Name::new("public", "logs");
        let part = |emptied_first| OldPartition { name: Name::new("public", "logs_1"), rows: 3, emptied_first };
        assert_eq!(
            take_out(&table, &part(false), PartitionRule::Drop),
            ["ALTER TABLE public.logs DETACH PARTITION public.logs_1", "DROP TABLE public.logs_1"]
        );
        let careful = take_out(&table, &part(true), PartitionRule::Detach);
        assert_eq!(careful[0], "LOCK TABLE public.logs_1 IN ACCESS EXCLUSIVE MODE");
        assert!(careful[1].contains("IF NOT EXISTS (SELECT FROM public.logs_1) THEN ALTER TABLE"), "{careful:?}");
    }
}
