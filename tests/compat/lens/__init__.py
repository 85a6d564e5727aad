"""The lens algebra: its operations, its interpreter, and what they promise together."""
