//! Parity with psql.
