"""What a developer runs: the checks, the demonstration, the benchmarks."""
