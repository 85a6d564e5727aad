"""Arrays and seams that everything above is built of; all of it is pure."""
