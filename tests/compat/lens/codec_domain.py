"""Where a codec is exact; see `tests.compat.lens.domain`."""

from typing import assert_never

from compat.lens.codecs import (
    DIGITS_MAX,
    BitCodec,
    Codec,
    ParameterCodec,
    RestyleCodec,
    ScaleCodec,
    TextCodec,
)
from compat.model.interface import Style
from compat.model.schema import Json, Kind

_SEPARATORS = {Style.SIMPLE: ",", Style.SPACE: " ", Style.TAB: "\t", Style.PIPE: "|"}


def is_codec_exact(codec: Codec, value: Json, *, forward: bool) -> bool:
    """Whether encoding the value and encoding the result back is promised to give the value."""
    match codec:
        case TextCodec(kind=kind):
            # The other form's own values would be taken for encoded ones on the way back.
            return not _is_text_of(kind, value) if forward else not _is_of(kind, value)
        case BitCodec():
            is_bit = value in (0, 1) and isinstance(value, int) and not isinstance(value, bool)
            return not is_bit if forward else not isinstance(value, bool)
        case ScaleCodec():
            return _scale(codec, value, forward=forward)
        case ParameterCodec():
            return _read(codec, value) if forward else _write(codec, value)
        case RestyleCodec(old=old, new=new):
            return _restyle(value, old, new) if forward else _restyle(value, new, old)
    assert_never(codec)


def _is_of(kind: Kind, value: Json) -> bool:
    match value:
        case bool():
            return kind is Kind.BOOLEAN
        case int():
            return kind in (Kind.INTEGER, Kind.NUMBER)
        case float():
            return kind is Kind.NUMBER
        case _:
            return False


def _is_text_of(kind: Kind, value: Json) -> bool:
    """Whether the value is a text that the codec reads."""
    if not isinstance(value, str):
        return False
    if kind is Kind.BOOLEAN:
        return value in ("true", "false")
    digits = value.removeprefix("-")
    plain = digits.isascii() and digits.isdigit() and value != "-0"
    is_integer = plain and (digits == "0" or digits[0] != "0") and len(digits) <= DIGITS_MAX
    if kind is Kind.INTEGER:
        return is_integer
    return kind is Kind.NUMBER and (is_integer or _is_float_text(value))


def _is_float_text(text: str) -> bool:
    try:
        return repr(float(text)) == text and "n" not in text
    except ValueError:
        return False


def _scale(codec: ScaleCodec, value: Json, *, forward: bool) -> bool:
    """Integers: those that come out even; without `integral` all within 2**51. Floats: none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    if isinstance(value, float):
        return False
    times, by = codec.numerator, codec.denominator
    if not forward:
        times, by = by, times
    return value * times % by == 0 or (not codec.integral and abs(value) <= 2**51)


def _texts(value: Json) -> list[str] | None:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        return None
    return [text for text in value if isinstance(text, str)]


def _read(codec: ParameterCodec, value: Json) -> bool:
    """Exactly the texts that are written: one, but for MULTI and for no items at all."""
    texts = _texts(value)
    if texts is None:
        return False
    if codec.style is None:
        return len(texts) == 1
    return codec.style is Style.MULTI or len(texts) <= 1


def _write(codec: ParameterCodec, value: Json) -> bool:
    if codec.style is None:
        return _is_readable(codec.kind, value)
    separator = _SEPARATORS.get(codec.style)
    return isinstance(value, list) and all(
        _is_readable(codec.kind, item)
        and not (separator and isinstance(item, str) and separator in item)
        for item in value
    )


def _is_readable(kind: Kind, item: Json) -> bool:
    """Whether the item's text is read as the item again."""
    if isinstance(item, str):
        return not _is_text_of(kind, item)
    return _is_of(kind, item) and abs(item or 0) < 10**DIGITS_MAX  # type: ignore[arg-type]


def _restyle(value: Json, old: Style, new: Style) -> bool:
    texts = _texts(value)
    if texts is None:
        return True
    cut, joint = _SEPARATORS.get(old), _SEPARATORS.get(new)
    items = [item for text in texts for item in (text.split(cut) if cut else [text])]
    return (cut is None or len(texts) <= 1) and not any(joint and joint in item for item in items)
