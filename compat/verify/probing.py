"""Cases made from an exchange's lenses alone: what bites on them, whatever the specs say."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from compat.emit.runtime.message import Request, Response
from compat.lens.encode import text_of
from compat.lens.interpret import Context
from compat.lens.ops import PARTS, Lens
from compat.model.interface import OperationKey
from compat.model.schema import Json
from compat.plan.bridge import Call
from compat.verify.cases import Case, Origin
from compat.verify.messages import Answered
from compat.verify.probes import probes

_STATUSES_OF_NOBODY: Final = (299, 399)


def probing(plain: Case, context: Context) -> Iterator[Case]:
    """Variations of a case, one for each value that a lens of its exchange bites on."""
    for call in plain.exchange.calls:
        for document in _documents(call.request, context):
            request = _request(plain.request, document)
            if request is not None:
                yield replace(plain, request=request, origin=Origin.PROBE)
        yield from _answers(plain, call, context)


def _answers(plain: Case, call: Call, context: Context) -> Iterator[Case]:
    for status in _STATUSES_OF_NOBODY:
        answer = Response(status=status, headers=[("x-of-no-version", "1")], body={"any": [1]})
        yield _answered(plain, call.operation, Answered(response=answer))
    probed: list[Lens] = []
    for bridge in call.answers:
        if bridge.lens in probed:
            continue  # samples show which statuses lead to it
        probed.append(bridge.lens)
        status = _status(bridge.status, call)
        if bridge.records:
            records = tuple(probes(bridge.lens, context))
            stream = Response(status=status, body=b"stream")
            yield _answered(plain, call.operation, Answered(response=stream, records=records))
            continue
        for document in _documents(bridge.lens, context):
            headers = _pairs(document.get("header"))
            response = Response(status=status, headers=headers, body=document.get("body"))
            yield _answered(plain, call.operation, Answered(response=response))


def _answered(plain: Case, key: OperationKey, answered: Answered) -> Case:
    return replace(plain, answers={**plain.answers, key: (answered,)}, origin=Origin.PROBE)


def _status(declared: str, call: Call) -> int:
    """A status that leads to the bridge of the declared one."""
    if declared.isdigit():
        return int(declared)
    taken = {each.status for each in call.answers}
    low = int(declared[0]) * 100 if declared[0].isdigit() else 500
    return next(status for status in range(low, low + 100) if str(status) not in taken)


def _documents(lens: Lens, context: Context) -> Iterator[Mapping[str, Json]]:
    for value in probes(lens, context):
        if isinstance(value, dict) and value.keys() <= {*PARTS, "status"}:
            yield value


def _request(plain: Request, document: Mapping[str, Json]) -> Request | None:
    """The plain request with the document's query, headers and body; its path stays."""
    cookies = _pairs(document.get("cookie"))
    headers = _pairs(document.get("header"))
    if cookies:
        headers.append(("cookie", "; ".join(f"{name}={text}" for name, text in cookies)))
    if "path" in document and len(document) == 1:
        return None
    return Request(
        method=plain.method,
        path=plain.path,
        query=_pairs(document.get("query")),
        headers=headers,
        body=document.get("body"),
    )


def _pairs(part: Json | None) -> list[tuple[str, str]]:
    """The pairs of a part, as far as it holds texts or what can be written as one."""
    pairs = []
    for name, held in part.items() if isinstance(part, dict) else ():
        for value in held if isinstance(held, list) else [held]:
            text = text_of(value)
            if text is not None and len(text) < 100:
                pairs.append((name, text))
    return pairs
