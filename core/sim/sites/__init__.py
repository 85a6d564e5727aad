"""Production and a copy at another site, each on disks that fail, and a link between them."""
