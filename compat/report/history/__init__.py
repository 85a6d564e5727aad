"""What each revision of a spec changed for its clients, and the forms that is written in."""
