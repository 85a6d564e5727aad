"""The intent: what people decided about two versions, in a file that is checked like code."""
