"""Suggestions: what may explain a difference, and what speaks for it."""
