"""Machines of the link to a copy at another site."""
