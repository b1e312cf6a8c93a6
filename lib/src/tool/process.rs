//! Running a program: no secrets in its arguments, its words kept for the error.
