"""Cases made from what an exchange does alone: what bites on its lenses, and what it cuts."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, product
from typing import Final

from compat.emit.runtime.message import Request, Response
from compat.lens.encode import text_of
from compat.lens.interpret import Context
from compat.lens.ops import PARTS, Lens
from compat.model.interface import OperationKey
from compat.model.schema import Json
from compat.plan.bridge import AnswerBridge, Call, Slicing
from compat.verify.cases import Case, Origin
from compat.verify.driving import copied
from compat.verify.messages import Answered
from compat.verify.probes import is_changed, probes

_STATUSES_OF_NOBODY: Final = (299, 399)
_TELLING_MAX: Final = 4
_PAGES: Final = (
    ("1", None),
    ("1", "1"),
    (None, "1"),
    ("0", "1"),
    ("2", "0"),
    ("1", "9"),
    ("x", "y"),
)
"""(how many entries a page is to have, at which one it begins), as texts."""


def probing(plain: Case, full: Case, context: Context) -> Iterator[Case]:
    """Variations of a case, one for each value that a lens of its exchange bites on.

    `full` is another case of the exchange, with lists that hold something.
    """
    for call in plain.exchange.calls:
        if call.slicing is not None:
            yield from _pages(full, call.slicing)
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
        if bridge.lens in probed and bridge.lens and not _is_range(bridge.status):
            continue  # samples show which statuses lead to it
        probed.append(bridge.lens)
        first, *beside = _statuses(bridge.status, call)
        if bridge.records:
            records = tuple(probes(bridge.lens, context))
            stream = Response(status=first, body=b"stream")
            yield _answered(plain, call.operation, Answered(response=stream, records=records))
            continue
        telling = [each for lens in _biting(bridge, call) for each in _telling(lens, context)]
        whole = [*_documents(bridge.lens, context)] if bridge.lens else telling
        for status, document in (*product([first], whole), *product(beside, telling)):
            headers = _pairs(document.get("header"))
            response = Response(status=status, headers=headers, body=document.get("body"))
            yield _answered(plain, call.operation, Answered(response=response))


def _biting(bridge: AnswerBridge, call: Call) -> Iterator[Lens]:
    """The lens of the answer; where it does nothing, those it could be mistaken for."""
    if bridge.lens:
        yield bridge.lens
        return
    others: list[Lens] = []
    for each in call.answers:
        if each.lens and not each.records and each.lens not in others:
            others.append(each.lens)
    yield from others


def _telling(lens: Lens, context: Context) -> Iterator[dict[str, Json]]:
    """A few documents that show whether the lens is applied."""
    found = (each for each in _documents(lens, context) if is_changed(lens, each, context))
    yield from islice(found, _TELLING_MAX)


def _pages(full: Case, slicing: Slicing) -> Iterator[Case]:
    """The case, asked for one page and another."""
    names = (slicing.size_query, slicing.token_query)
    rest = [pair for pair in full.request.query if pair[0] not in names]
    for texts in _PAGES:
        asked = ((name, text) for name, text in zip(names, texts, strict=True) if text is not None)
        request = copied(full.request)
        request.query = [*rest, *asked]
        yield replace(full, request=request, origin=Origin.PROBE)


def _answered(plain: Case, key: OperationKey, answered: Answered) -> Case:
    return replace(plain, answers={**plain.answers, key: (answered,)}, origin=Origin.PROBE)


def _is_range(declared: str) -> bool:
    return declared.upper().endswith("XX")


def _statuses(declared: str, call: Call) -> Iterator[int]:
    """A status that leads to the bridge of the declared one; of a range also those beside it."""
    if declared.isdigit():
        yield int(declared)
        return
    taken = {each.status for each in call.answers}
    low = int(declared[0]) * 100 if declared[0].isdigit() else 500
    yield next(status for status in range(low, low + 100) if str(status) not in taken)
    if _is_range(declared):
        yield from (low - 1, low + 99, low + 100)


def _documents(lens: Lens, context: Context) -> Iterator[dict[str, Json]]:
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
