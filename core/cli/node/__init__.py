"""`isthmus node`: the process of one appliance."""
