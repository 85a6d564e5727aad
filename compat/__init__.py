"""The compatibility toolkit: two interface specs in, a verified two-way shim out."""

__version__ = "0.1.0"
