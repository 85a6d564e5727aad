"""Planners: pure, from a description to a plan that was checked."""
