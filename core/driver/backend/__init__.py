"""What volumes lie on: files and block devices."""
