"""`isthmus group`: the groups of a site."""
