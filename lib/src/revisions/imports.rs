//! Imports of the service's own code: a revision that leans on it stops running when that code changes.

use super::outline::{Import, Outline};
use super::{Around, Found, Severity};

/// The tools' own packages: a project's folder of the same name is where the revisions lie, never what is imported.
const TOOLS: [&str; 4] = ["alembic", "sqlalchemy", "django", "south"];

/// What revisions commonly import besides, for a project whose own packages are not known.
const KNOWN: [&str; 58] = [
    "__future__",
    "abc",
    "ast",
    "asyncio",
    "base64",
    "collections",
    "contextlib",
    "copy",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "hashlib",
    "importlib",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "logging",
    "math",
    "operator",
    "os",
    "pathlib",
    "pickle",
    "random",
    "re",
    "secrets",
    "string",
    "subprocess",
    "sys",
    "tempfile",
    "textwrap",
    "time",
    "traceback",
    "types",
    "typing",
    "typing_extensions",
    "unicodedata",
    "urllib",
    "uuid",
    "warnings",
    "zoneinfo",
    "zlib",
    "alembic_utils",
    "asyncpg",
    "fastapi_users_db_sqlalchemy",
    "geoalchemy2",
    "pgvector",
    "psycopg",
    "psycopg2",
    "pytz",
    "redis",
    "sqlalchemy_utils",
    "sqlmodel",
    "tqdm",
];

/// Says which imports of `outline` are of the service's own code.
pub(super) fn check(outline: &Outline<'_>, around: &Around, found: &mut Found) {
    for import in outline.imports() {
        let what = shown(&import);
        match weight(&import, around) {
            Some(Severity::Note) => found.say(
                Severity::Note,
                format!("imports {what}, which may be the service's own: then a change there can break this revision"),
                outline.place(import.at),
            ),
            Some(severity) => found.say(
                severity,
                format!("imports {what}, the service's own code: when that changes, this revision may no longer run; copy what it needs"),
                outline.place(import.at),
            ),
            None => {}
        }
    }
}

fn weight(import: &Import, around: &Around) -> Option<Severity> {
    let root = import.module.split('.').next().unwrap_or_default();
    if root.is_empty() {
        return Some(Severity::Warning);
    }
    if TOOLS.contains(&root) {
        return None;
    }
    if around.packages.iter().any(|package| package == root) {
        // `import app.models` alone is what Django itself writes for a default or a validator.
        let by_django = import.names.is_empty() && around.packages.iter().any(|package| package == "manage");
        return Some(if by_django { Severity::Note } else { Severity::Warning });
    }
    (around.packages.is_empty() && !KNOWN.contains(&root)).then_some(Severity::Note)
}

fn shown(import: &Import) -> String {
    match import.names.as_slice() {
        [] => import.module.clone(),
        [one] => format!("{one} from {}", import.module),
        [one, ..] => format!("{one} and more from {}", import.module),
    }
}
