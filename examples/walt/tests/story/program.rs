//! The program, from outside.

use crate::SERVER;
use crate::ground::Ground;

/// # The program
///
/// The same from outside: `walt start` prepares and shows what is known, `walt bench-ingest` measures.
#[test]
fn the_program_speaks() {
    let machine = Ground::new();
    let first = machine.run(&["start", SERVER, "192.168.152.1"]).expect("starts");
    assert!(first.starts_with("walt at ") && first.contains("role walt"), "{first}");
    assert!(first.ends_with("server  52:54:00:00:00:01 walt-server\n"), "{first}");
    assert_eq!(machine.run(&["start", SERVER, "192.168.152.1"]).expect("starts again").lines().count(), 2);

    let measured = machine.run(&["bench-ingest", "50000"]).expect("ingests");
    let seconds = measured.split_whitespace().last().and_then(|word| word.parse::<f64>().ok());
    assert!(seconds.is_some_and(|seconds| seconds > 0.0), "{measured}");
    assert_eq!(machine.psql("walt", "SELECT count(*), count(DISTINCT stream_id) FROM logs"), "50000|50");

    assert!(machine.run(&[]).expect_err("refused").starts_with("usage: walt start"));
    assert!(machine.run(&["bench-ingest", "many"]).expect_err("refused").contains("`many` is no number"));
}
