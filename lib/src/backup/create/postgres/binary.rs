//! Types whose binary form says nothing of the database that wrote it: another database, version and machine reads the same value.

/// Built-in types whose binary form no version has changed, by `pg_type.oid`: bool, bytea, "char", name, int8, int2, int4, text,
/// oid, json, point, lseg, path, box, polygon, line, cidr, float4, float8, circle, macaddr8, macaddr, inet, bpchar, varchar, date,
/// time, timestamp, timestamptz, interval, timetz, bit, varbit, numeric, uuid, jsonb, and the ranges of int4, numeric, timestamp,
/// timestamptz, date and int8. Source: `pg_type.dat`. Not money, whose value depends on a setting, nor what has object identifiers
/// of the database's own in it.
const BUILT_IN: &str = "16, 17, 18, 19, 20, 21, 23, 25, 26, 114, 600, 601, 602, 603, 604, 628, 650, 700, 701, 718, 774, 829, 869, \
    1042, 1043, 1082, 1083, 1114, 1184, 1186, 1266, 1560, 1562, 1700, 2950, 3802, 3904, 3906, 3908, 3910, 3912, 3926";

/// Common table expressions, for behind `WITH RECURSIVE`, of which `telling` has the numbers of such types.
///
/// An array and a composite type name the types of what is in them by number, which is the same everywhere for a built-in type
/// alone; an enum is its label, a domain its base type's value, a range its bounds.
pub(super) fn telling() -> String {
    format!(
        "built_in AS (SELECT t.oid FROM pg_catalog.pg_type t \
           WHERE t.oid IN ({BUILT_IN}) OR t.typcategory = 'A' AND t.typelem IN ({BUILT_IN}) AND t.oid < 16384), \
         telling AS (SELECT oid FROM built_in \
           UNION SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'e' \
           UNION SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'c' AND NOT EXISTS \
             (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped \
                AND a.atttypid NOT IN (SELECT oid FROM built_in)) \
           UNION SELECT t.oid FROM telling base, pg_catalog.pg_type t \
             LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid \
             WHERE t.typtype = 'd' AND t.typbasetype = base.oid OR t.typtype = 'r' AND r.rngsubtype = base.oid)"
    )
}
