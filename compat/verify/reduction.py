"""The smallest message that still shows a failure.

Hypothesis makes the messages; they are reduced here, because most that fail come from the samples
and from lenses, and because what is left must still be as its spec says.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from compat.emit.runtime.message import Request, Response
from compat.lens.value import is_json, own
from compat.model.schema import Json
from compat.plan.spot import Side
from compat.verify.bench import Bench
from compat.verify.cases import Case, Origin, Versions, answer_document, request_document
from compat.verify.driving import copied
from compat.verify.messages import Answered
from compat.verify.nodes import Path
from compat.verify.sections import (
    answer_section,
    declared_answer,
    message_faults,
    request_section,
)

TRIES_MAX: Final = 400
_SIMPLER: Final[Mapping[type, tuple[Json, ...]]] = {
    str: ("", "a"),
    int: (0, 1),
    float: (0, 0.5),
    bool: (),
}

Fails = Callable[[Case], bool]


def reduced(bench: Bench, case: Case, fails: Fails) -> Case:
    """A case as small as some hundred tries make it, for which `fails` is still true."""
    tries = 0
    shrinking = True
    while shrinking:
        shrinking = False
        for smaller in _smaller(case):
            tries += 1
            if tries > TRIES_MAX:
                return case
            if (
                case.origin is not Origin.DECLARED or is_declared(bench.versions, smaller)
            ) and fails(smaller):
                case, shrinking = smaller, True
                break
    return case


def is_declared(versions: Versions, case: Case) -> bool:
    """Is every message of the case as its spec says?"""
    caller, callee = versions.caller(case.role), versions.callee(case.role)
    found = caller.routes.find(case.request.method, case.request.path)
    if found is None or found[0] != case.exchange.operation:
        return False
    section = request_section(caller.operation(found[0]))
    document = request_document(found[1], case.request)
    if any(True for _ in message_faults(caller.sides[Side.REQUEST], section, document)):
        return False
    for key, answers in case.answers.items():
        operation = callee.operation(key)
        for answered in answers:
            declared = declared_answer(operation, answered.response.status)
            if declared is None:
                return False
            section = answer_section(operation, declared)
            document = answer_document(answered.response)
            if any(True for _ in message_faults(callee.sides[Side.RESPONSE], section, document)):
                return False
    return True


def _smaller(case: Case) -> Iterator[Case]:
    """Cases with a little less in them, large pieces first."""
    for request in _smaller_requests(case.request):
        yield replace(case, request=request)
    for key, answers in case.answers.items():
        for index, answered in enumerate(answers):
            for response in _smaller_answers(answered.response):
                less = Answered(response=response, records=answered.records)
                changed = (*answers[:index], less, *answers[index + 1 :])
                yield replace(case, answers={**case.answers, key: changed})


def _smaller_requests(request: Request) -> Iterator[Request]:
    yield from _without_pairs(request, "query")
    yield from _without_pairs(request, "headers")
    yield from _smaller_bodies(request)


def _smaller_answers(response: Response) -> Iterator[Response]:
    yield from _without_pairs(response, "headers")
    yield from _smaller_bodies(response)


def _without_pairs(message: Any, part: str) -> Iterator[Any]:
    pairs = getattr(message, part)
    for index in range(len(pairs)):
        changed = copied(message)
        setattr(changed, part, [*pairs[:index], *pairs[index + 1 :]])
        yield changed


def _smaller_bodies(message: Any) -> Iterator[Any]:
    if not is_json(message.body) or message.body is None:
        return
    for body in smaller(message.body):
        changed = copied(message)
        changed.body = body
        yield changed


def smaller(value: Json) -> Iterator[Json]:
    """Copies of the value with one thing less, or one thing simpler."""
    places = sorted(_places(value), key=len)
    for path in places:
        if path:
            yield _edited(value, path, None, remove=True)
    for path in places:
        held = _at(value, path)
        for simple in _SIMPLER.get(type(held), ()):
            if simple != held and len(repr(simple)) < len(repr(held)):
                yield _edited(value, path, simple, remove=False)


def _places(value: Json, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _places(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*path, index))


def _at(value: Json, path: Path) -> Json:
    for step in path:
        value = value[step]  # type: ignore[index]
    return value


def _edited(value: Json, path: Path, other: Json, *, remove: bool) -> Json:
    if not path:
        return other
    copy = own(value)
    holder: Any = _at(copy, path[:-1])
    if remove:
        del holder[path[-1]]
    else:
        holder[path[-1]] = other
    return copy
