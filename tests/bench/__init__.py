"""What operations cost on this machine: `make bench` prints it and rewrites docs/benchmarks.md."""
