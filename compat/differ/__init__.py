"""What changed between two versions, one change at a time, as people know changes: by rule ids.

`interface.changes` gives them all. A change is found once for a pair of schemas and told wherever
an operation uses the pair; its level follows from what it does to the values that may be sent.
"""
