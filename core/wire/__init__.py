"""Bytes to what they say and back: journal formats and, in `nbd/`, the protocol of hosts."""
