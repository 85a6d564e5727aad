"""The names of media types, spelled alike where they mean the same (RFC 9110, 8.3.1)."""

from typing import Final

_TEXTUAL_JSON: Final = ("application/json", "text/json")


def essence(name: str) -> str:
    """Type and subtype, without parameters."""
    return name.partition(";")[0].strip().lower()


def is_json(name: str) -> bool:
    """True for application/json, every `+json` type (RFC 6839, 3.1) and ranges that admit it."""
    found = essence(name)
    return found in (*_TEXTUAL_JSON, "*/*", "application/*") or found.endswith("+json")


def is_range(name: str) -> bool:
    """True for `application/*` and `*/*`."""
    return essence(name).endswith("/*")


def covers(wide: str, name: str) -> bool:
    """Whether all that `name` stands for is within `wide`, a range or the same name."""
    whole, part = essence(wide), essence(name)
    if whole == "*/*":
        return True
    if is_range(wide):
        return part.startswith(whole.removesuffix("*"))
    return without_charset(wide) == without_charset(name)


def canonical(name: str) -> str:
    """The name in lower case, its parameters in order; JSON is UTF-8 whether or not it says so."""
    usual = ("charset", "utf-8") if is_json(name) else None
    return _joined(name, [pair for pair in _parameters(name) if pair != usual])


def without_charset(name: str) -> str:
    """As `canonical`, whatever the charset."""
    return _joined(name, [pair for pair in _parameters(name) if pair[0] != "charset"])


def charset(name: str) -> str:
    """In lower case, "" where it is not said."""
    return dict(_parameters(name)).get("charset", "")


def _joined(name: str, parameters: list[tuple[str, str]]) -> str:
    return ";".join((essence(name), *(f"{key}={value}" for key, value in sorted(parameters))))


def _parameters(name: str) -> list[tuple[str, str]]:
    pairs = (part.partition("=") for part in name.split(";")[1:] if part.strip())
    return [_parameter(key.strip().lower(), value.strip().strip('"')) for key, _, value in pairs]


def _parameter(key: str, value: str) -> tuple[str, str]:
    return key, value.lower() if key == "charset" else value
