"""Every rule by an example of it: what may be given a level of one's own, and what it means.

A rule is here because two documents can be told apart by it, which running the example shows.
"""
