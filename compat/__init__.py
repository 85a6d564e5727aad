"""The compatibility toolkit: two interface specs in, a verified two-way shim out."""
