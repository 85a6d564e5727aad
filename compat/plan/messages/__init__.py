"""Messages: parameters, bodies and answers, and where things travel in them."""
