"""From goals and the state of a system to what is configured for each group."""
