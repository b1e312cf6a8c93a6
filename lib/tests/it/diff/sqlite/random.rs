//! Random pairs of schemas with rows: from one to the other and back, by seed.

use super::{File, walk};

/// Numbers that a seed gives, always the same. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }

    fn often(&mut self) -> bool {
        self.below(3) > 0
    }
}

/// A schema of three tables that point at each other, and what hangs on them.
fn schema(dice: &mut Dice) -> String {
    let mut sql = String::new();
    for at in 0..3 {
        let key = dice.one(&["INTEGER PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT", "INT NOT NULL PRIMARY KEY"]);
        let mut parts = vec![format!("id {key}")];
        let mut columns = vec!["id"];
        for column in ["a", "b", "c"] {
            if !dice.often() {
                continue;
            }
            columns.push(column);
            let data_type = dice.one(&["INTEGER", "INT", "NUMERIC(5)"]);
            let more = match dice.below(9) {
                0 => format!(" REFERENCES t{} (id) ON DELETE CASCADE", dice.below(3)),
                1 => format!(" REFERENCES t{} ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED", dice.below(3)),
                2 => " NOT NULL DEFAULT 1".to_owned(),
                3 => " UNIQUE".to_owned(),
                4 => format!(" CHECK ({column} > 0)"),
                5 => " COLLATE nocase".to_owned(),
                6 => " DEFAULT (1 + 1)".to_owned(),
                _ => String::new(),
            };
            parts.push(format!("{column} {data_type}{more}"));
        }
        if dice.below(4) == 0 {
            parts.push(format!("g INT AS (id + 1) {}", dice.one(&["STORED", "VIRTUAL"])));
        }
        match dice.below(5) {
            0 => parts.push(format!("CHECK ({} < 100)", columns[columns.len() - 1])),
            1 => parts.push("CONSTRAINT both UNIQUE (id)".to_owned()),
            _ => {}
        }
        let options = dice.one(&["", "", if key.contains("AUTO") { "" } else { " WITHOUT ROWID" }]);
        sql += &format!("CREATE TABLE t{at} ({}){options};\n", parts.join(", "));
        if dice.often() {
            let unique = dice.one(&["", "UNIQUE "]);
            sql += &format!("CREATE {unique}INDEX i{at} ON t{at} ({}, id);\n", columns[columns.len() - 1]);
        }
        if dice.often() {
            sql += &format!(
                "CREATE VIEW v{at} AS SELECT {} FROM t{};\n",
                dice.one(&["id", "*", "count(*)"]),
                dice.below(3)
            );
        }
        if dice.often() {
            let action = format!("INSERT INTO log (n) SELECT id FROM t{}", dice.below(3));
            let event = dice.one(&["INSERT", "DELETE"]);
            sql += &format!("CREATE TRIGGER g{at} AFTER {event} ON t{at} BEGIN {action}; END;\n");
        }
    }
    sql + "CREATE TABLE log (n);"
}

#[test]
fn there_and_back_for_many_seeds() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let (one, other) = (schema(&mut dice), schema(&mut dice));
        let (from, to, back) = (File::of(&one), File::of(&other), File::of(&one));
        let columns = |file: &File, table: &str| {
            let columns = file.rows(&format!("SELECT name FROM pragma_table_xinfo('{table}') WHERE hidden = 0"));
            columns.join(", ")
        };
        // Every value is the number of its row, so every key finds its row and every check holds.
        for table in ["t0", "t1", "t2"] {
            let names = columns(&from, table);
            let values = names.split(", ").map(|_| "n").collect::<Vec<_>>().join(", ");
            let fill = format!(
                "INSERT INTO {table} ({names}) SELECT {values} FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3)"
            );
            let conn = from.open();
            conn.execute_batch(&format!("PRAGMA foreign_keys = OFF; {fill}"))
                .unwrap_or_else(|error| panic!("{error}: {fill}"));
        }
        let both = |table: &str| {
            let there = columns(&to, table);
            let common: Vec<String> = columns(&from, table).split(", ").map(str::to_owned).collect();
            let common: Vec<&String> =
                common.iter().filter(|name| there.split(", ").any(|other| other == **name)).collect();
            let list = common.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
            format!("SELECT '{table}', {list} FROM {table} ORDER BY id")
        };
        let queries = ["t0", "t1", "t2"].map(both);
        let seen = |file: &File| queries.iter().flat_map(|query| file.rows(query)).collect::<Vec<_>>();
        let before = seen(&from);
        assert_eq!(before.len(), 9, "seed {seed}");
        let there = walk(&from, &to);
        assert_eq!(seen(&from), before, "seed {seed}, after:\n{}", there.to_sql());
        let again = walk(&from, &back);
        assert_eq!(seen(&from), before, "seed {seed}, after:\n{}", again.to_sql());
    }
}
