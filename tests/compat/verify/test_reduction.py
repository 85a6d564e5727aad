"""The smallest message that still shows a failure."""

import json
from pathlib import Path

from hypothesis import given

from compat.emit.runtime.message import Response
from compat.model.schema import Json
from compat.verify.bench import Bench
from compat.verify.cases import Case, Origin
from compat.verify.checks.agreement import agreement
from compat.verify.driving import same_body
from compat.verify.reduction import TRIES_MAX, is_declared, reduced, smaller
from tests.compat.verify.making import OLD, appliance, case
from tests.compat.verify.schemas import VALUES


@given(VALUES)
def test_what_is_smaller_is_shorter_and_changes_nothing(value: Json) -> None:
    before = json.dumps(value)
    for less in smaller(value):
        assert len(json.dumps(less)) < len(before)
        assert json.dumps(value) == before


def test_one_thing_at_a_time_is_left_out_or_made_simple() -> None:
    value: Json = {"a": [1, 20], "b": "text"}
    assert list(smaller(value)) == [
        {"b": "text"},
        {"a": [1, 20]},
        {"a": [20], "b": "text"},
        {"a": [1], "b": "text"},
        {"a": [1, 20], "b": ""},
        {"a": [1, 20], "b": "a"},
        {"a": [1, 0], "b": "text"},
        {"a": [1, 1], "b": "text"},
    ]


SPEC: Json = {"name": "a long name", "size_gib": 12, "more": {"and": ["more", {"of": "it"}]}}


def creation(bench: Bench, origin: Origin = Origin.DECLARED) -> Case:
    answer = Response(
        status=201,
        headers=[("x-a", "1"), ("x-b", "2")],
        body={
            "id": "1",
            "name": "db",
            "capacity_bytes": 1 << 40,
            "thin": True,
            "state": "online",
            "node": "n",
            "more": [1, 2, 3],
        },
    )
    return case(
        bench,
        OLD,
        "POST /volumes",
        answer,
        query=[("a", "1"), ("b", "2")],
        headers=[("x-c", "3")],
        body=SPEC,
        origin=origin,
    )


def test_what_is_left_still_fails_and_no_less_would(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        tried = creation(bench, Origin.PROBE)

        def fails(each: Case) -> bool:
            return isinstance(each.request.body, dict) and "size_gib" in each.request.body

        less = reduced(bench, tried, fails)
        assert fails(less)
        assert same_body(less.request.body, {"size_gib": 0})
        assert (less.request.query, less.request.headers) == ([], [])
        ((answered,),) = less.answers.values()
        assert (answered.response.headers, answered.response.body) == ([], {})


def test_a_declared_case_stays_as_its_specs_say(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        less = reduced(bench, creation(bench), lambda _: True)
        assert is_declared(bench.versions, less)
        assert same_body(less.request.body, {"name": "", "size_gib": 1})
        ((answered,),) = less.answers.values()
        assert isinstance(answered.response.body, dict)
        assert answered.response.body.keys() == {
            *("id", "name", "capacity_bytes", "thin", "state", "node")
        }
        assert answered.response.body["state"] == "online"


def test_the_case_itself_is_not_changed(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        tried = creation(bench)
        reduced(bench, tried, lambda _: True)
        assert tried.request.body == SPEC
        assert tried.request.query == [("a", "1"), ("b", "2")]


def test_a_case_that_no_smaller_one_shows_stays(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        tried = creation(bench)
        assert reduced(bench, tried, lambda _: False) is tried


def test_it_gives_up_after_so_many_tries(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        asked: list[Case] = []
        body: Json = {f"f{n}": n for n in range(2 * TRIES_MAX)}
        tried = case(bench, OLD, "POST /volumes", body=body, origin=Origin.PROBE)

        def fails(each: Case) -> bool:
            asked.append(each)
            return False

        assert reduced(bench, tried, fails) is tried
        assert len(asked) == TRIES_MAX


def test_a_failure_of_a_package_is_shown_by_little(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken("lenses/volume_spec.py", 'value["thin"] = False', "pass")
    with broken.bench() as bench:

        def fails(each: Case) -> bool:
            return any(True for _ in agreement(bench, bench.run(each)))

        assert same_body(reduced(bench, creation(bench, Origin.PROBE), fails).request.body, {})


def test_what_is_declared(tmp_path: Path) -> None:
    good = {"id": "1", "name": "db", "capacity_bytes": 1 << 40, "thin": True}
    good |= {"state": "online", "node": "n"}
    spec: Json = {"name": "db", "size_gib": 1}
    with appliance(tmp_path).bench() as bench:

        def declared(answer: Response, body: Json = spec, path: str = "") -> bool:
            tried = case(bench, OLD, "POST /volumes", answer, body=body, path=path)
            return is_declared(bench.versions, tried)

        assert declared(Response(status=201, body=dict(good)))
        assert declared(Response(status=404, body={"code": "", "detail": ""}))
        assert not declared(Response(status=404, body={"code": ""}))
        assert not declared(Response(status=201, body=good | {"thin": 1}))
        assert not declared(Response(status=201, body=dict(good)), {"name": "db"})
        assert not declared(Response(status=201, body=dict(good)), path="/volume")
        gone = case(bench, OLD, "GET /health", Response(status=404))
        assert not is_declared(bench.versions, gone)
