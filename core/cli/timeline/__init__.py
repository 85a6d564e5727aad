"""`isthmus timeline`: a picture of a journal's history."""
