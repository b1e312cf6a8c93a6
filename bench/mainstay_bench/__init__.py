"""What the benchmarks share, one subject per file."""
