"""Does a generated package do what its plan says, on messages made from the specs themselves?"""
