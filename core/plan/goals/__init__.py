"""What a business wants of each group, in its own words and units."""
