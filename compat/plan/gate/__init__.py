"""What becomes of a difference that cannot be crossed without loss: the laws, and refusals."""
