"""The parts that every generated package carries, copied as they are."""
