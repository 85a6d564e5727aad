"""Benchmarks: one module per part of the product, each beside its peers."""
