"""`isthmus journal`: what can be done with a journal's folder alone."""
