//! What a session is told so that every server writes the same row in the same bytes.

/// The statements. A digest is of what COPY writes, so whoever takes one and whoever compares with it begin with these: pg_dump's
/// own, and COPY under row security fails instead of leaving rows out. Dates in ISO have one order, so the database's own stays.
pub const SETTINGS: &str = "SET row_security = off; SET search_path = ''; SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; \
    SET IntervalStyle = 'postgres'; SET extra_float_digits = 3; SET bytea_output = 'hex'; SET lc_monetary = 'C'; \
    SET quote_all_identifiers = off;";
