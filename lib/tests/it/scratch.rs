//! Tests of `scratch`.
