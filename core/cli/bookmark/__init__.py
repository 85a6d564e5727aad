"""`isthmus bookmark`: names for points in time."""
