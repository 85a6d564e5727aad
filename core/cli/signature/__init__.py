"""`isthmus signature`: what a range holds, in 32 bytes for each chunk."""
