"""`isthmus plan config`: what is configured for each group, from what a business wants of it."""
