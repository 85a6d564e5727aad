"""Commands that ask the node of a site, over its interface."""
