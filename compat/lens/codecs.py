"""Encodings of one scalar (or of a parameter's texts) that two versions may choose differently.

Each is written old <-> new; `Convert.forward` goes from left to right. A codec reads only what the
other direction would write again letter by letter, so that there is always a way back: for an
integer "42" is one, "042", " 42", "+42", "-0" and "4e1" are texts and stay texts; for a boolean
"true" is one, "TRUE" is not. What it cannot read passes as it is.

The JSON text of a boolean is true or false; of an integer its decimal digits; of a float what
Python's `repr` writes ("1.0", "1e+16"). NaN, the infinities and integers of more than 640 digits
(`DIGITS_MAX`, what Python converts under any setting) have no text and are read from none.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from compat.model.interface import Style
from compat.model.schema import Kind

DIGITS_MAX: Final = 640


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCodec:
    """A boolean, integer or number <-> its JSON text: true <-> "true", 42 <-> "42".

    Values and texts of another kind pass, an integer's kind being INTEGER, a float's NUMBER, and
    NUMBER standing for both. With any other `kind` nothing is converted.
    """

    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class BitCodec:
    """false <-> 0, true <-> 1 (the integers; 1.0 passes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleCodec:
    """A quantity in another unit: new = old * numerator / denominator, both at least 1.

    The product is exact: integers of any size, and a float stands for the decimal that `repr`
    writes, so 0.29 is 29/100. With `integral` the result is an integer, rounded down (a loss).
    Otherwise a product that comes out even is an integer; so is the integer nearest to the product
    of a float, within 2**53, if its own product on the way back rounds to that float: integers
    within 2**51 come back, 7 -> 7/60 -> 7. Any other product is the nearest float; beyond the
    floats it is an integer, rounded down. NaN, the infinities and what is no number pass.
    """

    numerator: int
    denominator: int
    integral: bool

    def __post_init__(self) -> None:
        if self.numerator < 1 or self.denominator < 1:
            raise ValueError(f"not a scale: {self.numerator}/{self.denominator}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterCodec:
    """The texts of a parameter (a list of text, as a message holds them) <-> the JSON value.

    `kind` is the value's kind, or the kind of the items with `style` set; without a style the value
    is one scalar: the last text counts, and no text is ABSENT. With a style all texts are cut (see
    RestyleCodec) and the value is a list. A text that is not of the `kind` is the value itself, a
    text. What is no list of texts passes.

    The way back always gives a list of texts, or refuses: a text stands for itself, any other
    scalar is written as JSON text, null is no text, and with a style each item of a list is
    written and a scalar is like a list of it. Refused are: objects, lists without a style, items
    that are null, a list or an object, numbers that have no text, items that hold the separator.

    Styles are those of OpenAPI 3.1, 4.8.12.3, but for DEEP, which has a text per field: ValueError.
    """

    kind: Kind
    style: Style | None = None

    def __post_init__(self) -> None:
        _check_style(self.style)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestyleCodec:
    """The texts of an array parameter in one style <-> in another: ["1,2"] <-> ["1", "2"].

    Each text is cut at the style's separator, and all that comes of it is joined in the other style
    (MULTI has no separator). No texts stay none. Refused is an item that holds the separator of the
    other style; what is no list of texts passes. DEEP is no style here: ValueError.
    """

    old: Style
    new: Style

    def __post_init__(self) -> None:
        _check_style(self.old)
        _check_style(self.new)


def _check_style(style: Style | None) -> None:
    if style is Style.DEEP:
        raise ValueError("a deepObject parameter has no texts of its own")


Codec: TypeAlias = TextCodec | BitCodec | ScaleCodec | ParameterCodec | RestyleCodec
