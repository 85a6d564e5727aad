"""The node: a process that serves the interface of an appliance, and has groups served."""
