"""The version that a request names decides which face it gets."""

import pytest

from compat.emit.runtime.message import Reads, Request, Response
from compat.emit.runtime.negotiate import Negotiation, choose
from compat.emit.runtime.reading import Problem
from tests.compat.runtime.faces import PASSES, TableFace

OLD = TableFace(("/v1.50", "/v1.51"), {})
OLDER = TableFace(("/v1.49", "/v1.51"), {})
TABLE = {"v1.49": OLDER, "1.50": OLD, "v1.51": None}

BY_PATH = Negotiation(TABLE, default="1.51", by_path=True)
BY_HEADER = Negotiation(TABLE, default="v1.50", header="API-Version")
EITHER = Negotiation(TABLE, default="1.51", by_path=True, header="api-version")


@pytest.mark.parametrize(
    ("path", "face"),
    [
        ("/v1.50/volumes", OLD),
        ("/1.50/volumes", None),  # a number alone may be anything
        ("/V1.49/volumes", OLDER),
        ("/v1.51", None),
        ("/volumes", None),
        ("/volumes/v1.50", None),
        ("/volatile/x", None),
    ],
)
def test_the_path_names_the_version(path: str, face: TableFace | None) -> None:
    assert BY_PATH.face(path, []) is face


def test_the_version_in_a_path_may_follow_a_base() -> None:
    based = Negotiation(TABLE, default="1.51", by_path=True, base="/api/")
    assert based.face("/api/v1.50/volumes", []) is OLD
    assert based.face("/v1.50/volumes", []) is None


@pytest.mark.parametrize(("text", "face"), [("1.49", OLDER), (" v1.51 ", None), ("v1.50", OLD)])
def test_a_header_names_the_version(text: str, face: TableFace | None) -> None:
    assert BY_HEADER.face("/v1.49/x", [("api-version", text)]) is face


def test_without_any_version_the_default_counts() -> None:
    assert BY_HEADER.face("/volumes", [("accept", "*/*")]) is OLD
    assert BY_HEADER.face("/volumes", [("api-version", "")]) is OLD


def test_the_path_wins_over_the_header() -> None:
    assert EITHER.face("/v1.49/x", [("api-version", "1.50")]) is OLDER
    assert EITHER.face("/x", [("api-version", "1.50")]) is OLD


@pytest.mark.parametrize(("path", "headers"), [("/v1.52/x", []), ("/x", [("Api-Version", "1.52")])])
def test_an_unknown_version_is_refused_with_those_supported(
    path: str, headers: list[tuple[str, str]]
) -> None:
    with pytest.raises(Problem) as caught:
        EITHER.face(path, headers)
    assert caught.value.document == {
        "type": "urn:isthmus:problem:version-unknown",
        "title": "This version is not supported",
        "status": 400,
        "detail": "the request is of version 1.52; supported are v1.49, 1.50, v1.51",
        "supported": ["v1.49", "1.50", "v1.51"],
    }


def test_two_versions_at_once_are_refused() -> None:
    with pytest.raises(Problem) as caught:
        BY_HEADER.face("/x", [("api-version", "1.49"), ("API-Version", "1.50")])
    assert caught.value.status == 400
    assert BY_HEADER.face("/x", [("api-version", "1.49"), ("api-version", "1.49")]) is OLDER


def test_a_default_must_be_in_the_table() -> None:
    with pytest.raises(ValueError, match=r"1\.48 is not among v1\.49, 1\.50, v1\.51"):
        Negotiation(TABLE, default="1.48")


def test_one_face_serves_all_versions() -> None:
    assert choose(OLD, "/v9/x", []) is OLD
    assert choose(BY_PATH, "/v1.49/x", []) is OLDER


def test_the_callee_is_told_the_version_it_speaks() -> None:
    speaking = Negotiation(TABLE, default="1.51", header="API-Version", speaks="1.51")
    face = speaking.face("/x", [("api-version", "1.50")])
    assert face is not None
    headers = [("Accept", "a"), ("API-version", "1.50")]
    flow = face.exchange(Request(method="GET", path="/v1.50/x", headers=headers))
    asked = next(flow)
    assert asked.headers == [("Accept", "a"), ("API-version", "1.51")]
    with pytest.raises(StopIteration) as stop:
        flow.send(Response(status=204))
    assert stop.value.value == Response(status=204)
    assert headers[1] == ("API-version", "1.50")
    reads = face.reads("GET", "/x")
    assert reads == Reads(request=False, answer=False, calls=(("GET", "/x"),)) != PASSES
