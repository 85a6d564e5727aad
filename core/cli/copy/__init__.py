"""`isthmus copy`: the copy of a group at another site."""
