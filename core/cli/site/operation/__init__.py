"""`isthmus operation`: what a site does that takes long."""
