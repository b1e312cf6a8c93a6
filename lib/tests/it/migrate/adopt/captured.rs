//! The chains of two real services, Alembic's, as captured: a database at their end is adopted, and the files make the same
//! from nothing. The captures are not part of this project: the tests run where their folder is.

use std::io::Write;
use std::path::PathBuf;

use mainstay::sql::Flavor;
use mainstay_testing::{Captured, server, statements};

use super::super::lab::Lab;
use super::adopt;

/// A real service: its captured steps, and the schema that it has at their end.
pub(super) struct Service {
    steps: &'static str,
    count: usize,
    schema: &'static str,
}

pub(super) const PACKIT: Service =
    Service { steps: "packit/captured_sql", count: 80, schema: "packit/expected_schema_b4e11a52ea52.pg15.sql" };
pub(super) const FRACTAL: Service = Service {
    steps: "fractal/captured_sql_2.24.2",
    count: 75,
    schema: "fractal/expected_schema_d4027db95431.pg15.sql",
};

impl Service {
    /// The captured steps and the schema's script; `None` where the cases are not.
    pub(super) fn load(&self) -> Option<(Captured, String)> {
        let cases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/systems");
        if !cases.is_dir() {
            let said = writeln!(std::io::stderr(), "not checked: no captured steps are at {}", cases.display());
            said.expect("said");
            return None;
        }
        let schema = std::fs::read_to_string(cases.join(self.schema)).expect("the schema's file");
        let captured = Captured::read(&cases.join(self.steps), "alembic_version");
        assert_eq!(captured.count(), self.count);
        Some((captured, schema))
    }
}

pub(super) fn lab(captured: &Captured) -> Lab {
    let lab = Lab::new(Flavor::Postgres, "mainstay");
    for (name, text) in captured.files() {
        lab.write(&name, &text);
    }
    lab
}

fn name(lab: &Lab) -> &str {
    lab.database.as_ref().expect("a server's database").name()
}

async fn check(service: &Service) {
    let Some((captured, schema)) = service.load() else { return };
    // As Alembic has left it.
    let old = lab(&captured);
    server().psql(name(&old), &schema);
    let head = captured.head();
    server().psql(name(&old), &format!("INSERT INTO public.alembic_version VALUES ('{head}')"));
    let before = server().schema(name(&old));

    let (adoption, proof) = adopt(&old, None).await.expect("adopts");
    assert_eq!((adoption.missing.len(), proof.migrations, adoption.pending), (service.count, service.count, 0));
    assert_eq!(adoption.at, format!("{}_{head}", captured.last_version()));
    assert!(old.up().await.expect("nothing to do").done.is_empty());
    let state = old.state().await.expect("reads");
    assert!(state.problems.is_empty() && state.pending.is_empty(), "{:?}", state.problems);
    assert_eq!(state.version().map(ToString::to_string), Some(captured.last_version()));
    assert_eq!(server().schema(name(&old)), before, "nothing was run");

    let new = lab(&captured);
    assert_eq!(new.up().await.expect("all from nothing").done.len(), service.count);
    server().psql(name(&new), ALEMBIC);
    same_lines(&server().schema(name(&new)), &statements(&schema));
}

/// Alembic's own table, which is no step's.
const ALEMBIC: &str = "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, \
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))";

fn same_lines(found: &str, expected: &str) {
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.lines().count(), expected.lines().count());
}

#[tokio::test]
async fn packit() {
    check(&PACKIT).await;
}

#[tokio::test]
async fn fractal() {
    check(&FRACTAL).await;
}
