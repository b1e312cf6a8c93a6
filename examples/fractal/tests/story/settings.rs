//! The settings of the page: `POSTGRES_*` in the environment or in `.fractal_server.env`, and `DB_ECHO`.

use crate::ground::{Ground, PASSWORD};

/// # POSTGRES_*
///
/// Only `POSTGRES_DB` is required. Without a host it is localhost with port 5432, as in fractal; a host may be a name or a
/// socket's folder; user and password that are set to nothing are as good as not set.
#[test]
fn where_the_database_is() {
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("POSTGRES_DB", "fractal_db")], "host=localhost port=5432 dbname=fractal_db"),
        (
            &[("POSTGRES_DB", "fractal_db"), ("POSTGRES_USER", ""), ("POSTGRES_PASSWORD", ""), ("POSTGRES_HOST", "")],
            "host=localhost port=5432 dbname=fractal_db",
        ),
        (
            &[("POSTGRES_DB", "fractal_db"), ("POSTGRES_HOST", "db.example.org"), ("POSTGRES_PORT", "5433")],
            "host=db.example.org port=5433 dbname=fractal_db",
        ),
        (
            &[("POSTGRES_DB", "fractal_db"), ("POSTGRES_HOST", "/var/run/postgresql")],
            "host=/var/run/postgresql port=5432 dbname=fractal_db",
        ),
        (
            &[("POSTGRES_DB", "fractal_db"), ("POSTGRES_USER", "fractal"), ("POSTGRES_PASSWORD", PASSWORD)],
            "host=localhost port=5432 user=fractal dbname=fractal_db password=***",
        ),
    ];
    for (vars, expected) in cases {
        let mut machine = Ground::new("shown");
        vars.iter().for_each(|(name, value)| machine.env(name, value));
        let shown = machine.does(&["conn", "show"]);
        let fields: Vec<(&str, &str)> = shown.stdout.lines().skip(1).filter_map(|line| line.split_once('\t')).collect();
        for field in expected.split(' ') {
            let (name, value) = field.split_once('=').expect("name=value");
            let found = fields.iter().find(|(field, _)| *field == name).and_then(|(_, rest)| rest.split_once('\t'));
            assert_eq!(found.map(|(found, _)| found), Some(value), "{name} with {vars:?}: {shown:?}");
        }
        assert!(!shown.stdout.contains("p@ss"), "{shown:?}");
    }
}

/// # .fractal_server.env
///
/// The file that fractal reads is read here too, as `mainstay.toml` says; the real environment goes first. Each field tells
/// where it is from.
#[test]
fn the_file_of_settings() {
    let mut machine = Ground::new("from_file");
    machine.set(&[("POSTGRES_USER", "fractal"), ("POSTGRES_PASSWORD", PASSWORD)]);
    machine.env("POSTGRES_USER", "somebody");
    let shown = machine.does(&["conn", "show"]).stdout;
    assert!(shown.contains("dbname\tfrom_file\tPOSTGRES_DB in .fractal_server.env\n"), "{shown}");
    assert!(shown.contains("user\tsomebody\tPOSTGRES_USER\n"), "{shown}");
    assert!(shown.contains("password\t***\tPOSTGRES_PASSWORD in .fractal_server.env\n"), "{shown}");
}

/// # A socket
///
/// The same database through the socket's folder as through the network.
#[test]
fn through_the_socket_and_through_the_network() {
    let mut machine = Ground::with_migrations("both_ways");
    machine.does(&["prepare"]);
    for host in ["localhost", "127.0.0.1", &machine.socket()] {
        machine.set(&[("POSTGRES_HOST", host), ("POSTGRES_USER", "fractal"), ("POSTGRES_PASSWORD", PASSWORD)]);
        let told =
            machine.does(&["-q", "sql", "--format", "plain", "-c", "SELECT current_user, inet_server_addr()"]).stdout;
        let expected = if host.starts_with('/') { "fractal, NULL\n" } else { "fractal, 127.0.0.1\n" };
        assert_eq!(told, expected, "{host}");
    }
}

/// # DB_ECHO
///
/// The page says `true`, `True` or `1`; releases of fractal differ in what they take. Here every spelling of yes and no is
/// taken, under SQLAlchemy's name too; what is neither is a warning, not a guess. Statements are logged with what is secret
/// in them hidden.
#[test]
fn echo_in_every_spelling() {
    let mut machine = Ground::with_migrations("echoed");
    machine.does(&["prepare"]);
    let spellings: [(&str, &[&str], bool); 4] = [
        ("DB_ECHO", &["true", "True", "TRUE", "1", "yes", "YES"], true),
        ("SQLALCHEMY_ECHO", &["t", "y", "True"], true),
        ("DB_ECHO", &["false", "False", "0", "no", ""], false),
        ("SQLALCHEMY_ECHO", &["f", "n", "0", ""], false),
    ];
    for (name, values, echoes) in spellings {
        for value in values {
            machine.set(&[
                ("POSTGRES_HOST", "localhost"),
                ("POSTGRES_USER", "fractal"),
                ("POSTGRES_PASSWORD", PASSWORD),
                (name, value),
            ]);
            let run = machine.does(&["sql", "-c", "SELECT 7 AS seven"]);
            assert_eq!(run.stderr.contains("SELECT 7 AS seven"), echoes, "{name}={value}: {run:?}");
            assert!(!run.stderr.contains("neither yes nor no"), "{name}={value}: {run:?}");
        }
    }

    machine.env("DB_ECHO", "maybe");
    let unsure = machine.does(&["sql", "-c", "SELECT 7 AS seven"]);
    assert!(unsure.stderr.contains("DB_ECHO is \"maybe\", which says neither yes nor no"), "{unsure:?}");
    assert!(!unsure.stderr.contains("SELECT 7"), "{unsure:?}");

    machine.env("DB_ECHO", "True");
    let change = format!("ALTER ROLE fractal PASSWORD '{PASSWORD}'");
    let run = machine.does(&["sql", "--write", "-c", &change]);
    assert!(run.stderr.contains("ALTER ROLE fractal PASSWORD '***'") && !run.stderr.contains("p@ss"), "{run:?}");
}
