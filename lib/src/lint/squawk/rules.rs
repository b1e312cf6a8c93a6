//! What squawk's rules weigh here, what they are about, and for those that are off, why.

use crate::lint::About::{self, Clients, Locks, Rows, Text};
use crate::lint::Rule;
use crate::plan::Severity::{self, Error, Note, Warning};

/// Why rules are off that squawk itself has off, or that forbid what migrations are for.
const ON_REQUEST: &str = "It forbids what many migrations are for; a project that wants none of it turns the rule on.";

const fn on(name: &'static str, severity: Severity, about: About, [title, why, instead]: [&'static str; 3]) -> Rule {
    Rule { name, severity: Some(severity), about, title, why, more: "", instead }
}

const fn off(name: &'static str, title: &'static str, why: &'static str) -> Rule {
    Rule { name, severity: None, about: Text, title, why, more: "", instead: "" }
}

/// Every rule that squawk has, by name.
pub(in crate::lint) static RULES: [Rule; 77] = [
    on(
        "adding-field-with-default",
        Warning,
        Locks,
        [
            "a column is added with a default that differs from row to row",
            "The whole table is rewritten under a lock against reads and writes.",
            "add the column without the default, set the default for new rows, fill the old ones in batches",
        ],
    ),
    on(
        "adding-foreign-key-constraint",
        Warning,
        Locks,
        [
            "a foreign key is added and checked in one step",
            "Writes to both tables wait while all rows are looked up.",
            "add it NOT VALID in one migration, VALIDATE CONSTRAINT in the next",
        ],
    ),
    on(
        "adding-not-nullable-field",
        Warning,
        Locks,
        [
            "a column is made NOT NULL",
            "The table is locked against reads and writes while all of its rows are read.",
            "add CHECK (column IS NOT NULL) NOT VALID, validate it in the next migration, then SET NOT NULL, which reads nothing any more",
        ],
    ),
    off(
        "adding-required-field",
        "a column without a default is added as NOT NULL",
        "`required-column` stands for it, and knows whether there are rows.",
    ),
    on(
        "adding-serial-primary-key-field",
        Warning,
        Locks,
        [
            "a primary key is added to a table",
            "The table is locked against reads and writes while the index is built.",
            "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … PRIMARY KEY USING INDEX",
        ],
    ),
    off("ban-add-column", "a column is added", ON_REQUEST),
    off("ban-add-composite-attribute", "an attribute is added to a composite type", ON_REQUEST),
    off("ban-add-enum-value", "a value is added to an enum", ON_REQUEST),
    off("ban-alter-database-options", "a database's settings are changed", ON_REQUEST),
    on(
        "ban-alter-domain-with-add-constraint",
        Warning,
        Text,
        [
            "a constraint is added to a domain and checked in one step",
            "Every table with a column of it is read under a lock against writes.",
            "add it NOT VALID in one migration, VALIDATE CONSTRAINT in the next",
        ],
    ),
    off("ban-alter-extension", "an extension is changed", ON_REQUEST),
    off("ban-alter-function-options", "a function's options are changed", ON_REQUEST),
    off("ban-alter-generated-expression", "a generated column's expression is changed", ON_REQUEST),
    off("ban-alter-identity", "an identity column is changed", "Few programs depend on one."),
    off("ban-alter-policy-condition", "a policy's condition is changed", ON_REQUEST),
    off("ban-alter-policy-roles", "a policy's roles are changed", ON_REQUEST),
    off("ban-alter-role-options", "a role's options are changed", ON_REQUEST),
    off("ban-alter-row-level-security", "row security is changed", ON_REQUEST),
    off("ban-alter-sequence-values", "a sequence's values are changed", ON_REQUEST),
    off("ban-alter-system-options", "the server's settings are changed", ON_REQUEST),
    off("ban-alter-view-options", "a view's options are changed", ON_REQUEST),
    on(
        "ban-char-field",
        Note,
        Text,
        [
            "a column is of type char(n)",
            "Values are padded with blanks, and nothing is faster for it.",
            "text, with a CHECK on its length",
        ],
    ),
    off(
        "ban-concurrent-index-creation-in-transaction",
        "an index is made CONCURRENTLY inside a transaction",
        "`needs-no-transaction` stands for it, and knows what the runner does.",
    ),
    on(
        "ban-create-domain-with-constraint",
        Note,
        Text,
        [
            "a domain is made with a constraint",
            "To change the constraint later reads every table that has a column of it.",
            "a CHECK on the tables",
        ],
    ),
    off("ban-create-policy", "a policy is made", ON_REQUEST),
    off("ban-detach-inheritance", "a table is taken out of its inheritance", ON_REQUEST),
    off("ban-disable-trigger", "a trigger is disabled", ON_REQUEST),
    on(
        "ban-drop-column",
        Warning,
        Clients,
        [
            "a column is dropped",
            "Programs of the version before, which may still run, name it in their statements.",
            "release a version that does not use it first; `-- mainstay: allow deletes-data` says that it may go",
        ],
    ),
    off(
        "ban-drop-constraint",
        "a constraint is dropped",
        "Constraints are dropped to be made anew, and rows stay as they are.",
    ),
    on(
        "ban-drop-database",
        Error,
        Text,
        ["a database is dropped", "No migration should do that, and none can inside a transaction.", "drop it by hand"],
    ),
    off("ban-drop-default", "a default is dropped", "Few programs depend on one."),
    on(
        "ban-drop-domain",
        Note,
        Text,
        [
            "a domain is dropped",
            "Programs of the version before, which may still run, may use it.",
            "release a version that does not use it first",
        ],
    ),
    on(
        "ban-drop-extension",
        Note,
        Text,
        [
            "an extension is dropped",
            "Programs of the version before, which may still run, may use it.",
            "release a version that does not use it first",
        ],
    ),
    off(
        "ban-drop-function",
        "a function is dropped",
        "Functions are dropped to be made anew; `drop-cascade` tells what goes with one.",
    ),
    off("ban-drop-generated-expression", "a generated column becomes a plain one", "Its values stay as they are."),
    off("ban-drop-index", "an index is dropped", ON_REQUEST),
    on(
        "ban-drop-not-null",
        Note,
        Clients,
        [
            "a column may be NULL from here on",
            "Programs of the version before, which may still run, do not expect that.",
            "release a version that knows NULL first",
        ],
    ),
    off("ban-drop-policy", "a policy is dropped", ON_REQUEST),
    on(
        "ban-drop-schema",
        Note,
        Text,
        [
            "a schema is dropped",
            "Programs of the version before, which may still run, may use it.",
            "release a version that does not use it first",
        ],
    ),
    on(
        "ban-drop-sequence",
        Note,
        Text,
        [
            "a sequence is dropped",
            "Programs of the version before, which may still run, may use it.",
            "release a version that does not use it first",
        ],
    ),
    on(
        "ban-drop-table",
        Warning,
        Clients,
        [
            "a table is dropped",
            "Programs of the version before, which may still run, use it.",
            "release a version that does not use it first; `-- mainstay: allow deletes-data` says that it may go",
        ],
    ),
    off("ban-drop-trigger", "a trigger is dropped", "Triggers are dropped to be made anew."),
    on(
        "ban-drop-type",
        Note,
        Text,
        [
            "a type is dropped",
            "Programs of the version before, which may still run, may use it.",
            "release a version that does not use it first",
        ],
    ),
    off(
        "ban-drop-view",
        "a view is dropped",
        "Views are dropped to be made anew; `drop-cascade` tells what goes with one.",
    ),
    on(
        "ban-duplicate-column-assignments",
        Error,
        Text,
        ["one column is set twice in one statement", "The server refuses it.", "keep one of the two"],
    ),
    off("ban-new-write-restriction", "writes are restricted that were allowed", ON_REQUEST),
    off("ban-replace-view-function", "a view or function is replaced", ON_REQUEST),
    off("ban-replica-identity", "a replica identity is changed", ON_REQUEST),
    off("ban-revoke", "a privilege is taken away", ON_REQUEST),
    off("ban-set-default", "a default is set", ON_REQUEST),
    on(
        "ban-set-schema",
        Note,
        Text,
        [
            "an object moves to another schema",
            "Programs of the version before, which may still run, look for it in the old one.",
            "leave a view in the old schema",
        ],
    ),
    on(
        "ban-truncate-cascade",
        Warning,
        Rows,
        [
            "TRUNCATE … CASCADE empties other tables too",
            "Every table with a foreign key to this one loses all of its rows.",
            "name the tables: TRUNCATE a, b",
        ],
    ),
    off("ban-uncommitted-transaction", "a transaction is never committed", "Mainstay commits."),
    off(
        "changing-column-type",
        "a column's type is changed",
        "`type-change-rewrites` stands for it, and knows the type that the column has.",
    ),
    on(
        "constraint-missing-not-valid",
        Warning,
        Locks,
        [
            "a constraint is added and checked in one step",
            "The table is locked while all of its rows are read.",
            "add it NOT VALID in one migration, VALIDATE CONSTRAINT in the next",
        ],
    ),
    on(
        "disallowed-unique-constraint",
        Warning,
        Locks,
        [
            "a UNIQUE constraint is added to a table",
            "The table is locked against reads and writes while the index is built.",
            "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … UNIQUE USING INDEX",
        ],
    ),
    on(
        "identifier-too-long",
        Warning,
        Text,
        [
            "a name is longer than the server keeps",
            "It is cut at 63 bytes, and two long names may become one.",
            "a shorter name",
        ],
    ),
    on(
        "prefer-bigint-over-int",
        Note,
        Text,
        [
            "a key or number is a 32-bit integer",
            "It ends at 2 147 483 647, and to widen it later rewrites the table.",
            "bigint",
        ],
    ),
    on(
        "prefer-bigint-over-smallint",
        Note,
        Text,
        [
            "a key or number is a 16-bit integer",
            "It ends at 32 767, and to widen it later rewrites the table.",
            "bigint",
        ],
    ),
    on(
        "prefer-identity",
        Note,
        Text,
        [
            "a column is of a serial type",
            "Its sequence has an owner and privileges of its own, which copies of the table and roles stumble over.",
            "GENERATED BY DEFAULT AS IDENTITY",
        ],
    ),
    on(
        "prefer-repack",
        Warning,
        Locks,
        [
            "a table is rewritten by VACUUM FULL or CLUSTER",
            "It is locked against reads and writes until the copy is done. Servers from 19 on need not do that, and it speaks for them alone.",
            "REPACK (CONCURRENTLY)",
        ],
    ),
    off(
        "prefer-robust-stmts",
        "a statement is not written so that it can run twice",
        "A script runs in one transaction; outside of one, Mainstay remembers each statement that ran.",
    ),
    on(
        "prefer-text-field",
        Note,
        Text,
        [
            "a column is of type varchar(n)",
            "To shorten the limit reads the whole table.",
            "text, with a CHECK on its length",
        ],
    ),
    on(
        "prefer-timestamp-tz",
        Note,
        Text,
        [
            "a column is of type timestamp without time zone",
            "The same value means another moment wherever the zone of a session differs.",
            "timestamptz",
        ],
    ),
    on(
        "renaming-column",
        Warning,
        Clients,
        [
            "a column is renamed",
            "Programs of the version before, which may still run, know the old name alone.",
            "add a new column, write both, move the readers, drop the old one later",
        ],
    ),
    on(
        "renaming-object",
        Note,
        Text,
        [
            "an object is renamed",
            "Programs of the version before, which may still run, know the old name alone.",
            "release a version that knows both names first",
        ],
    ),
    on(
        "renaming-table",
        Warning,
        Clients,
        [
            "a table is renamed",
            "Programs of the version before, which may still run, know the old name alone.",
            "leave a view with the old name behind",
        ],
    ),
    on(
        "require-concurrent-index-creation",
        Warning,
        Locks,
        [
            "an index is made without CONCURRENTLY",
            "Writes to the table wait until the whole index is there.",
            "CREATE INDEX CONCURRENTLY, in a migration of its own outside a transaction",
        ],
    ),
    on(
        "require-concurrent-index-deletion",
        Warning,
        Locks,
        [
            "an index is dropped without CONCURRENTLY",
            "The table is locked against reads and writes, and the drop itself waits for every query that runs on it.",
            "DROP INDEX CONCURRENTLY, in a migration of its own outside a transaction",
        ],
    ),
    on(
        "require-concurrent-partition-detach",
        Warning,
        Locks,
        [
            "a partition is detached without CONCURRENTLY",
            "The partitioned table is locked against reads and writes.",
            "DETACH PARTITION … CONCURRENTLY, in a migration of its own outside a transaction",
        ],
    ),
    on(
        "require-concurrent-reindex",
        Warning,
        Locks,
        [
            "an index is rebuilt without CONCURRENTLY",
            "Writes to the table wait until the index is rebuilt, and so do reads that would use it.",
            "REINDEX … CONCURRENTLY, in a migration of its own outside a transaction",
        ],
    ),
    on(
        "require-enum-value-ordering",
        Note,
        Text,
        [
            "a value is added to an enum without its place",
            "It comes last, and that is how rows are sorted by it.",
            "ADD VALUE … BEFORE or AFTER another one",
        ],
    ),
    off(
        "require-lock-timeout",
        "no lock_timeout is set",
        "Mainstay sets it for every migration: [migrations] lock_timeout.",
    ),
    off(
        "require-statement-timeout",
        "no statement_timeout is set",
        "Mainstay sets it: [migrations] statement_timeout.",
    ),
    off(
        "require-table-schema",
        "a table is named without its schema",
        "Which schema it is in is up to the target's search path.",
    ),
    off(
        "transaction-nesting",
        "a script begins a transaction inside one",
        "Mainstay runs each script in a transaction unless its head says otherwise.",
    ),
    on(
        "unused-ignore",
        Error,
        Text,
        [
            "an ignore comment names a rule that squawk does not have",
            "What it was to silence is not silenced.",
            "the rule's right name",
        ],
    ),
];
