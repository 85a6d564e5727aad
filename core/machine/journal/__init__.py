"""The journal of a group: what makes every write known before it is done."""
