"""Benchmarks: `make bench BENCH=<name>`. Each is a package here and writes docs/performance.md."""
