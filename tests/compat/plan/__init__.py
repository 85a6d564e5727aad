"""The planner: what differs, how it is judged, and what crosses how."""
