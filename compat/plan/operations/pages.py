"""Lists that one version gives in pages: who reads them to the end, and who cuts them."""

from collections.abc import Mapping

from compat.intent.model import ReadPages
from compat.intent.problem import IntentError
from compat.model.interface import Location, Operation
from compat.model.place import Place
from compat.model.role import Role
from compat.model.schema import Kind
from compat.model.shape import Field, ObjectShape, ScalarShape, Shapes
from compat.plan.bridge import Paging, Slicing
from compat.plan.messages.media import json_content
from compat.plan.messages.parameters import section
from compat.plan.spot import Side
from compat.plan.walk import Walk

PageWays = tuple[Paging | None, Slicing | None]


def paging(walk: Walk, old: Operation, new: Operation) -> Mapping[Role, PageWays]:
    """How pages are read to the end for one client, and cut for the other, if the intent says.

    Raises IntentError where neither version, or each, answers in such pages.
    """
    found: dict[Role, PageWays] = dict.fromkeys(Role, (None, None))
    for status in ("200", "default"):
        spot = section(Side.RESPONSE, old, new, f"response {status}")
        for action, place in walk.ledger.actions(spot, ReadPages):
            fields = _paged(walk.old, old, status, action), _paged(walk.new, new, status, action)
            if (fields[0] is None) == (fields[1] is None):
                raise _unfit(action, place, old, new)
            new_pages = fields[1] is not None
            paged = fields[1] or fields[0] or {}
            shapes = walk.new if new_pages else walk.old
            reader = Role.OLD_CLIENT if new_pages else Role.NEW_CLIENT
            cutter = Role.NEW_CLIENT if new_pages else Role.OLD_CLIENT
            found[reader] = _reading(action), None
            found[cutter] = None, _slicing(action, shapes, paged)
    return found


def _paged(
    shapes: Shapes, operation: Operation, status: str, action: ReadPages
) -> Mapping[str, Field] | None:
    """The fields of the version's answer, if it is an envelope of pages as the action says."""
    queries = {one.name for one in operation.parameters if one.location is Location.QUERY}
    answer = next((one for one in operation.answers if one.status == status), None)
    content = json_content(answer.contents) if answer is not None else None
    shape = shapes.of(content.schema) if content is not None and content.schema else None
    fields = shape.fields if isinstance(shape, ObjectShape) else {}
    fits = action.token_query in queries and {action.entries, action.token_field} <= fields.keys()
    return fields if fits else None


def _unfit(action: ReadPages, place: Place, old: Operation, new: Operation) -> IntentError:
    return IntentError(
        f"not exactly one version of {old.key} (or {new.key}) answers in such pages",
        where=str(place),
        hint=f"one must have the query parameter {action.token_query}, and an answer with the "
        f"fields {action.entries} and {action.token_field}",
    )


def _reading(action: ReadPages) -> Paging:
    return Paging(
        entries=action.entries,
        token_field=action.token_field,
        token_query=action.token_query,
    )


def _slicing(action: ReadPages, shapes: Shapes, fields: Mapping[str, Field]) -> Slicing | None:
    """None where no parameter says how long a page is."""
    if action.size_query is None:
        return None
    token = shapes.of(fields[action.token_field].schema)
    return Slicing(
        entries=action.entries,
        token_field=action.token_field,
        token_query=action.token_query,
        size_query=action.size_query,
        numeric=isinstance(token, ScalarShape) and Kind.STRING not in token.kinds,
    )
