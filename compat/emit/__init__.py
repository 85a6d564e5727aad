"""From a bridge plan to the source of a package that crosses it."""
