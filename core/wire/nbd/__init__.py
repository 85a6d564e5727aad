"""The NBD protocol as a server speaks it: bytes in, events and replies out."""
