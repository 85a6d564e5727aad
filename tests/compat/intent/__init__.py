"""Intent files: read, checked and written."""
