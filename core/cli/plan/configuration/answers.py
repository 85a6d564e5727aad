"""What a node has to answer for a state to be made of it; whoever answers else is no node."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from core.cli.plan.document import path_text
from core.errors import CoreError

_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_COUNT_OR_NONE: Final = {"type": ["integer", "null"], "minimum": 0}


def _object(**members: Any) -> Mapping[str, Any]:
    """All of these have to be there; more may be."""
    return {"type": "object", "required": [*members], "properties": members}


def _list(items: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "array", "items": items}


_MAY_BE_THERE: Final = {
    "lag": {"anyOf": [{"type": "null"}, _object(bytes=_COUNT_OR_NONE)]},
    "regulation": {
        "anyOf": [{"type": "null"}, _object(unapplied=_COUNT_OR_NONE)],
        "properties": {"written": _COUNT},
    },
}
_SHAPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "node": _object(id=_TEXT, name=_TEXT, time=_TEXT),
    "group": _object(
        id=_TEXT, name=_TEXT, role=_TEXT, copies=_list(_object(site=_TEXT, bandwidth=_TEXT))
    ),
    "timeline": _object(
        spans=_list(
            _object(to=_TEXT, writes=_COUNT, bytes=_COUNT, points=_COUNT, **{"from": _TEXT})
        )
    ),
    "status": _object(
        end=_COUNT_OR_NONE, peers=_list({"type": "object", "properties": _MAY_BE_THERE})
    ),
}


def answered(value: Any, shape: str, url: str) -> Any:
    """The answer, as it came; raises CoreError where a node would have told something else."""
    error = best_match(_validator(shape).iter_errors(value))
    if error is None:
        return value
    place = path_text((*error.absolute_path,)) if error.absolute_path else "all of it"
    raise CoreError(
        f"what it answered tells of no {shape}: {place}: {error.message[:200]}",
        where=url,
        hint="is that a node of Isthmus, of this version?",
    )


@cache
def _validator(shape: str) -> Draft202012Validator:
    return Draft202012Validator(_SHAPES[shape])
