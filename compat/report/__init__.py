"""What people and programs are shown of a plan: text for terminals, JSON for everything else."""
