"""Pages about rules, made by running the example of each: nothing in them is said by hand alone."""
