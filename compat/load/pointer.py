"""JSON pointers (RFC 6901)."""


def join(pointer: str, token: str) -> str:
    if "~" in token or "/" in token:
        token = token.replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{token}"


def split(pointer: str) -> list[str]:
    """The tokens of a pointer, "" having none; what stands before the first slash is left out."""
    tokens = pointer.split("/")[1:]
    if "~" not in pointer:
        return tokens
    return [token.replace("~1", "/").replace("~0", "~") for token in tokens]
