"""Which operation of the old version is which of the new one."""
