"""`isthmus volume`: the volumes of a group."""
