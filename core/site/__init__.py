"""What a node decides: documents of the site, who may what, and what the interface's spec says."""
