//! Extensions, and whether a newer version of them is installed.

use crate::inspect::report::{Report, text};

pub(super) const REPORT: Report = Report {
    name: "extensions",
    about: "Extensions of this database, and the version that is installed on the server",
    advice: "After an upgrade of packages or of the server: ALTER EXTENSION NAME UPDATE.",
    nothing: "there are no extensions",
    needs: None,
    columns: &[text("extension"), text("version"), text("installed"), text("schema"), text("about")],
    sql: "
SELECT e.extname, e.extversion, a.default_version, n.nspname, a.comment
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_catalog.pg_available_extensions a ON a.name = e.extname ORDER BY e.extname",
};
