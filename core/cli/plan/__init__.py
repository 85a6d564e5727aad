"""`isthmus plan`: what an operator cannot work out by hand."""
