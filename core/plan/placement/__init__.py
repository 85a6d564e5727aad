"""Which appliance protects what, and on which hypervisor it runs, so that a crash costs least."""
