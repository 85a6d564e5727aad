"""Drafts of intents, tried out on a plan."""
