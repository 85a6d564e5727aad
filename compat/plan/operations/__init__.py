"""Operations: which calls carry out which, and what holds for a call as a whole."""
