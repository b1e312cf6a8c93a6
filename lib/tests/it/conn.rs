//! Tests of `conn`.
