//! What an attack has found: nothing goes beyond what was counted, nor behind the back of the count.

use mainstay::{ErrorKind, Result};

use super::{Place, counts, gone};

async fn refused<T>(done: Result<T>, words: &str) {
    let error = done.err().unwrap_or_else(|| panic!("not refused: {words}"));
    assert!(format!("{error:?}").contains(words), "{error:?}");
}

#[tokio::test]
async fn a_condition_that_looks_at_other_rows_takes_no_more_than_was_counted() {
    for place in [Place::postgres(), Place::sqlite()] {
        place.sql("CREATE TABLE q (id int PRIMARY KEY, size int)").await;
        let rows: Vec<String> = (1..=60).map(|n| format!("({n}, {n})")).collect();
        place.sql(&format!("INSERT INTO q VALUES {}", rows.join(", "))).await;
        let first = "table = 'q'\nwhere = 'id IN (SELECT id FROM q ORDER BY id LIMIT 10)'";
        assert_eq!(counts(&place.plan(first).await.unwrap()), "q 10");
        assert_eq!(gone(&place.run(first).await.unwrap()), "q 10");
        assert_eq!(place.ask("SELECT min(id) FROM q").await, "11");
        let above = "table = 'q'\nwhere = 'size > (SELECT avg(size) FROM q)'";
        let planned = place.plan(above).await.unwrap().rows();
        let cleaned = place.run(above).await.unwrap();
        assert!(cleaned.rows() <= planned && cleaned.rows() > 0, "{} of {planned}", cleaned.rows());
    }
}

#[tokio::test]
async fn a_name_without_schema_means_what_the_server_means() {
    let place = Place::postgres();
    place.sql("CREATE SCHEMA archive").await;
    place.sql("CREATE TABLE archive.logs (id int PRIMARY KEY, seen timestamptz)").await;
    place.sql("INSERT INTO archive.logs VALUES (1, '2020-01-01')").await;
    let policy = "column = 'seen'\nolder_than = '1 year'";
    refused(place.plan(&format!("table = 'logs'\n{policy}")).await, "table `logs` does not exist").await;
    assert_eq!(counts(&place.plan(&format!("table = 'archive.logs'\n{policy}")).await.unwrap()), "archive.logs 1");
}

#[tokio::test]
async fn a_plan_holds_for_its_own_database() {
    let (one, other) = (Place::postgres(), Place::postgres());
    for place in [&one, &other] {
        place.sql("CREATE TABLE logs (id int PRIMARY KEY, done bool)").await;
        place.sql("INSERT INTO logs VALUES (1, true), (2, false)").await;
    }
    let policy = super::read("table = 'logs'\nwhere = 'done'");
    let with = super::With::new(&policy);
    let plan = with.plan(one.session().await.as_mut()).await.unwrap();
    let done = with.run_planned(other.session().await.as_mut(), Some(&plan)).await;
    assert_eq!(done.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(with.run_planned(one.session().await.as_mut(), Some(&plan)).await.unwrap().rows(), 1);
}

#[tokio::test]
async fn what_the_database_would_take_uncounted_is_refused_or_kept() {
    let place = Place::postgres();
    for sql in [
        "CREATE TABLE p (id int PRIMARY KEY, old bool)",
        "INSERT INTO p VALUES (1, true), (2, true), (3, false)",
        // The server would refuse to set it to NULL: it keeps.
        "CREATE TABLE must (id int PRIMARY KEY, pid int NOT NULL REFERENCES p ON DELETE SET NULL)",
        "INSERT INTO must VALUES (1, 1)",
    ] {
        place.sql(sql).await;
    }
    let policy = "table = 'p'\nwhere = 'old'";
    assert_eq!(counts(&place.plan(policy).await.unwrap()), "p 1");
    assert_eq!(gone(&place.run(policy).await.unwrap()), "p 1");
    assert_eq!(place.ask("SELECT id FROM p ORDER BY id").await, "1 3");

    // A trigger that lets no row change: the database's CASCADE would take it.
    for sql in [
        "INSERT INTO p VALUES (4, true)",
        "CREATE TABLE c (id int PRIMARY KEY, pid int REFERENCES p ON DELETE CASCADE)",
        "INSERT INTO c VALUES (1, 4)",
        "CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER never BEFORE UPDATE ON c FOR EACH ROW EXECUTE FUNCTION never()",
    ] {
        place.sql(sql).await;
    }
    let to_null = "table = 'p'\nwhere = 'old'\nreferences = { c = 'null' }";
    refused(place.run(to_null).await, "1 rows of c.pid still refer to what was to go").await;
    assert_eq!(place.ask("SELECT count(*) FROM c").await, "1");

    place.sql("ALTER EXTENSION plpgsql ADD TABLE c").await;
    refused(place.plan(policy).await, "`c` belongs to an extension and refers to `p`").await;
    place.sql("ALTER EXTENSION plpgsql DROP TABLE c").await;
}

#[tokio::test]
async fn in_sqlite_only_dates_are_old_and_keys_with_a_collation_are_refused() {
    let place = Place::sqlite();
    place.sql("CREATE TABLE logs (id integer PRIMARY KEY, at text)").await;
    let values =
        ["2020-01-01", "2020-01-01 10:00:00", "2020-01-01T10:00:00Z", "2020", "201101", "2458849.5", "12:30", "old"];
    for value in values {
        place.sql(&format!("INSERT INTO logs (at) VALUES ('{value}')")).await;
    }
    let cleaned = place.run("table = 'logs'\ncolumn = 'at'\nolder_than = '90 days'").await.unwrap();
    assert_eq!(gone(&cleaned), "logs 3");
    assert_eq!(place.ask("SELECT at FROM logs ORDER BY id").await, "2020 201101 2458849.5 12:30 old");

    place.sql("CREATE TABLE p (name text COLLATE NOCASE PRIMARY KEY, old int)").await;
    place.sql("CREATE TABLE c (id integer PRIMARY KEY, pn text REFERENCES p (name) ON DELETE CASCADE)").await;
    refused(place.plan("table = 'p'\nwhere = 'old = 1'").await, "refers to a key that is compared by a collation")
        .await;
}

/// A key in other letters was not known for a column with a collation, and what was to be kept went with what it refers to.
#[tokio::test]
async fn in_sqlite_a_key_in_other_letters_is_the_same_column() {
    for action in ["ON DELETE CASCADE", "ON DELETE SET NULL", ""] {
        let place = Place::sqlite();
        place.sql("CREATE TABLE logs (id text COLLATE nocase PRIMARY KEY, ts text)").await;
        place.sql("CREATE TABLE n (id text PRIMARY KEY, ts text)").await;
        place.sql(&format!("CREATE TABLE pins (id integer PRIMARY KEY, l text REFERENCES LOGS (ID) {action})")).await;
        place.sql(&format!("CREATE TABLE m (id integer PRIMARY KEY, n text REFERENCES N (ID) {action})")).await;
        place.sql("INSERT INTO logs VALUES ('Run-A', '2024-01-01')").await;
        place.sql("INSERT INTO pins VALUES (1, 'run-a')").await;
        place.sql("INSERT INTO n VALUES ('a', '2024-01-01'), ('b', '2024-01-01')").await;
        place.sql("INSERT INTO m VALUES (1, 'a')").await;
        let old = |table: &str, keeps: &str| {
            format!("table = '{table}'\ncolumn = 'ts'\nolder_than = '90 days'\nreferences = {{ {keeps} = 'keep' }}")
        };
        refused(place.run(&old("logs", "pins")).await, "refers to a key that is compared by a collation: `id`").await;
        assert_eq!(place.ask("SELECT count(*) FROM logs JOIN pins ON logs.id = l").await, "1");
        assert_eq!(gone(&place.run(&old("n", "m")).await.unwrap()), "n 1");
        assert_eq!(place.ask("SELECT n.id FROM n JOIN m ON n.id = m.n").await, "a");
    }
}

/// SQLite takes a name in double quotes that it does not know for a text, from which every row differs.
#[tokio::test]
async fn in_sqlite_a_quoted_name_that_is_not_there_is_no_text() {
    let place = Place::sqlite();
    place.sql("CREATE TABLE logs (id integer PRIMARY KEY, ts text, level text, \"a`b\" text)").await;
    place.sql("CREATE TABLE note (id integer PRIMARY KEY, log int, kind text)").await;
    // What the schema itself says so goes on working.
    place
        .sql("CREATE TRIGGER t AFTER DELETE ON logs BEGIN INSERT INTO note (log, kind) VALUES (old.id, \"gone\"); END")
        .await;
    place.sql("INSERT INTO logs VALUES (1, '2024-01-01', 'audit', 'x'), (2, '2024-01-01', 'debug', 'x')").await;
    place.sql("INSERT INTO note VALUES (1, 2, 'log')").await;
    let old = "table = 'logs'\ncolumn = 'ts'\nolder_than = '90 days'\n";
    let link =
        |condition: &str| format!("{old}links = [{{ from = 'note.log', to = 'logs.id', where = '''{condition} ''' }}]");
    for wrong in [format!("{old}where = '''\"levl\" <> 'audit' '''"), link("\"kindd\" <> 'b'"), link("kind = \"text\"")]
    {
        let error = place.run(&wrong).await.expect_err(&wrong);
        assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Config, Some("42703")), "{error:?}");
        assert!(error.hints().iter().any(|hint| hint.contains("double quotes are for names")), "{error:?}");
        assert_eq!(place.ask("SELECT count(*) FROM logs").await, "2");
    }
    let right = format!("{old}where = '''\"level\" <> 'audit' AND \"a`b\" = 'x' '''");
    assert_eq!(gone(&place.run(&right).await.unwrap()), "logs 1");
    assert_eq!(place.ask("SELECT kind FROM note ORDER BY id").await, "log gone");
}

#[tokio::test]
async fn in_sqlite_a_ring_that_cascades_too_deep_is_told_with_a_way_out() {
    let place = Place::sqlite();
    let ring = |action: &str| {
        format!(
            "CREATE TABLE a (id integer PRIMARY KEY, old int, next int REFERENCES a (id) {action});
             WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 1500)
             INSERT INTO a SELECT id, 1, id % 1500 + 1 FROM n"
        )
    };
    let mut session = place.session().await;
    session.query("PRAGMA foreign_keys = OFF").await.unwrap();
    session.query(&ring("ON DELETE CASCADE")).await.unwrap();
    let policy = "table = 'a'\nwhere = 'old = 1'\nreferences = { a = 'follow' }";
    let error = place.run(policy).await.expect_err("a thousand at most");
    assert!(error.hints().iter().any(|hint| hint.contains("take it off the chain's foreign key")), "{error:?}");
    assert_eq!(place.ask("SELECT count(*) FROM a").await, "1500");
    session.query(&format!("DROP TABLE a; {}", ring(""))).await.unwrap();
    assert_eq!(gone(&place.run(policy).await.unwrap()), "a 1500");
}

#[tokio::test]
async fn partitions_are_not_detached_empty() {
    let place = Place::postgres();
    for sql in [
        "CREATE TABLE logs (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
        "CREATE TABLE l1 PARTITION OF logs FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')",
        "INSERT INTO logs VALUES (1, '2020-01-02')",
        "CREATE TABLE notes (id int, log int, at date, FOREIGN KEY (log, at) REFERENCES logs)",
    ] {
        place.sql(sql).await;
    }
    let policy = "table = 'logs'\ncolumn = 'at'\nolder_than = '1 year'\npartitions = 'detach'";
    refused(place.run(policy).await, "its partitions cannot be detached with their rows").await;
    assert_eq!(place.ask("SELECT count(*) FROM l1").await, "1");
}

#[tokio::test]
async fn rows_of_a_table_that_inherits_are_not_pointed_at_nothing() {
    let place = Place::postgres();
    place.sql("CREATE TABLE old (id int PRIMARY KEY, seen timestamptz)").await;
    place.sql("CREATE TABLE note (id int, of_old int REFERENCES old ON DELETE SET NULL)").await;
    // A foreign key is not inherited: what stands in the copy is the copy's own.
    place.sql("CREATE TABLE copied_note () INHERITS (note)").await;
    place.sql("INSERT INTO old VALUES (1, '2020-01-01'), (2, now())").await;
    place.sql("INSERT INTO note VALUES (1, 1), (2, 2)").await;
    place.sql("INSERT INTO copied_note VALUES (3, 1)").await;
    let policy = "table = 'old'\ncolumn = 'seen'\nolder_than = '1 year'\nreferences = { note = 'null' }";
    let plan = place.plan(policy).await.unwrap();
    assert_eq!(plan.references.iter().map(|one| one.changed).sum::<u64>(), 1);
    assert_eq!(gone(&place.run(policy).await.unwrap()), "old 1");
    assert_eq!(
        place.ask("SELECT string_agg(id || ' ' || coalesce(of_old::text, '-'), ', ' ORDER BY id) FROM note").await,
        "1 -, 2 2, 3 1"
    );
}

#[tokio::test]
async fn keys_are_compared_by_the_collation_of_what_they_refer_to() {
    let place = Place::postgres();
    for sql in [
        "CREATE TABLE p (name text COLLATE \"C\" PRIMARY KEY, old bool)",
        "CREATE TABLE c (id int PRIMARY KEY, pn text COLLATE \"POSIX\" REFERENCES p (name))",
        "CREATE TABLE d (id int PRIMARY KEY, pn text COLLATE \"POSIX\" REFERENCES p (name))",
        "CREATE TABLE e (id int PRIMARY KEY, pn text COLLATE \"POSIX\" REFERENCES p (name))",
        "INSERT INTO p VALUES ('a', true), ('b', true), ('c', false)",
        "INSERT INTO c VALUES (1, 'a'), (2, 'c')",
        "INSERT INTO d VALUES (1, 'a'), (2, 'c')",
        "INSERT INTO e VALUES (1, 'b')",
    ] {
        place.sql(sql).await;
    }
    let policy = "table = 'p'\nwhere = 'old'\nreferences = { c = 'follow', d = 'null' }";
    let plan = place.plan(policy).await.unwrap();
    assert_eq!((counts(&plan), plan.held), ("c 1, p 1".into(), 1), "{plan:?}");
    assert_eq!(gone(&place.run(policy).await.unwrap()), "c 1, p 1");
    assert_eq!(place.ask("SELECT coalesce(pn, '-') FROM d ORDER BY id").await, "- c");
    for orphans in ["freed", "all"] {
        let policy = format!("table = 'c'\nwhere = 'id = 2'\norphans = {{ p = '{orphans}' }}");
        let plan = place.plan(&policy).await.unwrap();
        assert_eq!(counts(&plan), "c 1", "d and e keep what c has referred to");
    }

    // What differs in its letters' size alone refers to another row.
    let place = Place::sqlite();
    for sql in [
        "CREATE TABLE p (name text PRIMARY KEY, old int)",
        "CREATE TABLE c (id integer PRIMARY KEY, pn text COLLATE NOCASE REFERENCES p (name) ON DELETE CASCADE)",
        "INSERT INTO p VALUES ('a', 1), ('A', 0)",
        "INSERT INTO c VALUES (1, 'a'), (2, 'A')",
    ] {
        place.sql(sql).await;
    }
    assert_eq!(gone(&place.run("table = 'p'\nwhere = 'old = 1'").await.unwrap()), "c 1, p 1");
    assert_eq!(place.ask("SELECT pn FROM c").await, "A");
}

#[tokio::test]
async fn a_link_that_is_emptied_holds_for_tables_that_inherit() {
    let place = Place::postgres();
    for sql in [
        "CREATE TABLE p (id int PRIMARY KEY, old bool)",
        "CREATE TABLE q (id int PRIMARY KEY, p int, boss int)",
        "CREATE TABLE r () INHERITS (q)",
        "INSERT INTO p VALUES (1, true), (2, false)",
        // The first row of either table lies at the same place.
        "INSERT INTO q VALUES (1, 1, NULL)",
        "INSERT INTO r VALUES (1, NULL, 1)",
    ] {
        place.sql(sql).await;
    }
    let policy = "table = 'p'\nwhere = 'old'\nlinks = [{ from = 'q.p', to = 'p.id', rule = 'follow' }, \
                  { from = 'q.boss', to = 'p.id', rule = 'null' }]";
    assert_eq!(gone(&place.run(policy).await.unwrap()), "p 1, q 1");
    assert_eq!(place.ask("SELECT id || ' ' || coalesce(boss::text, '-') FROM r").await, "1 -");
}

#[tokio::test]
async fn columns_that_are_called_like_the_number_of_a_row() {
    let place = Place::sqlite();
    for sql in [
        "CREATE TABLE a (rowid text, _rowid_ text, oid text, id int PRIMARY KEY, old int)",
        "CREATE TABLE b (rowid text, id integer PRIMARY KEY, a_id int REFERENCES a (id))",
        "INSERT INTO a VALUES ('x', 'x', 'x', 1, 1), ('x', 'x', 'x', 2, 0)",
        "INSERT INTO b VALUES ('x', 1, 1), ('x', 2, 2)",
        "CREATE TABLE bare (rowid text, _rowid_ text, oid text, old int)",
    ] {
        place.sql(sql).await;
    }
    let policy = "table = 'a'\nwhere = 'old = 1'\nreferences = { b = 'follow' }";
    assert_eq!(gone(&place.run(policy).await.unwrap()), "a 1, b 1");
    assert_eq!(place.ask("SELECT id FROM b").await, "2");
    refused(place.plan("table = 'bare'\nwhere = 'old = 1'").await, "rows of `bare` are known by nothing").await;
}

/// PostgreSQL compared each row with each one that goes to find one that stays: two minutes for these, hours for a million.
#[tokio::test]
async fn whether_a_row_stays_is_soon_known_where_the_first_ones_go() {
    let place = Place::postgres();
    place.sql("CREATE TABLE q (id int PRIMARY KEY, old boolean)").await;
    place.sql("INSERT INTO q SELECT n, n <= 120000 FROM generate_series(1, 600000) n; ANALYZE q").await;
    let planned = place.plan("table = 'q'\nwhere = 'old'");
    let planned =
        tokio::time::timeout(std::time::Duration::from_secs(60), planned).await.expect("in a minute").unwrap();
    assert_eq!(counts(&planned), "q 120000");
    assert!(!format!("{:?}", planned.plan).contains("EmptiesTable"), "{:?}", planned.plan);
}
