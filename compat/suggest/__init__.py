"""Ranked candidates, with evidence, for what differs and nobody has explained yet."""
