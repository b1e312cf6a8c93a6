//! What pg_upgrade loses is seen before anything changes places.

use super::Upgrading;
use super::gate::with_pg_upgrade;

/// Does away with what `sql` says in the new cluster, which pg_upgrade has just made.
fn damage(sql: &str) -> String {
    format!(
        r#"for word in "$@"; do case $word in --new-datadir=*) data=${{word#*=}} ;; --check) exit 0 ;; esac; done
bin=$(dirname "$0")
"$bin/postgres" --single -D "$data" postgres >/dev/null 2>&1 <<'END'
{sql}
END
"#
    )
}

#[test]
fn every_loss_is_found_and_the_old_cluster_runs_again() {
    let mut one = Upgrading::new();
    one.cluster.psql(
        "CREATE TABLE changed (a int); INSERT INTO changed SELECT generate_series(1, 9);
         CREATE TABLE gone (a int); CREATE SEQUENCE counted; SELECT nextval('counted');
         CREATE TABLE broken (a int); INSERT INTO broken SELECT generate_series(1, 9);
         CREATE ROLE lost; CREATE INDEX missed ON changed (a)",
    );
    let file = one.cluster.psql("SELECT pg_relation_filepath('broken')");
    let sql = [
        "DELETE FROM device WHERE id = 20000",
        "UPDATE changed SET a = -a WHERE a = 5",
        "DROP TABLE gone",
        "SELECT setval('counted', 7)",
        "DROP ROLE lost",
        "ALTER ROLE reader PASSWORD NULL",
        "DROP INDEX missed",
        "CREATE OR REPLACE VIEW named AS SELECT id, name FROM device WHERE id > 11",
        "SELECT lo_unlink(4711)",
    ];
    let page = format!("dd if=/dev/zero of=\"$data/{file}\" bs=8192 count=1 conv=notrunc 2>/dev/null");
    let bin = with_pg_upgrade(&one, &(damage(&sql.join("\n")) + &page));
    let mut args = one.args(&["run"]);
    let at = args.iter().position(|word| word == "--to-bin").unwrap();
    args[at + 1] = bin.display().to_string();
    let run = one.cli.args(args).run();
    assert_eq!(run.code, 6, "{}", run.stderr);
    let found = [
        "device has other rows: 19999 of 20000",
        "changed has other rows: 9 of 9",
        "gone; Type: TABLE",
        "gone is not there",
        "counted has other rows",
        "the role lost is not there",
        "the role reader is another one",
        "broken has other rows: 0 of 9",
        "pg_largeobject has other rows",
        "large objects has other rows",
    ];
    for words in found {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert!(run.stderr.contains("the old cluster is as it was"), "{}", run.stderr);
    one.has("15", 20_000);
    assert!(one.step().is_none() && !one.site().aside().exists());
}
