//! What has no way is refused before anything runs.

use mainstay::diff::{Options, diff};
use mainstay_testing::{TestServer, server, server_of};

use super::{check, structure, version};

fn refused(old: &str, new: &str) -> String {
    refused_on(server(), old, new)
}

fn refused_on(server: &TestServer, old: &str, new: &str) -> String {
    let (from, to) = (server.database(), server.database());
    from.psql(old);
    to.psql(new);
    let mut options = Options::new("postgres");
    options.server = version(&from);
    let error = diff(&structure(&from), &structure(&to), &options).expect_err("no plan");
    error.to_string()
}

#[test]
fn an_older_version_of_an_extension() {
    let state = |version: &str| format!("CREATE EXTENSION hstore VERSION '{version}'");
    let told = refused(&state("1.8"), &state("1.5"));
    assert!(told.contains("extension hstore is 1.8 and wanted as 1.5"), "{told}");
    let (from, to) = (server().database(), server().database());
    from.psql(&state("1.5"));
    to.psql(&state("1.8"));
    assert_eq!(super::walk(&from, &to, true), ["ALTER EXTENSION hstore UPDATE TO '1.8'"]);
}

#[test]
fn attributes_in_another_order() {
    let state = |attributes: &str| format!("CREATE TYPE shape AS ({attributes}); CREATE TABLE t OF shape");
    let told = refused(&state("a int, b int"), &state("b int, a int"));
    assert!(told.contains("table public.t cannot become one of type public.shape"), "{told}");
    check(&state("a int, b int"), &state("a int"));
}

#[test]
fn a_partition_that_computes_in_its_own_way() {
    let state = |own: &str| {
        format!(
            "CREATE TABLE p (a int, g int GENERATED ALWAYS AS (a + 1) STORED) PARTITION BY RANGE (a);
             CREATE TABLE p1 PARTITION OF p {own} FOR VALUES FROM (0) TO (10);"
        )
    };
    let (plain, own) = (state(""), state("(g GENERATED ALWAYS AS (a + 7) STORED)"));
    // Version 15 knows no such partitions, and 17 gives them their own expression.
    let told = refused_on(server_of(16), &plain, &own);
    assert!(told.contains("column g of public.p1 cannot be computed otherwise"), "{told}");
    super::round_trip(server_of(18), &plain, &own, true);
}
