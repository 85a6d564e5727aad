"""From two interfaces and the intent to a bridge plan."""
