"""What is given stays as it is, nothing is shared, and the same input gives the same output."""

from dataclasses import replace
from pathlib import Path

import pytest

from compat.emit.runtime.message import Response
from compat.intent.model import Intent
from compat.model.schema import Json
from compat.verify.bench import Bench
from compat.verify.checks.ownership import ownership
from compat.verify.messages import Answered
from tests.compat.plan.making import stands_in
from tests.compat.plan.specs import interface
from tests.compat.verify.making import OLD, appliance, case, complaints, key, small

EXCHANGES = "exchanges/volumes_old_client.py"
VOLUME: Json = {
    "id": "1",
    "name": "db",
    "capacity_bytes": 1 << 30,
    "thin": True,
    "state": "online",
    "node": "n",
}


def create(bench: Bench) -> list[str]:
    answer = Response(status=201, body=VOLUME)
    spec: Json = {"name": "db", "size_gib": 1, "tags": ["a"]}
    return complaints(ownership, bench, case(bench, OLD, "POST /volumes", answer, body=spec))


def test_a_whole_package_owns_what_it_changes(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        assert create(bench) == []


def test_a_request_that_is_changed_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken(
        EXCHANGES, "volume_spec_up(own(request.body))", "volume_spec_up(request.body)"
    )
    with broken.bench() as bench:
        assert create(bench) == [
            "the caller's request is changed: its body "
            "{'name': 'db', 'size_gib': 1, 'tags': ['a']} became "
            "{'name': 'db', 'tags': ['a'], 'capacity_bytes': 1073741824, 'thin': False}",
            "request 1 to the callee shares an object with the caller's request",
        ]


def test_an_answer_that_is_changed_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken(
        EXCHANGES, "volume_down(own(answer.body))", "volume_down(answer.body)"
    )
    with broken.bench() as bench:
        changed, shared = create(bench)
        assert changed.startswith("the callee's answer 1 is changed: its body")
        assert shared == "the caller's answer shares an object with the callee's answer 1"


MADE = "body=volume_spec_up(own(request.body))"


@pytest.mark.parametrize("part", ["query", "headers"])
def test_a_part_that_is_changed_is_found(tmp_path: Path, part: str) -> None:
    broken = appliance(tmp_path).broken(
        EXCHANGES, MADE, f"{MADE}, {part}=request.{part}.append(('a', '1')) or ()"
    )
    with broken.bench() as bench:
        assert f"the caller's request is changed: its {part} [] became [('a', '1')]" in create(
            bench
        )


def test_a_list_that_is_handed_on_is_found(tmp_path: Path) -> None:
    """The object is another one, and what is in it is still the caller's."""
    broken = appliance(tmp_path).broken(
        EXCHANGES,
        "volume_spec_up(own(request.body))",
        "{**volume_spec_up(own(request.body)), 'tags': request.body['tags']}",
    )
    with broken.bench() as bench:
        assert create(bench) == ["request 1 to the callee shares a list with the caller's request"]


def test_what_a_package_keeps_for_itself_and_hands_out_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken(
        "lenses/volume_spec.py", 'value["thin"] = False', 'value["thin"] = KEPT'
    )
    lens = broken.folder / "lenses" / "volume_spec.py"
    lens.write_text(lens.read_text("utf-8") + "\n\nKEPT: Json = []\n", "utf-8")
    with broken.bench() as bench:
        assert create(bench) == [
            "request 1 to the callee shares a list or an object with that of another call"
        ]


def test_what_is_otherwise_the_second_time_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken(
        "lenses/volume_spec.py",
        'value["thin"] = False',
        'value["thin"] = bool(SEEN.append(1) or len(SEEN) > 1)',
    )
    lens = broken.folder / "lenses" / "volume_spec.py"
    lens.write_text(lens.read_text("utf-8") + "\n\nSEEN: list[int] = []\n", "utf-8")
    with broken.bench() as bench:
        found = create(bench)
        assert found[0].startswith("a second time it is otherwise: the request's body")


def test_fields_that_come_in_another_order_are_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken(
        "lenses/volume_spec.py", "    return value\n", "    return turned(value)\n"
    )
    lens = broken.folder / "lenses" / "volume_spec.py"
    turned = """

SEEN: list[int] = []


def turned(value: Json) -> Json:
    SEEN.append(1)
    return dict(sorted(value.items(), reverse=len(SEEN) % 2 == 0))
"""
    lens.write_text(lens.read_text("utf-8") + turned, "utf-8")
    with broken.bench() as bench:
        assert create(bench) == ["a second time fields come in another order"]


HANDED_ON = """from .message import Flow, Request, Response


def jobs(request: Request) -> Flow:
    return (yield Request(method="PUT", path="/tasks", body=request.body))
"""


def handed_on(tmp_path: Path, hooks: str) -> list[str]:
    """What is found about an exchange that a hook drives."""
    old = interface({"PUT /jobs": "{body!: {n: integer}, 200: {m: integer}}"})
    new = interface({"PUT /tasks": "{body!: {n: integer}, 200: {m: integer}}"})
    decided = Intent(operations=(stands_in("PUT /jobs", hook="jobs"),))
    with small(tmp_path, old, new, decided, hooks).bench() as bench:
        made = case(bench, OLD, "PUT /jobs", body={"n": 1})
        answers = {key("PUT /tasks"): (Answered(response=Response(status=200, body={"m": 1})),)}
        return complaints(ownership, bench, replace(made, answers=answers))


def test_a_hook_may_hand_on_what_it_is_given(tmp_path: Path) -> None:
    assert handed_on(tmp_path, HANDED_ON) == []


def test_a_hook_that_changes_what_it_is_given_is_found(tmp_path: Path) -> None:
    changing = HANDED_ON.replace(
        "    return (yield", "    request.body['n'] = 2\n    return (yield"
    )
    answering = HANDED_ON.replace("return (yield", "answer = (yield") + (
        "    answer.body['m'] = 2\n    return answer\n"
    )
    assert handed_on(tmp_path / "1", changing) == []  # it is given a copy
    (complaint,) = handed_on(tmp_path / "2", answering)
    assert complaint.startswith("the callee's answer 1 is changed: its body {'m': 1} became")
