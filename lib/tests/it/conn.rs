//! Tests of `conn`: cases by data files, and parity with PostgreSQL's own psql.

mod cases;
mod parity;
