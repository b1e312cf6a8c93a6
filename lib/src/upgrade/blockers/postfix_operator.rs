//! An operator stands behind its operand.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "postfix-operator",
    severity: Severity::Error,
    title: "an operator stands behind its operand",
    why: "There are no postfix operators any more from 14 on.",
    old_before: Some(14),
    new_from: None,
    look: Look::Databases(
        "
SELECT o.oid::regoperator::text, 'operator ' || n.nspname || '.' || o.oprname, 'DROP OPERATOR ' || o.oid::regoperator
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE o.oprright = 0 AND o.oid >= 16384 ORDER BY 1",
    ),
    example: &[
        "CREATE FUNCTION doubled(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2'",
        "CREATE OPERATOR !!! (LEFTARG = int, FUNCTION = doubled)",
    ],
};
