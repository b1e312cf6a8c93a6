//! The command's tests: real runs, standard output, standard error and exit code.
