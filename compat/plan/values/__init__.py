"""Values: pairs of schemas, led field by field, item by item, variant by variant."""
