"""Recorded messages, sent through a generated package again: it must still do what it did.

The file of the same name that ends in `.json` has the messages, and says where the package is if it
cannot be imported by its name. Both were written by `isthmus compat verify --write-tests`, which
writes them anew when the package has changed on purpose. Only pytest is needed to run this.
"""

import json
import sys
from base64 import b64decode, b64encode
from copy import deepcopy
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_suffix(".json")


def pytest_generate_tests(metafunc: Any) -> None:
    """One test for each recorded exchange."""
    if "recorded" in metafunc.fixturenames:
        document = json.loads(RECORDED.read_text("utf-8"))
        package = imported(document["package"], RECORDED.parent / document["home"])
        names = [each["name"] for each in document["exchanges"]]
        exchanges = [(package, each) for each in document["exchanges"]]
        metafunc.parametrize("recorded", exchanges, ids=names)


def test_an_exchange_goes_as_recorded(recorded: tuple[Any, dict[str, Any]]) -> None:
    package, exchange = recorded
    given = deepcopy(exchange)
    assert text(replayed(package, exchange)) == text(exchange["steps"])
    assert exchange == given, "what the package is given must stay as it is"


def imported(name: str, home: Path) -> Any:
    """The package, from its own folder if its name alone does not lead there."""
    found = find_spec(name)
    if found is None or found.origin is None:  # a mere folder of that name is no package
        sys.modules.pop(name, None)
        sys.path.insert(0, str(home))
    return import_module(name)


def replayed(package: Any, exchange: dict[str, Any]) -> list[dict[str, Any]]:
    """What happens this time, step by step; the callee answers as it did."""
    face = getattr(package, exchange["role"])
    answers = [step["answer"] for step in exchange["steps"] if "answer" in step]
    steps: list[dict[str, Any]] = []
    try:
        flow = face.exchange(package.Request(**message(exchange["request"])))
        sent = next(flow)
        while len(steps) < len(answers):
            answer = answers[len(steps)]
            steps.append({"sent": request_document(sent), "answer": answer})
            sent = flow.send(package.Response(**message(answer)))
        steps.append({"sent": request_document(sent)})
    except StopIteration as stop:
        steps.append({"returned": answer_document(stop.value)})
        if stop.value.records is not None:
            records = exchange.get("records", [])
            steps.append({"records": [converted(package, stop.value, each) for each in records]})
    except package.GapError as refused:
        steps.append({"refused": refused.difference})
    return steps


def converted(package: Any, answer: Any, record: Any) -> Any:
    """What becomes of one record of a stream."""
    try:
        return answer.records(deepcopy(record))
    except package.GapError as refused:
        return {"refused": refused.difference}


def message(document: dict[str, Any]) -> dict[str, Any]:
    """The arguments that make the message."""
    found = {name: value for name, value in document.items() if name not in ("body", "bytes")}
    for part in ("query", "headers"):
        if part in found:
            found[part] = [tuple(pair) for pair in found[part]]
    body = document.get("body")
    return {**found, "body": b64decode(document["bytes"]) if "bytes" in document else body}


def request_document(request: Any) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.path,
        "query": [list(pair) for pair in request.query],
        "headers": [list(pair) for pair in request.headers],
        **body_document(request.body),
    }


def answer_document(answer: Any) -> dict[str, Any]:
    return {
        "status": answer.status,
        "headers": [list(pair) for pair in answer.headers],
        **body_document(answer.body),
    }


def body_document(body: Any) -> dict[str, Any]:
    if isinstance(body, bytes):
        return {"bytes": b64encode(body).decode()}
    return {"body": body}


def text(document: Any) -> str:
    """As JSON, in which 1, 1.0 and true are three values."""
    return json.dumps(document, indent=1, sort_keys=True)
