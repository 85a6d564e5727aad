"""The world pretended: disks, clocks and networks that fail as told, from one seed."""
