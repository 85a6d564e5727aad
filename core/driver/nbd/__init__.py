"""The NBD server: blocking sockets, a thread for each connection."""
