"""Sockets, disks and threads: the core as it runs."""
