"""Tests of the emitter: what it writes, run."""
