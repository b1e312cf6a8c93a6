//! Looking by hand: where the server is, and what is in the database.

use crate::ground::Ground;

/// # "The systemd service name depends on the postgresql version"
///
/// `systemctl status postgresql*main.service` finds a server by guessing its name. It is found by what runs and by what Debian's
/// tools look after, with version, port, unit, data and log; and the log is there to be read.
pub fn the_server_is_found_and_says_what_happened(machine: &Ground) {
    let status = machine.mainstay(&["server", "status"]);
    let data = machine.data().display().to_string();
    let row = status.lines().find(|line| line.contains(&data)).expect("the story's own server");
    assert!(row.contains("\trunning\t"), "{row}");
    let log = machine.mainstay(&["server", "logs", &data, "-n", "1000"]);
    assert!(log.contains("database system is ready to accept connections"), "{log}");
}

/// # "Basic postgresql usage tips"
///
/// `\\dt`, `\\d <table-name>` and queries, as whoever owns the database and without a password; and what the page says of the
/// tables is so. Nothing is written by accident.
pub fn tables_and_rows_are_looked_at(machine: &Ground) {
    let tables = machine.mainstay(&["tables"]);
    let names: Vec<&str> = tables.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
    for table in [
        "devices",
        "nodes",
        "switches",
        "images",
        "switchports",
        "poeoff",
        "topology",
        "logs",
        "logstreams",
        "checkpoints",
    ] {
        assert!(names.iter().any(|name| name.ends_with(table)), "{table} is not among {names:?}");
    }
    let devices = machine.mainstay(&["describe", "devices"]);
    assert!(devices.contains("primary key (mac)"), "{devices}");
    for table in ["nodes", "switches", "switchports", "poeoff", "topology", "logstreams"] {
        assert!(devices.contains(&format!("\npublic.{table} ")), "{table} does not refer to {devices}");
    }
    let logs = machine.mainstay(&["describe", "logs"]);
    assert!(logs.contains("(stream_id) REFERENCES public.logstreams(id)"), "{logs}");
    let links = machine.mainstay(&["describe", "topology"]);
    for column in ["mac1", "port1", "mac2", "port2", "confirmed"] {
        assert!(links.contains(&format!("\n{column} ")), "{links}");
    }
    let kinds = machine.mainstay(&["sql", "--format", "csv", "-c", "SELECT DISTINCT type FROM devices ORDER BY 1"]);
    assert!(kinds.starts_with("type\n") && kinds.contains("switch"), "{kinds}");
}
