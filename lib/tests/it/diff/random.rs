//! Random schemas: from A to B and back gives A, by pg_dump and by the catalog's hash. A failure names its seed:
//! `MAINSTAY_SEED=7 cargo test -p mainstay --test it -- diff::random` runs that one alone, and `MAINSTAY_SEED=7..99` many.

use std::fmt::Write;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use mainstay::catalog::Catalog;
use mainstay::migrate::Goal;
use mainstay::sql::Flavor;
use mainstay::states::{Intent, State};
use mainstay_testing::{TestDatabase, server};

use super::{structure, walk};
use crate::migrate::lab::Lab;

#[test]
fn there_and_back() {
    each_seed(1..5, round);
}

/// A migration that is generated leads from A to B, and its own way back to the same catalog by its hash.
#[test]
fn generated_migrations_run_down_again() {
    each_seed(1..3, down_again);
}

/// Goes through seeds, those asked for or `usual`, offline and online.
fn each_seed(usual: Range<u64>, round: fn(u64, bool)) {
    let asked = std::env::var("MAINSTAY_SEED").ok();
    let seeds = match asked.as_deref().map(|seeds| seeds.split_once("..").unwrap_or((seeds, ""))) {
        None => usual,
        Some((first, last)) => {
            let first: u64 = first.parse().expect("a seed");
            first..last.parse().unwrap_or(first + 1)
        }
    };
    let fails = |seed: u64, online: bool| catch_unwind(|| round(seed, online)).is_err();
    let failed: Vec<u64> = seeds.filter(|seed| fails(*seed, false) | fails(*seed, true)).collect();
    assert!(failed.is_empty(), "seeds that fail: {failed:?}");
}

/// Two schemas that only the seed decides.
fn pair(seed: u64) -> (String, String) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    (schema(&mut dice), schema(&mut dice))
}

/// One generated migration up and down.
fn down_again(seed: u64, online: bool) {
    let (a, b) = pair(seed);
    let told = AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let lab = Lab::new(Flavor::Postgres, "mainstay");
        let database = lab.database.as_ref().expect("a database");
        lab.step(1, "a", &a, "SELECT 1;");
        runtime.block_on(lab.up()).expect("applies");
        let before = steady(structure(database));
        let wanted = lab.folder.path().join("schema.sql");
        std::fs::write(&wanted, &b).expect("a file");
        let intent = Intent { drops: true, offline: !online, ..Intent::default() };
        let (states, wanted) = (lab.states(), State::Sql(wanted));
        let draft = runtime.block_on(states.draft("b", &wanted, &intent, "20300101000000")).expect("a draft");
        draft.files.iter().for_each(|file| lab.write(&file.name, &file.text));
        runtime.block_on(lab.up()).expect("goes up");
        let there = server().database();
        there.psql(&b);
        let (is, wanted) = (steady(structure(database)), steady(structure(&there)));
        assert_eq!(names(&is), names(&wanted), "the way up leads elsewhere");
        let steps = draft.files.iter().filter(|file| file.name.ends_with(".up.sql")).count();
        runtime.block_on(lab.go(Goal::DownSteps(steps))).expect("goes down");
        assert_eq!(steady(structure(database)).hash(), before.hash(), "the catalogs differ");
    });
    if let Err(panic) = catch_unwind(told) {
        tell(seed, online, &a, &b);
        resume_unwind(panic);
    }
}

/// One way there and back, between two random schemas.
fn round(seed: u64, online: bool) {
    let (a, b) = pair(seed);
    let told = AssertUnwindSafe(|| {
        let [here, there, home]: [TestDatabase; 3] = [&a, &b, &a].map(|sql| {
            let database = server().database();
            database.psql(sql);
            database
        });
        walk(&here, &there, online);
        walk(&here, &home, online);
        assert_eq!(steady(structure(&here)).hash(), steady(structure(&home)).hash(), "the catalogs differ");
    });
    if let Err(panic) = catch_unwind(told) {
        tell(seed, online, &a, &b);
        resume_unwind(panic);
    }
}

fn tell(seed: u64, online: bool, a: &str, b: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "seed {seed}, online {online}\n-- from\n{a}\n-- to\n{b}");
}

/// A column that comes back is the last one: the order of columns is nobody's difference.
fn steady(mut catalog: Catalog) -> Catalog {
    catalog.tables.iter_mut().for_each(|table| table.columns.sort_by(|a, b| a.name.cmp(&b.name)));
    catalog
}

/// The objects that there are, but for the books of migrations.
fn names(catalog: &Catalog) -> Vec<String> {
    let all = catalog.objects().into_iter().map(|object| object.id.to_string());
    all.filter(|name| !name.contains("mainstay")).collect()
}

/// Numbers that only the seed decides.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % sides
    }

    fn often(&mut self) -> bool {
        self.roll(4) > 0
    }

    fn seldom(&mut self) -> bool {
        self.roll(4) == 0
    }

    fn one_of<'a>(&mut self, these: &[&'a str]) -> &'a str {
        these[self.roll(these.len())]
    }
}

/// Types between which values can go, each with a default.
const FAMILIES: [&[(&str, &str)]; 6] = [
    &[("int", "1"), ("bigint", "2"), ("numeric(8,2)", "1.5"), ("text", "'x'"), ("positive", "3")],
    &[("text", "'a'"), ("varchar(9)", "'b'"), ("mood", "'a'"), ("other_mood", "'a'")],
    &[("timestamptz", "now()"), ("date", "'2020-01-01'"), ("text", "'y'")],
    &[("int[]", "'{1}'"), ("text[]", "'{a}'")],
    &[("jsonb", "'{}'"), ("text", "'{}'")],
    &[("pair", "ROW(1, 'a')"), ("text", "'(1,a)'")],
];

/// A schema of a few objects with names of a small set, so that any two have much in common.
fn schema(dice: &mut Dice) -> String {
    let mut sql = String::new();
    let labels = dice.one_of(&["'a', 'b'", "'a', 'b', 'c'", "'b', 'a'", "'a'"]);
    let argument = dice.one_of(&["x", "y"]);
    let times = dice.one_of(&["2", "3"]);
    let _ = write!(
        sql,
        "CREATE TYPE mood AS ENUM ({labels});
CREATE TYPE other_mood AS ENUM ('a', 'c');
CREATE TYPE pair AS (n {}, m mood);
CREATE FUNCTION f({argument} int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * {times}';
CREATE DOMAIN positive AS int{} CHECK ({});
",
        dice.one_of(&["int", "bigint"]),
        dice.one_of(&["", " DEFAULT 1", " DEFAULT f(1)"]),
        dice.one_of(&["VALUE > 0", "f(VALUE) > 0", "VALUE <> 0"]),
    );
    let mut tables = Vec::new();
    for name in ["t", "u", "w"] {
        if dice.often() {
            table(dice, name, &tables, &mut sql);
            tables.push(name);
        }
    }
    partitioned(dice, &mut sql);
    sql
}

fn table(dice: &mut Dice, name: &str, others: &[&str], sql: &mut String) {
    let id = dice.one_of(&["int PRIMARY KEY", "serial PRIMARY KEY", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"]);
    let mut lines = vec![format!("id {id}")];
    let mut columns = vec!["id".to_owned()];
    for (at, family) in FAMILIES.iter().enumerate() {
        if dice.often() {
            let (data_type, default) = family[dice.roll(family.len())];
            let default = if dice.seldom() { format!(" DEFAULT {default}") } else { String::new() };
            let not_null = if dice.seldom() { " NOT NULL" } else { "" };
            lines.push(format!("c{at} {data_type}{default}{not_null}"));
            columns.push(format!("c{at}"));
        }
    }
    if dice.seldom() {
        lines.push(format!("g int GENERATED ALWAYS AS ({}) STORED", dice.one_of(&["f(1)", "f(2)", "1"])));
        columns.push("g".to_owned());
    }
    if dice.seldom() {
        lines.push(format!("CONSTRAINT sane CHECK ({})", dice.one_of(&["id > 0", "f(id::int) > 0", "id <> 7"])));
    }
    for other in others {
        if dice.seldom() {
            let action = dice.one_of(&["", " ON DELETE CASCADE", " DEFERRABLE"]);
            lines.push(format!("of_{other} int REFERENCES {other}{action}"));
        }
    }
    let some = columns[dice.roll(columns.len())].clone();
    let _ = writeln!(sql, "CREATE TABLE {name} (\n    {}\n);", lines.join(",\n    "));
    if dice.often() {
        let condition = dice.one_of(&["", " WHERE id > 3", " WHERE f(id::int) > 3"]);
        let _ = writeln!(sql, "CREATE INDEX {name}_i ON {name} ({some}){condition};");
    }
    if dice.seldom() {
        let _ = writeln!(
            sql,
            "ALTER TABLE {name} ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON {name} USING ({});",
            dice.one_of(&["id > 0", "f(id::int) > 1"])
        );
    }
    if dice.seldom() {
        let _ =
            writeln!(sql, "GRANT {} ON {name} TO PUBLIC;", dice.one_of(&["SELECT", "SELECT, INSERT", "UPDATE (id)"]));
    }
    if dice.seldom() {
        let _ = writeln!(sql, "COMMENT ON COLUMN {name}.{some} IS '{}';", dice.one_of(&["it''s", "some"]));
    }
    if dice.often() {
        let kind = dice.one_of(&["VIEW", "VIEW", "MATERIALIZED VIEW"]);
        let seen: Vec<&str> = columns.iter().filter(|_| dice.often()).map(String::as_str).collect();
        let seen = if seen.is_empty() { "id".to_owned() } else { seen.join(", ") };
        let _ = writeln!(
            sql,
            "CREATE {kind} {name}_v AS SELECT {seen} FROM {name}{};",
            dice.one_of(&["", " WHERE f(id::int) > 2"])
        );
        if kind == "VIEW" && dice.seldom() {
            let _ =
                writeln!(sql, "CREATE VIEW {name}_vv AS SELECT * FROM {name}_v; GRANT SELECT ON {name}_vv TO PUBLIC;");
        }
    }
}

fn partitioned(dice: &mut Dice, sql: &mut String) {
    if dice.seldom() {
        return;
    }
    let (key, bounds) = match dice.roll(3) {
        0 => ("RANGE (a)", ["FROM (0) TO (10)", "FROM (10) TO (20)"]),
        1 => ("RANGE (b)", ["FROM (0) TO (10)", "FROM (20) TO (30)"]),
        _ => ("LIST (a)", ["IN (1, 2)", "IN (3)"]),
    };
    let primary = if dice.seldom() { ", PRIMARY KEY (a, b)" } else { "" };
    let note = dice.one_of(&["", ", note text DEFAULT 'x'", ", note varchar(9)", ", m mood"]);
    let check = dice.one_of(&["", ", CONSTRAINT above CHECK (f(a) > 0)", ", CHECK (b > 0)"]);
    let data_type = dice.one_of(&["int", "int", "int NOT NULL"]);
    let _ = writeln!(sql, "CREATE TABLE p (a int, b {data_type}{note}{primary}{check}) PARTITION BY {key};");
    for (at, bound) in bounds.iter().enumerate() {
        match dice.roll(4) {
            0 => {}
            1 => drop(writeln!(sql, "CREATE TABLE p_{at} (a int, b int{note});")),
            _ => drop(writeln!(sql, "CREATE TABLE p_{at} PARTITION OF p FOR VALUES {bound};")),
        }
    }
    if dice.often() {
        let _ = writeln!(sql, "CREATE INDEX p_i ON p ({});", dice.one_of(&["a", "b", "b, a"]));
    }
}
