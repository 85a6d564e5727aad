"""Disks, sockets and clocks: the real bodies of the seams below."""
