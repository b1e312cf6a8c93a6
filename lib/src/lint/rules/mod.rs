//! Mainstay's own rules, one file each with an example of what it finds and one of what it does not.
//!
//! The examples are of one database: `devices` has about 50 million rows, `settings` 40, `drafts` none; the view
//! `online_devices` shows `devices.state`.

mod column_in_use;
mod constraint_on_rows;
mod down_incomplete;
mod down_missing;
mod drop_cascade;
mod enum_value_used;
mod foreign_key_without_index;
mod needs_no_transaction;
mod not_linted;
mod required_column;
mod several_locks;
mod sqlite_needs_rebuild;
mod sqlite_pragma_in_transaction;
mod type_change_rewrites;
mod whole_table_write;

use super::rule::Own;

/// All of them, by name.
pub(super) static RULES: [Own; 15] = [
    column_in_use::RULE,
    constraint_on_rows::RULE,
    down_incomplete::RULE,
    down_missing::RULE,
    drop_cascade::RULE,
    enum_value_used::RULE,
    foreign_key_without_index::RULE,
    needs_no_transaction::RULE,
    not_linted::RULE,
    required_column::RULE,
    several_locks::RULE,
    sqlite_needs_rebuild::RULE,
    sqlite_pragma_in_transaction::RULE,
    type_change_rewrites::RULE,
    whole_table_write::RULE,
];

#[cfg(test)]
mod tests {
    use crate::catalog::{Catalog, Column, Dependencies, Index, Name, ObjectId, ObjectKind, Size, Table, View};
    use crate::lint::names::OWN;
    use crate::lint::rule::Example;
    use crate::lint::{Facts, Finding, Input, Migration, Script, Settings, lint};

    use super::*;

    fn table(name: &str, rows: u64, columns: &[(&str, &str)]) -> Table {
        let columns = columns.iter().map(|(name, data_type)| Column {
            name: (*name).to_owned(),
            data_type: (*data_type).to_owned(),
            not_null: *name == "id",
            ..Column::default()
        });
        let key = Index { name: format!("{name}_pkey"), columns: vec!["id".into()], ..Index::default() };
        let bytes = Some(rows * 140);
        Table {
            name: Name::new("public", name),
            rows: Some(rows),
            size: Size { total: bytes, table: bytes, ..Size::default() },
            columns: columns.collect(),
            indexes: vec![key],
            ..Table::default()
        }
    }

    /// The database that the examples are of.
    fn facts() -> Facts {
        let device = [
            ("id", "bigint"),
            ("serial", "character varying(20)"),
            ("owner", "integer"),
            ("state", "state"),
            ("note", "text"),
        ];
        let tables = vec![
            table("devices", 50_000_000, &device),
            table("drafts", 0, &[("id", "bigint"), ("title", "text"), ("state", "state")]),
            table("readings", 2_000_000, &[("id", "bigint"), ("device", "bigint")]),
            table("settings", 40, &[("id", "bigint"), ("name", "text")]),
        ];
        let view = Name::new("public", "online_devices");
        let views = vec![View { name: view.clone(), ..View::default() }];
        let devices = Name::new("public", "devices");
        let objects =
            vec![ObjectId::of(ObjectKind::View, &view), ObjectId::part(ObjectKind::Column, &devices, "state")];
        let dependencies = Dependencies::new(objects, vec![(0, 1)]);
        let catalog = Catalog { tables, views, dependencies, ..Catalog::default() };
        Facts { catalog, version: "16.4".to_owned() }
    }

    fn found(own: &Own, example: &Example) -> Vec<Finding> {
        let script = |text: &'static str| Script {
            file: "example.sql",
            text,
            transaction: !text.contains("no-transaction"),
            allow: &[],
            may_delete: text.contains("deletes-data"),
        };
        let facts = facts();
        let settings = Settings::default();
        let migration = Migration { up: script(example.up), down: example.down.map(script) };
        let input = Input {
            flavor: own.flavors[0],
            runs: vec![vec![migration]],
            facts: Some(&facts),
            settings: &settings,
            no_transaction: "say so",
            has_downs: own.rule.name == "down-missing",
        };
        lint(&input).expect("no comment is wrong")
    }

    #[test]
    fn the_bad_example_has_exactly_that_finding_and_the_good_one_none() {
        for own in &RULES {
            let rules: Vec<&str> = found(own, &own.bad).iter().map(|finding| finding.rule).collect();
            assert_eq!(rules, [own.rule.name], "{}", own.bad.up);
            let rules = found(own, &own.good);
            assert!(rules.is_empty(), "{}: {rules:?}", own.good.up);
        }
    }

    #[test]
    fn the_names_are_those_that_scripts_may_mention() {
        assert_eq!(RULES.each_ref().map(|own| own.rule.name), OWN);
    }
}
