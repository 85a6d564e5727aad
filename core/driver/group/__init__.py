"""A protected group: volumes, their journal and the lock that gives their writes one order."""
