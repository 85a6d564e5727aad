"""The lens algebra: small reversible operations on a JSON value, their inverses, an interpreter."""
