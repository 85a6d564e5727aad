"""What the codecs do; `compat.lens.codecs` says what each one means."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from math import isfinite
from typing import Final, assert_never

from compat.errors import CompatError
from compat.lens.codecs import (
    DIGITS_MAX,
    BitCodec,
    Codec,
    ParameterCodec,
    RestyleCodec,
    ScaleCodec,
    TextCodec,
)
from compat.lens.ops import Value
from compat.model.interface import Style
from compat.model.schema import ABSENT, Json, Kind

SEPARATORS: Final = {Style.SIMPLE: ",", Style.SPACE: " ", Style.TAB: "\t", Style.PIPE: "|"}
_TOO_LONG: Final = 10**DIGITS_MAX


class UnwritableError(CompatError):
    """No text of a message can hold the value without being read as something else."""


def encode(codec: Codec, value: Json, *, forward: bool) -> Value:
    """The value in the codec's other form; the value itself where the codec cannot read it.

    Raises UnwritableError where a parameter codec refuses.
    """
    match codec:
        case TextCodec():
            return _to_text(codec.kind, value) if forward else _from_text(codec.kind, value)
        case BitCodec():
            return _to_bit(value) if forward else _from_bit(value)
        case ScaleCodec(numerator=numerator, denominator=denominator, integral=integral):
            factor = (numerator, denominator) if forward else (denominator, numerator)
            return _scale(value, *factor, integral=integral)
        case ParameterCodec():
            return _read_parameter(codec, value) if forward else _write_parameter(codec, value)
        case RestyleCodec(old=old, new=new):
            return _restyle(value, old, new) if forward else _restyle(value, new, old)
    assert_never(codec)


def text_of(value: Json) -> str | None:
    """The text of a scalar in a message: itself or its JSON text; None where it has none."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value) if abs(value) < _TOO_LONG else None
        case float():
            return repr(value) if isfinite(value) else None
        case _:
            return None


def texts_of(value: Json) -> list[str]:
    """The texts of a parameter that holds a scalar, a list of scalars, or nothing (null).

    Raises UnwritableError for anything else, as ParameterCodec says.
    """
    if value is None:
        return []
    return [_written(item) for item in value] if isinstance(value, list) else [_written(value)]


def _to_text(kind: Kind, value: Json) -> Json:
    text = text_of(value) if _is_of(kind, value) else None
    return value if text is None else text


def _from_text(kind: Kind, value: Json) -> Json:
    return _read(kind, value) if isinstance(value, str) else value


def _is_of(kind: Kind, value: Json) -> bool:
    match kind:
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return False


def _read(kind: Kind, text: str) -> Json:
    """The value of that kind that would be written as `text`; the text itself if there is none."""
    for value in _readings(text):
        if _is_of(kind, value) and text_of(value) == text:
            return value
    return text


def _readings(text: str) -> Sequence[Json]:
    if text in ("true", "false"):
        return (text == "true",)
    try:
        return (int(text),)
    except ValueError:
        pass
    try:
        return (float(text),)
    except ValueError:
        return ()


def _to_bit(value: Json) -> Json:
    return int(value) if isinstance(value, bool) else value


def _from_bit(value: Json) -> Json:
    is_bit = type(value) is int and value in (0, 1)
    return bool(value) if is_bit else value


def _scale(value: Json, numerator: int, denominator: int, *, integral: bool) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, float) and not isfinite(value):
        return value
    product = Fraction(repr(value) if isinstance(value, float) else value) * numerator / denominator
    if integral:
        return product.__floor__()
    nearest = round(product)
    if product == nearest:
        return nearest
    if isinstance(value, float) and abs(nearest) <= 2**53:
        came_from = _float(Fraction(nearest * denominator, numerator))
        return nearest if came_from == value else _float(product)
    return _float(product)


def _float(exact: Fraction) -> float | int:
    """The nearest float; where that would be an infinity, the integer below."""
    try:
        return exact.numerator / exact.denominator
    except OverflowError:
        return exact.__floor__()


def _read_parameter(codec: ParameterCodec, value: Json) -> Value:
    texts = _texts(value)
    if texts is None:
        return value
    if codec.style is not None:
        return [_read(codec.kind, text) for text in _cut(texts, codec.style)]
    return _read(codec.kind, texts[-1]) if texts else ABSENT


def _write_parameter(codec: ParameterCodec, value: Json) -> Json:
    if codec.style is None and isinstance(value, list):
        raise UnwritableError("a list does not fit in a parameter that holds one value")
    texts = texts_of(value)
    return [*(texts if codec.style is None else _join(texts, codec.style))]


def _restyle(value: Json, old: Style, new: Style) -> Json:
    texts = _texts(value)
    return value if texts is None else [*_join(_cut(texts, old), new)]


def _texts(value: Json) -> list[str] | None:
    if not isinstance(value, list):
        return None
    texts = [text for text in value if isinstance(text, str)]
    return texts if len(texts) == len(value) else None


def _cut(texts: Sequence[str], style: Style) -> list[str]:
    separator = SEPARATORS.get(style)
    if separator is None:
        return list(texts)
    return list(chain.from_iterable(text.split(separator) for text in texts))


def _join(texts: Sequence[str], style: Style) -> list[str]:
    separator = SEPARATORS.get(style)
    if separator is None or not texts:
        return list(texts)
    for text in texts:
        if separator in text:
            raise UnwritableError(f"{text!r} holds the separator {separator!r}")
    return [separator.join(texts)]


def _written(value: Json) -> str:
    text = text_of(value)
    if text is None:
        raise UnwritableError(f"{_noun(value)} has no text in a parameter")
    return text


def _noun(value: Json) -> str:
    match value:
        case None:
            return "null"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "such a number"
