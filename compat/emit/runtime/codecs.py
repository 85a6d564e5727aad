"""Encodings of a scalar, and of a parameter's texts, that two versions choose differently.

A function that gives None cannot read the value, which stays as it is then. Read is only what would
be written again letter by letter: for an integer "42" is one, "042", "+42" and "4e1" are texts. All
are of one type, so that a variable may hold the answer of one after another.
"""

from __future__ import annotations

from .message import GapError, Json
from .values import ABSENT, Absent

# Integers with more digits have no text: Python's own limit may be set no lower than this.
_DIGITS_MAX = 640
_TOO_LONG: int = 10**_DIGITS_MAX
_EXACT_MAX = 2**53  # floats hold every integer up to this one


def text_of_boolean(value: Json) -> Json:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None


def text_of_integer(value: Json) -> Json:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _TOO_LONG:
        return str(value)
    return None


def text_of_number(value: Json) -> Json:
    if isinstance(value, float):
        return repr(value) if _is_finite(value) else None
    return text_of_integer(value)


def boolean_of_text(value: Json) -> Json:
    if value == "true":
        return True
    return False if value == "false" else None


def integer_of_text(value: Json) -> Json:
    if not isinstance(value, str) or len(value) > 1 + _DIGITS_MAX:
        return None
    try:
        number = int(value)
    except ValueError:
        return None
    return number if text_of_integer(number) == value else None


def number_of_text(value: Json) -> Json:
    integer = integer_of_text(value)
    if integer is not None or not isinstance(value, str) or len(value) > 1 + _DIGITS_MAX:
        return integer
    try:
        number = float(value)
    except ValueError:
        return None
    return number if text_of_number(number) == value else None


def bit_of_boolean(value: Json) -> Json:
    return int(value) if isinstance(value, bool) else None


def boolean_of_bit(value: Json) -> Json:
    return bool(value) if type(value) is int and value in (0, 1) else None


def scaled(value: Json, over: int, under: int) -> Json:
    """value * over / under: an integer where that is even, the nearest float otherwise.

    A float may become the nearest integer if the way back gives it again; beyond the floats the
    integer below is the answer. None also stands for the value itself.
    """
    if type(value) is int and value * over % under == 0:
        even = value * over // under
        return None if even == value else even
    exact = fraction(value)
    if exact is None:
        return None
    upper, lower = exact[0] * over, exact[1] * under
    nearest = (2 * upper + lower) // (2 * lower)
    if upper == nearest * lower:
        return nearest
    is_exact = isinstance(value, float) and abs(nearest) <= _EXACT_MAX
    if is_exact and _quotient(nearest * under, over) == value:
        return nearest
    quotient = _quotient(upper, lower)
    is_same = isinstance(value, float) and isinstance(quotient, float) and quotient == value
    return None if is_same else quotient


def scaled_down(value: Json, over: int, under: int) -> Json:
    """value * over / under as an integer, rounded down. None also stands for the value itself."""
    if type(value) is int:
        below = value * over // under
        return None if below == value else below
    exact = fraction(value)
    return None if exact is None else exact[0] * over // (exact[1] * under)


def read_parameter(value: Json, kind: str) -> Json | Absent:
    """The scalar that a parameter's texts stand for: the last one counts."""
    texts = _texts(value)
    if texts is None:
        return None
    return _read(texts[-1], kind) if texts else ABSENT


def read_parameters(value: Json, kind: str, separator: str) -> Json:
    """The list that a parameter's texts stand for. None also stands for the value itself."""
    texts = _texts(value)
    if texts is None:
        return None
    items = [_read(text, kind) for text in _cut(texts, separator)]
    return None if items == value else items


def write_parameter(value: Json, difference: str) -> list[Json]:
    """The texts of a scalar; null has none. Raises GapError for what has no text."""
    if isinstance(value, list):
        raise GapError(difference, "a list does not fit in a parameter that holds one value")
    return [] if value is None else [text_of(value, difference)]


def write_parameters(value: Json, separator: str, difference: str) -> list[Json]:
    """The texts of a list, or of a scalar as a list of it. Raises GapError for other items."""
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    return [*_joined([text_of(item, difference) for item in items], separator, difference)]


def restyled(value: Json, before: str, after: str, difference: str) -> Json:
    """A parameter's texts with their items cut and joined at other separators ("" is none)."""
    texts = _texts(value)
    return None if texts is None else [*_joined(_cut(texts, before), after, difference)]


def text_of(value: Json, difference: str = "") -> str:
    """The text of a scalar in a message. Raises GapError for what has none."""
    if isinstance(value, str):
        return value
    text = text_of_boolean(value) or text_of_number(value)
    if not isinstance(text, str):
        raise GapError(difference, f"{_noun(value)} has no text in a parameter")
    return text


def _read(text: str, kind: str) -> Json:
    reader = _READERS.get(kind)
    value: Json = None if reader is None else reader(text)
    return text if value is None else value


_READERS = {"boolean": boolean_of_text, "integer": integer_of_text, "number": number_of_text}


def _texts(value: Json) -> list[str] | None:
    if not isinstance(value, list):
        return None
    texts = [text for text in value if isinstance(text, str)]
    return texts if len(texts) == len(value) else None


def _cut(texts: list[str], separator: str) -> list[str]:
    return [item for text in texts for item in text.split(separator)] if separator else texts


def _joined(texts: list[str], separator: str, difference: str) -> list[str]:
    if not separator or not texts:
        return texts
    for text in texts:
        if separator in text:
            raise GapError(difference, f"{text!r} holds the separator {separator!r}")
    return [separator.join(texts)]


def _noun(value: Json) -> str:
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return "null" if value is None else "such a number"


def _is_finite(value: float) -> bool:
    return value - value == 0


def fraction(value: Json) -> tuple[int, int] | None:
    """Numerator and denominator of a number; a float is the decimal that its `repr` writes."""
    if isinstance(value, float) and _is_finite(value):
        mantissa, _, exponent = repr(value).partition("e")
        digits, _, decimals = mantissa.partition(".")
        power = int(exponent or "0") - len(decimals)
        whole = int(digits + decimals)
        return (whole * 10**power, 1) if power >= 0 else (whole, 10**-power)
    if isinstance(value, int) and not isinstance(value, bool):
        return value, 1
    return None


def _quotient(upper: int, lower: int) -> int | float:
    """The float nearest to a fraction; beyond the floats the integer below."""
    try:
        return upper / lower
    except OverflowError:
        return upper // lower
