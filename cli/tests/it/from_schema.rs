//! `mainstay migrate new --from-schema`.

use mainstay_testing::{Cli, TestDatabase, server};

use crate::{mainstay, on_database};

const WANTED: &str = "\
CREATE TABLE device (id int PRIMARY KEY, name text NOT NULL);
CREATE FUNCTION devices() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM device); END';
";

/// A project with one migration, applied, and a wanted schema.
fn project(start: &str, wanted: &str) -> (TestDatabase, Cli) {
    let database = server().database();
    let mut cli = on_database(&database);
    cli.file("mainstay.toml", "[migrations]\nschema = \"schema.sql\"\n").file("schema.sql", wanted);
    cli.file("migrations/20260101000000_start.up.sql", start);
    succeeds(&mut cli, &["prepare"]);
    (database, cli)
}

fn succeeds(cli: &mut Cli, args: &[&str]) -> String {
    let run = cli.args(args.iter().copied()).run();
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout
}

/// The files of the folder whose name has `part` in it, in order, with their text.
fn files(cli: &Cli, part: &str) -> Vec<String> {
    let names = std::fs::read_dir(cli.project().join("migrations")).unwrap();
    let mut paths: Vec<_> = names.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.file_name().unwrap().to_string_lossy().contains(part));
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn there_and_back_and_nothing_more_to_do() {
    let (database, mut cli) =
        project("CREATE TABLE device (id int PRIMARY KEY, name text); CREATE TABLE old (id int)", WANTED);
    database.psql("INSERT INTO old VALUES (1)");
    let run = cli.args(["migrate", "new", "tidy", "up", "--from-schema"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("warning: the migration drops table public.old: it must be allowed"), "{run:?}");
    let written = files(&cli, "tidy_up");
    assert_eq!(run.stdout.lines().count(), written.len());
    insta::assert_snapshot!(written.join("\n"), @"
    -- undo: tidy up 1

    -- hazard: drops-object: drops function public.devices()
    DROP FUNCTION public.devices();
    CREATE TABLE public.old (
        id integer
    );

    -- tidy up 1

    SET LOCAL check_function_bodies = off;
    -- hazard: deletes-data: drops table public.old
    DROP TABLE public.old;
    CREATE OR REPLACE FUNCTION public.devices()
     RETURNS bigint
     LANGUAGE plpgsql
    AS $function$BEGIN RETURN (SELECT count(*) FROM device); END$function$;

    -- undo: tidy up 2

    ALTER TABLE public.device ALTER COLUMN name DROP NOT NULL;

    -- tidy up 2

    -- mainstay: no-transaction
    ALTER TABLE public.device ADD CONSTRAINT name__not_null CHECK ((name IS NOT NULL)) NOT VALID;
    -- hazard: fails-on-rows: fails where name in public.device is NULL
    ALTER TABLE public.device VALIDATE CONSTRAINT name__not_null;
    ALTER TABLE public.device ALTER COLUMN name SET NOT NULL;
    ALTER TABLE public.device DROP CONSTRAINT name__not_null;
    ");

    // The hazard is a comment, and no consent.
    let run = cli.args(["migrate", "up"]).run();
    assert_eq!(run.code, 5, "{run:?}");
    succeeds(&mut cli, &["migrate", "up", "--allow", "deletes-data"]);
    assert!(succeeds(&mut cli, &["schema", "diff", "database", "schema.sql"]).starts_with("-- no differences"));
    insta::assert_snapshot!(cli.args(["migrate", "new", "more", "--from-schema"]).run().snapshot(), @"
    exit: 0
    --- stdout
    the migrations produce the wanted schema: nothing to write
    --- stderr
    ");
    assert_eq!(files(&cli, "more"), [""; 0]);
    succeeds(&mut cli, &["migrate", "verify"]);
    succeeds(&mut cli, &["migrate", "down", "--steps", "2", "--allow", "deletes-data"]);
    assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relname = 'old'"), "1");
}

#[test]
fn what_must_be_committed_first_is_a_migration_of_its_own() {
    let start = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE device (id int PRIMARY KEY, mood mood)";
    let wanted = "CREATE TYPE mood AS ENUM ('sad', 'glad'); \
                  CREATE TABLE device (id int PRIMARY KEY, mood mood DEFAULT 'glad')";
    let (_database, mut cli) = project(start, wanted);
    succeeds(&mut cli, &["migrate", "new", "cheer", "--from-schema"]);
    insta::assert_snapshot!(files(&cli, ".up.sql")[1..].join("\n"), @"
    -- cheer 1

    ALTER TYPE public.mood ADD VALUE 'glad';

    -- cheer 2

    ALTER TABLE public.device ALTER COLUMN mood SET DEFAULT 'glad'::public.mood;
    ");
    assert_eq!(files(&cli, ".down.sql").len(), 2);
    succeeds(&mut cli, &["migrate", "up"]);
    succeeds(&mut cli, &["migrate", "verify"]);
    assert!(succeeds(&mut cli, &["schema", "diff", "database", "schema.sql"]).starts_with("-- no differences"));
    succeeds(&mut cli, &["migrate", "down", "--steps", "2"]);
}

/// A label, a column that is filled with it in batches, and an index of it: three migrations, the last of which goes back to a
/// column that is still to be filled.
#[test]
fn a_column_is_filled_with_a_new_label() {
    let start = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE device (id int PRIMARY KEY)";
    let wanted = "CREATE TYPE mood AS ENUM ('sad', 'glad');
        CREATE TABLE device (id int PRIMARY KEY, mood mood NOT NULL
            DEFAULT CASE WHEN random() < 2 THEN 'glad'::mood ELSE 'sad'::mood END);
        CREATE INDEX ON device (mood);";
    let (database, mut cli) = project(start, wanted);
    database.psql("INSERT INTO device VALUES (1), (2)");
    succeeds(&mut cli, &["migrate", "new", "cheer", "--from-schema"]);
    assert_eq!(files(&cli, ".down.sql").len(), 3);
    succeeds(&mut cli, &["migrate", "up"]);
    assert_eq!(database.psql("SELECT string_agg(mood::text, ' ') FROM device"), "glad glad");
    succeeds(&mut cli, &["migrate", "verify"]);
    assert!(succeeds(&mut cli, &["schema", "diff", "database", "schema.sql"]).starts_with("-- no differences"));
    succeeds(&mut cli, &["migrate", "down", "--steps", "3", "--allow", "deletes-data"]);
}

/// What fails in files that were never written is not to be mended in them.
#[test]
fn a_draft_that_fails_is_told_as_one() {
    let start = "CREATE TABLE device (id int PRIMARY KEY, name text); INSERT INTO device VALUES (1, 'x')";
    let (_database, mut cli) = project(start, "CREATE TABLE device (id int PRIMARY KEY, name int)");
    let run = cli.args(["migrate", "new", "numbers", "--from-schema", "--offline"]).run();
    let hints: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("hint")).collect();
    assert_eq!((run.code, hints), (3, vec!["hint: nothing was written; write it by hand: mainstay migrate new NAME"]));
    assert!(run.stderr.contains("error: the drafted migration fails"), "{run:?}");
}

#[test]
fn in_the_layouts_of_other_tools() {
    let old = "CREATE TABLE old (id int);\n";
    let capsul = "CREATE TABLE schemaversion (version int); INSERT INTO schemaversion VALUES (1);";
    for (dialect, file, start) in [
        ("goose", "20260101000000_start.sql", &*format!("-- +goose Up\n{old}-- +goose Down\nDROP TABLE old;\n")),
        ("dbmate", "20260101000000_start.sql", &*format!("-- migrate:up\n{old}-- migrate:down\nDROP TABLE old;\n")),
        ("flyway", "V1__start.sql", old),
        ("capsul", "01_up_start.sql", capsul),
        ("diesel", "2026-01-01-000000_start/up.sql", old),
    ] {
        let database = server().database();
        let mut cli = on_database(&database);
        cli.file("mainstay.toml", &format!("[migrations]\ndialect = \"{dialect}\"\n"));
        cli.file("schema.sql", WANTED).file(&format!("migrations/{file}"), start);
        succeeds(&mut cli, &["prepare"]);
        let run = cli.args(["migrate", "new", "function", "--from-schema", "schema.sql"]).run();
        assert_eq!(run.code, 0, "{dialect}: {run:?}");
        assert_eq!(run.stderr.contains("no way back"), dialect == "flyway", "{dialect}: {run:?}");
        succeeds(&mut cli, &["migrate", "up", "--allow", "all"]);
        assert_eq!(database.psql("SELECT devices()"), "0", "{dialect}");
        let run = cli.args(["schema", "diff", "database", "schema.sql", "--exit-code"]).run();
        assert_eq!(run.code, 0, "{dialect}: {run:?}");
        if dialect == "goose" {
            insta::assert_snapshot!(files(&cli, "function").join("\n"), @"
            -- +goose Up
            -- function

            SET LOCAL check_function_bodies = off;
            -- hazard: deletes-data: drops table public.old
            DROP TABLE public.old;
            -- +goose StatementBegin
            CREATE OR REPLACE FUNCTION public.devices()
             RETURNS bigint
             LANGUAGE plpgsql
            AS $function$BEGIN RETURN (SELECT count(*) FROM device); END$function$;
            -- +goose StatementEnd
            CREATE TABLE public.device (
                id integer NOT NULL,
                name text NOT NULL,
                CONSTRAINT device_pkey PRIMARY KEY (id)
            );

            -- +goose Down
            -- hazard: drops-object: drops function public.devices()
            DROP FUNCTION public.devices();
            -- hazard: deletes-data: drops table public.device
            DROP TABLE public.device;
            CREATE TABLE public.old (
                id integer
            );
            ");
        }
    }
}

#[test]
fn refused_before_anything_is_written() {
    let (_database, mut cli) = project("CREATE TABLE device (id int)", WANTED);
    cli.file("migrations/20260102000000_pending.up.sql", "CREATE TABLE log (id int)");
    insta::assert_snapshot!(cli.args(["migrate", "new", "x", "--from-schema"]).run().snapshot(), @"
    exit: 5
    --- stdout
    --- stderr
    error: the database is not up to date: pending is 20260102000000
    hint: apply what is pending first: mainstay migrate up
    ");
    succeeds(&mut cli, &["migrate", "up"]);
    cli.file("schema.sql", "CREATE TABLE device (id nope)");
    let run = cli.args(["migrate", "new", "x", "--from-schema"]).run();
    assert!(run.code == 3 && run.stderr.contains("type \"nope\" does not exist"), "{run:?}");
    assert_eq!(files(&cli, "x.").len(), 0);

    cli.file("mainstay.toml", "");
    insta::assert_snapshot!(cli.args(["migrate", "new", "x", "--from-schema"]).run().snapshot(), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: nothing says which schema is wanted
    hint: write `schema = "schema.sql"` under [migrations] in mainstay.toml
    hint: or type: mainstay migrate new NAME --from-schema schema.sql
    "#);
}

#[test]
fn without_a_database_on_a_private_server() {
    let mut cli = mainstay();
    cli.file("schema.sql", WANTED).file("migrations/20260101000000_start.up.sql", "CREATE TABLE device (id int)");
    let run = cli.args(["migrate", "new", "x", "--from-schema", "schema.sql"]).run();
    assert_eq!((run.code, run.stdout.lines().count()), (0, 4), "{run:?}");
    assert_eq!(run.stderr, "warning: no database is named: whether it is up to date was not checked\n");
}
