"""Which operation is which."""
