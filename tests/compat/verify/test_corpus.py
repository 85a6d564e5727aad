"""The cases that an exchange is tried with: the same each time, and of every origin."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from compat.verify.bench import Bench
from compat.verify.cases import Case, CaseMaker, Origin, Versions, number_of
from compat.verify.corpus import Effort, all_cases, avoided, corpus
from compat.verify.reduction import is_declared
from compat.verify.report import case_document
from tests.compat.plan.specs import interface
from tests.compat.verify.making import NEW, OLD, appliance, key, racks, small

BRIEF = Effort(examples=2)
ROOT = Path(__file__).parents[3]


def written(cases: Iterable[Case]) -> list[str]:
    return [json.dumps([case_document(each), each.origin.name]) for each in cases]


def of(bench: Bench, operation: str, role: object = OLD, effort: Effort = BRIEF) -> list[Case]:
    exchange = bench.exchange(role, key(operation))  # type: ignore[arg-type]
    assert exchange is not None
    return list(corpus(bench, role, exchange, effort))  # type: ignore[arg-type]


def test_the_same_effort_makes_the_same_cases(tmp_path: Path) -> None:
    made = appliance(tmp_path)
    with made.bench() as one:
        first = written(all_cases(one, BRIEF))
    with made.bench() as other:
        assert written(all_cases(other, BRIEF)) == first


def test_another_seed_makes_others_of_those_that_are_drawn_alone(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        one, other = (
            written(of(bench, "POST /volumes", effort=Effort(examples=5, seed=seed)))
            for seed in (0, 1)
        )
        none = written(of(bench, "POST /volumes", effort=Effort(examples=0)))
    assert one != other
    assert set(none) <= set(one) & set(other)


SCRIPT = """
import hashlib, sys
from pathlib import Path
from compat.verify.corpus import Effort, all_cases
from tests.compat.verify.making import appliance
from tests.compat.verify.test_corpus import written
with appliance(Path(sys.argv[1])).bench() as bench:
    cases = "".join(written(all_cases(bench, Effort(examples=1))))
    print(hashlib.sha256(cases.encode()).hexdigest())
"""


def test_the_same_cases_are_made_in_every_process(tmp_path: Path) -> None:
    """Whatever the order in which sets of names come there."""
    digests = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / hash_seed)],
            cwd=ROOT,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(digests) == 1


def test_a_number_depends_on_the_words_and_the_seed() -> None:
    assert number_of(0, "a", "b") == number_of(0, "a", "b")
    assert (
        len({number_of(0, "a"), number_of(1, "a"), number_of(0, "b"), number_of(0, "a", "")}) == 4
    )


def test_an_exchange_is_tried_with_cases_of_every_origin(tmp_path: Path) -> None:
    with racks(tmp_path).bench() as bench:
        assert {each.origin for each in of(bench, "POST /racks")} == set(Origin)


def test_cases_that_are_declared_are_as_their_specs_say(tmp_path: Path) -> None:
    with racks(tmp_path).bench() as bench:
        cases = [each for each in all_cases(bench, BRIEF) if each.origin is Origin.DECLARED]
        assert len(cases) > 40
        assert all(is_declared(bench.versions, each) for each in cases)


def test_every_status_of_an_operation_is_met(tmp_path: Path) -> None:
    with racks(tmp_path).bench() as bench:
        statuses = {
            answers[0].response.status
            for each in of(bench, "POST /racks")
            for answers in each.answers.values()
        }
    assert {201, 400} <= statuses


def test_a_callee_with_pages_has_two_of_them(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        case = of(bench, "GET /volumes")[0]
        ((first, second),) = case.answers.values()
    assert isinstance(first.response.body, dict)
    assert isinstance(second.response.body, dict)
    assert first.response.body["next_token"] == "page-2"
    assert "next_token" not in second.response.body


# --- what nothing has to be tried for -------------------------------------------------------------


def test_an_exchange_between_operations_that_say_the_same_needs_two_cases(tmp_path: Path) -> None:
    volumes = "{query: {a: string}, body: {size: integer}, 200: {size: integer}}"
    old = interface({"PUT /a": volumes, "PUT /b": "{200: {n: integer}}"}, base="/v1")
    new = interface({"PUT /a": volumes, "PUT /b": "{200: {n: string}}"}, base="/v2")
    with small(tmp_path, old, new).bench() as bench:
        assert len(of(bench, "PUT /a")) == 2
        assert len(of(bench, "PUT /b")) > 2


def test_exchanges_are_the_same_where_both_sides_say_the_same(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        same = {
            (role, str(each.operation))
            for role in bench.plan.exchanges
            for each in bench.plan.exchanges[role]
            if bench.versions.is_same(role, each)
        }
    assert same == set()
    with racks(tmp_path / "racks").bench() as bench:
        image = bench.exchange(OLD, key("PUT /racks/{rack}/image"))
        assert image is not None
        assert bench.versions.is_same(OLD, image)
        assert Versions(bench.plan).is_same(OLD, image)


# --- what is refused ------------------------------------------------------------------------------


def test_fields_for_which_a_request_is_refused_are_found_and_left_out(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        exchange = bench.exchange(NEW, key("POST /volumes"))
        assert exchange is not None
        maker = CaseMaker(bench.versions, NEW, exchange)
        places = avoided(bench, maker)
        assert {each.rpartition("/")[2] for each in places} >= {"compression"}
        bodies = [
            each.request.body
            for each in of(bench, "POST /volumes", NEW)
            if each.origin is Origin.DECLARED
        ]
        with_it = [each for each in bodies if isinstance(each, dict) and "compression" in each]
        assert 0 < len(with_it) <= 2 < len(bodies) - len(with_it)


def test_what_the_plan_never_refuses_is_not_left_out(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        exchange = bench.exchange(OLD, key("POST /volumes"))
        assert exchange is not None
        assert avoided(bench, CaseMaker(bench.versions, OLD, exchange)) == frozenset()
