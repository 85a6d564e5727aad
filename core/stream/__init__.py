"""The streams of a journal in their segment files: appending to them, and reading them back."""
