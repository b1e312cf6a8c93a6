//! Rows of SQLite through PostgreSQL, and what is not a column's plain value.

use std::time::Duration;

use mainstay::conn::{PostgresTarget, Target};
use mainstay::data::Options;

use super::lab::{Lab, ask};

#[tokio::test]
async fn what_sqlite_has_comes_back_from_postgres() {
    let lab = Lab::new();
    let ddl = "CREATE TABLE item (id integer PRIMARY KEY, flag boolean, note text, price decimal(10,2), ratio real, at datetime, \
               doc json, raw blob, free);
               CREATE TABLE pair (a text, b integer, PRIMARY KEY (a, b)) WITHOUT ROWID;";
    let (_, from) = lab.sqlite(
        "from.db",
        &format!(
            "{ddl} INSERT INTO item VALUES (1, 1, 'a', 12.5, 0.1, '2024-02-29 12:00:00', '{{\"a\": 1}}', x'00ff', 'free');
             INSERT INTO item VALUES (2, 0, NULL, 3, 1e300, NULL, '[]', x'', '12');
             INSERT INTO item VALUES (-9223372036854775808, NULL, 'ä\n\t\\', 0, -7.0, '1969-07-20 20:17:40.5', 'null', NULL, NULL);
             INSERT INTO pair VALUES ('x', 1), ('x', 2);"
        ),
    );
    let (_, to) = lab.sqlite("to.db", ddl);
    let (database, between) = lab.postgres(
        "CREATE TABLE item (id bigint PRIMARY KEY, flag boolean, note text, price numeric(10,2), ratio float8, at timestamptz, \
         doc jsonb, raw bytea, free text); CREATE TABLE pair (a text, b int, PRIMARY KEY (a, b))",
    );
    lab.copy(&from, &between).await.unwrap();
    assert_eq!(
        database.psql("SELECT flag, price, at AT TIME ZONE 'UTC' FROM item WHERE id = 1").trim(),
        "t|12.50|2024-02-29 12:00:00"
    );
    lab.copy(&between, &to).await.unwrap();
    assert_eq!(lab.digests(&from).await, lab.digests(&to).await);
}

#[tokio::test]
async fn computed_columns_identities_triggers_and_sequences() {
    let lab = Lab::new();
    let schema = "CREATE TABLE item (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price int, \
                  twice int GENERATED ALWAYS AS (price * 2) STORED, touched text DEFAULT 'never');
                  CREATE SEQUENCE own; CREATE TABLE other (id int DEFAULT nextval('own') PRIMARY KEY);
                  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.touched = ''by trigger''; RETURN NEW; END';
                  CREATE TRIGGER touch BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION touch();
                  CREATE TRIGGER silent BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION touch();
                  ALTER TABLE item DISABLE TRIGGER silent;";
    let (_, from) = lab.postgres(&format!(
        "{schema} ALTER TABLE item DISABLE TRIGGER touch; INSERT INTO item (price) VALUES (1), (2), (3); DELETE FROM item WHERE id = 3;
         INSERT INTO other SELECT FROM generate_series(1, 5);"
    ));
    let (database, to) = lab.postgres(schema);
    let copied = lab.copy(&from, &to).await.unwrap();
    assert_eq!(copied.loaded.tables.iter().map(|table| table.inserted).sum::<u64>(), 7);
    assert_eq!(database.psql("SELECT * FROM item ORDER BY id").trim(), "1|1|2|never\n2|2|4|never");
    // The counters go on from where they were, a number that was given out and deleted included.
    assert_eq!(
        database.psql("INSERT INTO item (price) VALUES (9) RETURNING id, touched").lines().next(),
        Some("4|by trigger")
    );
    assert_eq!(database.psql("INSERT INTO other DEFAULT VALUES RETURNING id").lines().next(), Some("6"));
    assert_eq!(
        database.psql("SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"),
        "silent|D\ntouch|O"
    );
}

#[tokio::test]
async fn partitions_go_with_their_table_and_ledgers_stay() {
    let lab = Lab::new();
    let schema = "CREATE TABLE event (at date, note text) PARTITION BY RANGE (at);
                  CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
                  CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
                  CREATE TABLE base (id int); CREATE TABLE child (more text) INHERITS (base);
                  CREATE TABLE alembic_version (version_num text);
                  CREATE SCHEMA mainstay; CREATE TABLE mainstay.setting (name text, value text);
                  CREATE SCHEMA audit; CREATE TABLE audit.\"Log\" (id int)";
    let (_, from) = lab.postgres(&format!(
        "{schema}; INSERT INTO event VALUES ('2024-06-01', 'a'), ('2025-06-01', 'b'); INSERT INTO base VALUES (1);
         INSERT INTO child VALUES (2, 'x'); INSERT INTO alembic_version VALUES ('abc'); INSERT INTO audit.\"Log\" VALUES (1)"
    ));
    let (database, to) = lab.postgres(schema);
    let manifest = lab.dump(&from, "dump").await;
    let mut names: Vec<String> = manifest.tables.iter().map(|table| table.full_name().to_string()).collect();
    names.sort();
    assert_eq!(names, ["audit.\"Log\"", "public.base", "public.child", "public.event"]);
    lab.load("dump", &to).await.unwrap();
    assert_eq!(database.psql("SELECT count(*) FROM event_1"), "1");
    assert_eq!(database.psql("SELECT string_agg(id::text, ',') FROM ONLY base"), "1");
    assert_eq!(database.psql("SELECT count(*) FROM alembic_version"), "0");
}

#[tokio::test]
async fn what_is_not_taken_along_is_listed() {
    let lab = Lab::new();
    let (_, from) = lab.postgres(
        "CREATE TABLE item (id serial PRIMARY KEY); CREATE SEQUENCE lonely; CREATE MATERIALIZED VIEW seen AS SELECT 1 AS one;
         SELECT lo_create(0)",
    );
    let (_, file) =
        lab.sqlite("from.db", "CREATE TABLE item (id integer); CREATE VIRTUAL TABLE words USING fts5 (word)");
    assert_eq!(
        lab.dump(&from, "server").await.left_out,
        [
            "the sequence public.lonely, which gives no column its numbers",
            "the materialized view public.seen: REFRESH MATERIALIZED VIEW public.seen",
            "large objects (1), which only a backup takes along",
        ]
    );
    assert_eq!(lab.dump(&file, "file").await.left_out, ["the virtual table main.words, which its module makes"]);
}

#[tokio::test]
async fn autoincrement_goes_on_and_triggers_of_sqlite_stay() {
    let lab = Lab::new();
    let ddl = "CREATE TABLE item (id integer PRIMARY KEY AUTOINCREMENT, note text);
               CREATE TRIGGER loud AFTER INSERT ON item BEGIN UPDATE item SET note = 'by trigger' WHERE id = NEW.id; END;";
    let (_, from) = lab.sqlite(
        "from.db",
        "CREATE TABLE item (id integer PRIMARY KEY AUTOINCREMENT, note text);
               INSERT INTO item VALUES (1, 'a'), (7, 'b'); DELETE FROM item WHERE id = 7;",
    );
    let (path, to) = lab.sqlite("to.db", ddl);
    lab.copy(&from, &to).await.unwrap();
    assert_eq!(ask(&path, "SELECT note FROM item"), "a");
    assert_eq!(ask(&path, "INSERT INTO item (note) VALUES ('c') RETURNING id"), "8");
    assert_eq!(ask(&path, "SELECT note FROM item WHERE id = 8"), "by trigger");
}

#[tokio::test]
async fn yes_and_no_become_numbers_and_numbers_yes_and_no() {
    let lab = Lab::new();
    let (_, from) = lab.sqlite(
        "from.db",
        "CREATE TABLE item (id integer, a boolean, b boolean, c decimal(1), d text);
         INSERT INTO item VALUES (1, 1, 0, 1, '0'), (2, NULL, 1, 0, '1');",
    );
    let (database, to) =
        lab.postgres("CREATE TABLE item (id int, a numeric(3,1), b double precision, c boolean, d boolean)");
    lab.copy(&from, &to).await.unwrap();
    let rows = "SELECT string_agg(concat_ws(' ', id, coalesce(a::text, '-'), b, c, d), ', ' ORDER BY id) FROM item";
    assert_eq!(database.psql(rows), "1 1.0 0 t f, 2 - 1 f t");
}

#[tokio::test]
async fn tables_of_one_name_in_the_schemas_that_either_engine_calls_its_own() {
    let lab = Lab::new();
    let ddl = "CREATE TABLE item (id int); CREATE SCHEMA main; CREATE TABLE main.item (id int);";
    let (_, from) = lab.postgres(&format!("{ddl} INSERT INTO item VALUES (1); INSERT INTO main.item VALUES (2), (3)"));
    for dump in ["dump", "dump.tar.zst"] {
        lab.dump(&from, dump).await;
        let (database, to) = lab.postgres(ddl);
        lab.load(dump, &to).await.unwrap();
        assert_eq!(database.psql("SELECT sum(id) FROM item"), "1", "{dump}");
        assert_eq!(database.psql("SELECT sum(id) FROM main.item"), "5", "{dump}");
    }
}

#[tokio::test]
async fn whoever_holds_a_table_with_a_trigger_is_waited_for_no_longer_than_is_said() {
    let lab = Lab::new();
    let (_, from) = lab.postgres("CREATE TABLE item (id int); INSERT INTO item VALUES (1)");
    lab.dump(&from, "dump").await;
    let (database, to) = lab.postgres(
        "CREATE TABLE item (id int); CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER loud BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION loud()",
    );
    let mut holder = mainstay::engine::connect(&to, &lab.context).await.unwrap();
    // Rows may come in beside it, and the trigger cannot be silenced.
    holder.query("BEGIN; INSERT INTO item VALUES (9)").await.unwrap();
    let options = Options { lock_wait: Duration::from_millis(200), ..Options::default() };
    let loaded = tokio::time::timeout(Duration::from_secs(20), lab.load_with("dump", &to, &options)).await;
    let error = loaded.expect("it does not wait for ever").unwrap_err();
    assert_eq!(error.kind(), mainstay::ErrorKind::Locked, "{error:?}");
    assert!(error.one_line().contains("locked by somebody else for longer than 0.2 seconds"), "{error:?}");
    holder.query("ROLLBACK").await.unwrap();
    lab.load_with("dump", &to, &options).await.unwrap();
    assert_eq!(database.psql("SELECT count(*) FROM item"), "1");
}

#[tokio::test]
async fn a_counter_that_may_not_be_moved_is_told_before_the_first_row() {
    let lab = Lab::new();
    let ddl = "CREATE TABLE item (id serial PRIMARY KEY);";
    let (_, from) = lab.postgres(&format!("{ddl} INSERT INTO item SELECT n FROM generate_series(1, 5) n"));
    lab.dump(&from, "dump").await;
    let (database, to) = lab.postgres(ddl);
    let role = format!("{}_loader", database.name());
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT, UPDATE ON item TO {role}; GRANT USAGE ON item_id_seq TO {role}"
    ));
    let Target::Postgres(target) = &to else { unreachable!("a server's") };
    let other = Target::Postgres(PostgresTarget { user: role.clone(), ..target.clone() });
    let error = lab.load("dump", &other).await.unwrap_err();
    assert_eq!(error.kind(), mainstay::ErrorKind::Refused, "{error:?}");
    assert!(
        error.hints()[0].contains(&format!("GRANT SELECT, UPDATE ON SEQUENCE public.item_id_seq TO {role}")),
        "{error:?}"
    );
    database.psql(&format!("GRANT SELECT, UPDATE ON SEQUENCE public.item_id_seq TO {role}"));
    lab.load("dump", &other).await.unwrap();
    assert_eq!(database.psql("SELECT nextval('item_id_seq')"), "6");
}

#[tokio::test]
async fn a_load_that_is_alone_locks_others_out() {
    let lab = Lab::new();
    let (_, from) = lab.postgres("CREATE TABLE item (id int)");
    let (_, to) = lab.postgres("CREATE TABLE item (id int)");
    lab.dump(&from, "dump").await;
    let mut session = mainstay::engine::connect(&to, &lab.context).await.unwrap();
    assert!(session.try_lock("data load").await.unwrap());
    let error = lab.load_with("dump", &to, &Options::default()).await.unwrap_err();
    assert_eq!(error.kind(), mainstay::ErrorKind::Locked, "{error:?}");
}
