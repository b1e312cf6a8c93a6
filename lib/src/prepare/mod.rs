//! Wait, bootstrap, safety copy, migrate, verify.
