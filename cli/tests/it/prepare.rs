//! `mainstay prepare` and `mainstay bootstrap` from outside.
