"""`isthmus --site URL bookmark`: names for points of a group."""
