"""How a rack's serial number is written: a number in v1, an object with a code in v2."""

from __future__ import annotations

from .message import Json


def rack_serial_up(value: Json) -> Json:
    """7 became {"code": "S7"}."""
    return {"code": f"S{value}"} if isinstance(value, int) else value


def rack_serial_down(value: Json) -> Json:
    """{"code": "S7"} was 7."""
    code = value.get("code") if isinstance(value, dict) else None
    if isinstance(code, str) and code[:1] == "S" and code[1:].isascii() and code[1:].isdigit():
        return int(code[1:])
    return 0
