"""Plans in a row made one."""
