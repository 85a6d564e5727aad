"""Links over sockets: production reaches for a copy, and a copy waits for production."""
