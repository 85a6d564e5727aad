"""The interface model: what schemas admit."""
