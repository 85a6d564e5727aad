"""Where the differ and the planner meet: what a plan does about changes, and which are one."""
