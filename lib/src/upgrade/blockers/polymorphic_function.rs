//! An aggregate or operator is built on a function that has other arguments.

use super::blocker::{Blocker, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "polymorphic-function",
    severity: Severity::Error,
    title: "an aggregate or operator is built on a function that has other arguments",
    why: "From 14 on array_append and its like take anycompatible and not anyelement: making it in the new cluster fails.",
    old_before: Some(14),
    new_from: None,
    look: Look::Databases(
        "
SELECT 'aggregate ' || p.oid::regprocedure, 'built on ' || f.oid::regprocedure, 'DROP AGGREGATE ' || p.oid::regprocedure || ', and make it anew with anycompatible afterwards'
FROM pg_catalog.pg_aggregate a JOIN pg_catalog.pg_proc p ON p.oid = a.aggfnoid
JOIN pg_catalog.pg_proc f ON f.oid IN (a.aggtransfn, a.aggfinalfn)
WHERE p.oid >= 16384 AND f.oid < 16384 AND a.aggtranstype = 'anyarray'::regtype
  AND f.proname IN ('array_append', 'array_cat', 'array_prepend', 'array_remove', 'array_replace', 'array_position', 'array_positions')
UNION ALL
SELECT 'operator ' || o.oid::regoperator, 'built on ' || f.oid::regprocedure, 'DROP OPERATOR ' || o.oid::regoperator || ', and make it anew afterwards'
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_proc f ON f.oid = o.oprcode
WHERE o.oid >= 16384 AND f.oid < 16384
  AND f.proname IN ('array_append', 'array_cat', 'array_prepend', 'array_remove', 'array_replace', 'array_position', 'array_positions') ORDER BY 1",
    ),
    example: &["CREATE AGGREGATE gathered(anyelement) (SFUNC = array_append, STYPE = anyarray, INITCOND = '{}')"],
};
