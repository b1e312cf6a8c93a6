//! What the statements of a plan will lock, scan and rewrite, told before anything runs.
//!
//! Read from the statements' text and the catalog of the database that they will run on. The facts are those of PostgreSQL 13 to
//! 18, one file per family of statements; `tests/it/effects` holds each of them against a trace. What cannot be read from a text
//! is told as unknown, never as less than it may be. SQLite locks its whole file, and has no effects to tell.

mod column;
mod constraint;
mod cursor;
mod data_type;
mod definition;
mod drop;
mod index;
mod known;
mod not_null;
mod other;
mod partition;
mod query;
mod retype;
mod sketch;
mod statement;
mod table;
mod trigger;
mod types;
mod view;
mod volatile;

use crate::catalog::Catalog;
use crate::plan::{Action, Effect, Plan};
use known::Known;
use sketch::Sketch;

/// Fills in the effects of every step of `plan` that runs in its own database, which is now what `catalog` says, on a server of the
/// version `major`.
pub fn foretell(plan: &mut Plan, catalog: &Catalog, major: u32) {
    if plan.is_empty() {
        return;
    }
    let mut known = Known::new(catalog, major);
    for step in &mut plan.steps {
        match &step.action {
            Action::Sql(sql) if sql.database.is_none() => {
                step.effects = all(&sql.statements, &mut known);
            }
            _ => {}
        }
    }
}

/// The effects of statements that run one after the other on a database, as in [`foretell`].
pub fn effects(statements: &[String], catalog: &Catalog, major: u32) -> Vec<Effect> {
    all(statements, &mut Known::new(catalog, major))
}

fn all(statements: &[String], known: &mut Known<'_>) -> Vec<Effect> {
    let one = |(at, text): (usize, &String)| Sketch::of(text, known).effects(at);
    statements.iter().enumerate().flat_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ColumnName, Index, Name, Sequence, Table};

    fn catalog() -> Catalog {
        let index = Index { name: "a_x".into(), columns: vec!["x".into()], ..Index::default() };
        let table = |name: &str, indexes| Table { name: Name::new("public", name), indexes, ..Table::default() };
        let owned_by = Some(ColumnName { table: Name::new("public", "a"), column: "x".into() });
        let sequence = Sequence { name: Name::new("public", "a_x_seq"), owned_by, ..Sequence::default() };
        let tables = vec![table("a", vec![index]), table("b", Vec::new())];
        Catalog { tables, sequences: vec![sequence], ..Catalog::default() }
    }

    /// What is told of each of the statements that run one after the other.
    fn check(statements: &[(&str, &[&str])]) {
        let texts: Vec<String> = statements.iter().map(|(text, _)| (*text).to_owned()).collect();
        let told = effects(&texts, &catalog(), 15);
        for (at, (text, expected)) in statements.iter().enumerate() {
            let told: Vec<String> =
                told.iter().filter(|one| one.statement == at && one.disturbs()).map(ToString::to_string).collect();
            assert_eq!(told, *expected, "{text}");
        }
    }

    const A: &str = "locks public.a: access exclusive (blocks reads and writes)";

    #[test]
    fn what_cannot_be_read_is_told_as_unknown() {
        let nobody = "what it locks cannot be told from its text";
        check(&[
            ("DO $$ BEGIN DELETE FROM a; END $$", &[nobody]),
            ("CALL p()", &[nobody]),
            ("FROBNICATE a", &["may lock public.a: access exclusive (blocks reads and writes), rewrites", nobody]),
            ("ALTER TABLE a FROBNICATE", &["may lock public.a: access exclusive (blocks reads and writes), rewrites"]),
            ("CREATE SCHEMA s CREATE TABLE t (x int)", &[nobody]),
            ("DROP OWNED BY somebody", &[nobody]),
        ]);
    }

    #[test]
    fn what_the_plan_makes_is_nobody_elses() {
        check(&[
            ("CREATE TABLE n (x int REFERENCES a)", &["locks public.a: share row exclusive (blocks writes)"]),
            ("ALTER TABLE n ADD COLUMN y int", &[]),
            ("CREATE INDEX ON n (y)", &[]),
            ("DROP TABLE n", &[A]),
        ]);
    }

    #[test]
    fn a_new_object_under_the_name_of_an_old_one_is_not_the_old_one() {
        let aside = "locks public.a_x_seq__old: access exclusive (blocks reads and writes)";
        check(&[
            (
                "ALTER SEQUENCE a_x_seq RENAME TO a_x_seq__old",
                &["locks public.a_x_seq: access exclusive (blocks reads and writes)"],
            ),
            ("CREATE SEQUENCE a_x_seq", &[]),
            ("ALTER TABLE a ALTER COLUMN x DROP IDENTITY", &[A, aside]),
        ]);
    }

    #[test]
    fn later_statements_find_what_earlier_ones_have_changed() {
        check(&[
            ("ALTER TABLE a RENAME TO c", &[A]),
            ("CREATE INDEX ON c (x)", &["locks public.c: share (blocks writes), scans"]),
            ("DROP INDEX a_x", &["locks public.c: access exclusive (blocks reads and writes)"]),
            ("ALTER SCHEMA public RENAME TO other", &[]),
            ("ALTER TABLE other.c DROP COLUMN x", &["locks other.c: access exclusive (blocks reads and writes)"]),
            ("SET search_path TO nowhere, other", &[]),
            ("TRUNCATE b", &["locks other.b: access exclusive (blocks reads and writes)"]),
        ]);
    }

    #[test]
    fn domains_are_what_the_plan_has_made_of_them() {
        let fills = "locks public.b: access exclusive (blocks reads and writes), rewrites";
        let adds = "locks public.b: access exclusive (blocks reads and writes)";
        check(&[
            ("CREATE DOMAIN public.d AS int DEFAULT 5", &[]),
            ("ALTER TABLE b ADD COLUMN y public.d", &[adds]),
            ("ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)", &[]),
            ("CREATE DOMAIN e AS d", &[]),
            ("ALTER TABLE b ADD COLUMN z public.e", &[fills]),
            ("ALTER DOMAIN d RENAME TO d__old", &[]),
            ("CREATE DOMAIN d AS e", &[]),
            ("ALTER TABLE b ADD COLUMN v d", &[fills]),
            ("CREATE DOMAIN varied AS uuid DEFAULT gen_random_uuid()", &[]),
            ("ALTER TABLE b ADD COLUMN u varied", &[fills]),
            ("ALTER TABLE b ADD COLUMN n varied DEFAULT NULL", &[adds]),
            ("ALTER DOMAIN varied DROP DEFAULT", &[]),
            ("ALTER TABLE b ADD COLUMN w varied", &[adds]),
            ("ALTER DOMAIN varied SET NOT NULL", &[]),
            ("ALTER TABLE b ADD COLUMN x varied DEFAULT gen_random_uuid()", &[fills]),
            ("CREATE DOMAIN public.text AS pg_catalog.text CHECK (VALUE <> '')", &[]),
            ("ALTER TABLE b ADD COLUMN s text", &[adds]),
        ]);
    }

    #[test]
    fn an_index_that_is_written_again_keeps_readers_away_too() {
        let index = "locks public.a_x: access exclusive (blocks reads and writes), rewrites";
        check(&[("REINDEX TABLE a", &["locks public.a: share (blocks writes), scans", index])]);
        check(&[("REINDEX TABLE CONCURRENTLY a", &[])]);
        check(&[("CREATE INDEX CONCURRENTLY ON a (y)", &[])]);
    }
}
