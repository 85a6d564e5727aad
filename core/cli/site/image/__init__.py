"""`isthmus --site URL image`: points of a group as volumes."""
