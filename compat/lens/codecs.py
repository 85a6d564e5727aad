"""Encodings of one scalar (or of a parameter's texts) that two versions may choose differently."""

from dataclasses import dataclass
from typing import TypeAlias

from compat.model.interface import Style
from compat.model.schema import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCodec:
    """A boolean, integer or number <-> its JSON text: true <-> "true", 42 <-> "42"."""

    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class BitCodec:
    """false <-> 0, true <-> 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleCodec:
    """A quantity in another unit: new = old * numerator / denominator, exactly.

    With `integral` both sides are integers, and one that does not come out even is rounded down
    (a loss); otherwise a result that comes out even is an integer, any other a float.
    """

    numerator: int
    denominator: int
    integral: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterCodec:
    """The texts of a parameter (a list of text, as a message holds them) <-> the JSON value.

    `kind` is the value's kind, or the kind of the items with `style` set; without a style the value
    is one scalar: the last text counts. Styles are those of OpenAPI 3.1, 4.8.12.3.
    """

    kind: Kind
    style: Style | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestyleCodec:
    """The texts of an array parameter in one style <-> in another: ["1,2"] <-> ["1", "2"]."""

    old: Style
    new: Style


Codec: TypeAlias = TextCodec | BitCodec | ScaleCodec | ParameterCodec | RestyleCodec
