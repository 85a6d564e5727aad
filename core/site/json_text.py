"""JSON from strangers: read strictly, or not at all."""

import json
import math
import re
from typing import Any, Final, NoReturn

from core.site.problem import Problem

DEPTH_MAX: Final = 64
DIGITS_MAX: Final = 40

_TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def parse_json(body: bytes) -> Any:
    """The value; raises Problem where a field is there twice, a number is beyond all, or it is
    nested deeper than anybody needs, as where it is no JSON."""
    if _depth(body) > DEPTH_MAX:
        raise Problem("malformed", f"it is nested more than {DEPTH_MAX} deep")
    try:
        return json.loads(
            body.decode(),
            object_pairs_hook=_once,
            parse_constant=_refuse_constant,
            parse_int=_whole,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise Problem("malformed", f"it is no UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise Problem("malformed", f"it is no JSON: {error}") from None
    except ValueError as error:
        raise Problem("malformed", str(error)) from None


def _depth(body: bytes) -> int:
    """How deep it is nested at most, found without being nested oneself."""
    deepest = depth = 0
    for each in _TEXT.sub(b"", body):
        if each in _STEPS:
            depth += _STEPS[each]
            deepest = max(deepest, depth)
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the field {name!r:.80} is there twice")
        found[name] = value
    return found


def _whole(digits: str) -> int:
    if len(digits) > DIGITS_MAX:
        raise ValueError(f"a number has {len(digits)} digits")
    return int(digits)


def _finite(digits: str) -> float:
    found = float(digits)
    if not math.isfinite(found) or len(digits) > DIGITS_MAX:
        raise ValueError(f"the number {digits:.40} is beyond all")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it has {name}")
