"""Numbers of things in words."""


def counted(number: int, noun: str) -> str:
    """ "1 gap", "2 gaps"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
