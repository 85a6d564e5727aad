"""What verifying found, as JSON and as text."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from compat.emit.runtime.message import Response
from compat.model.schema import Json
from compat.plan.spot import Side
from compat.verify.bench import Bench
from compat.verify.cases import Case
from compat.verify.evidence import Unwitnessed, Witness
from compat.verify.report import Failure, Report, case_document, report_document, report_text
from tests.compat.verify.making import OLD, appliance, appliance_plan, case

PLAN = appliance_plan()
FAN = next(each for each in PLAN.differences if each.subject == "Health.fan_rpm")
FAILURE = Failure(
    check="admission",
    subject="old_client POST /volumes",
    message="the request is not as the new spec says",
    differences=(FAN.id,),
    example={"role": "old_client"},
    again="isthmus compat verify shim --seed 7",
)
SOUND = Report(
    package="shim",
    plan=PLAN,
    seed=7,
    examples=10,
    tried={"wholeness": 1, "admission": 12},
    failures=(),
    excused={FAN.id: 3},
    witnesses=(),
    unwitnessed=(),
    refused_always=(),
    complete=True,
)


def creation(bench: Bench) -> Case:
    answer = Response(status=201, headers=[("x-a", "1")], body=b"\x00")
    return case(bench, OLD, "POST /volumes", answer, query=[("a", "1")], body={"name": "db"})


def test_it_is_sound_without_failures_if_nothing_was_left_out() -> None:
    assert SOUND.is_sound
    assert not replace(SOUND, failures=(FAILURE,)).is_sound
    assert not replace(SOUND, complete=False).is_sound


def test_the_document_tells_all_of_it() -> None:
    document = report_document(
        replace(SOUND, failures=(FAILURE,), refused_always=("old_client X",))
    )
    assert json.loads(json.dumps(document)) == {
        "verify": 1,
        "package": "shim",
        "versions": {"old": "v1", "new": "v2"},
        "sound": False,
        "complete": True,
        "seed": 7,
        "examples": 10,
        "tried": {"wholeness": 1, "admission": 12},
        "failures": [
            {
                "check": "admission",
                "subject": "old_client POST /volumes",
                "message": "the request is not as the new spec says",
                "differences": [FAN.id],
                "example": {"role": "old_client"},
                "again": "isthmus compat verify shim --seed 7",
            }
        ],
        "excused": {FAN.id: 3},
        "witnesses": [],
        "unwitnessed": [],
        "refused_always": ["old_client X"],
    }


def test_a_case_is_told_as_json_with_a_word_for_what_is_none(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        assert case_document(creation(bench)) == {
            "role": "old_client",
            "operation": "POST /volumes",
            "request": {
                "method": "POST",
                "path": "/v1/volumes",
                "query": [["a", "1"]],
                "headers": [],
                "body": {"name": "db"},
            },
            "answers": {
                "POST /volumes": [
                    {"status": 201, "headers": [["x-a", "1"]], "body": "<bytes>", "records": []}
                ]
            },
        }


def witness(bench: Bench, becomes: str) -> Witness:
    return Witness(
        difference=FAN.id,
        role=OLD,
        operation="GET /health",
        side=Side.RESPONSE,
        message={"body": b"\x00"},  # type: ignore[dict-item]
        shows="/body/fan_rpm: missing",
        becomes=becomes,
        case=creation(bench),
        after={"body": {}},
    )


def test_witnesses_are_told_with_what_becomes_of_them(tmp_path: Path) -> None:
    lost = Unwitnessed(difference=FAN.id, role=OLD, reason="nobody meets it")
    with appliance(tmp_path).bench() as bench:
        told = replace(SOUND, witnesses=(witness(bench, "passes"),), unwitnessed=(lost,))
    document = report_document(told)
    assert isinstance(document, dict)
    assert document["witnesses"] == [
        {
            "difference": FAN.id,
            "role": "old_client",
            "operation": "GET /health",
            "side": "response",
            "message": {"body": "<bytes>"},
            "shows": "/body/fan_rpm: missing",
            "becomes": "passes",
            "after": {"body": {}},
        }
    ]
    assert document["unwitnessed"] == [
        {"difference": FAN.id, "role": "old_client", "reason": "nobody meets it"}
    ]
    text = report_text(told)
    assert (
        f"Differences that matter to a client: 1 of {len(PLAN.differences)}, and 2 counted for\n"
        "each role in which they do. A message that shows one of them is\n" in text
    )
    assert "      1  passes as it is, as the plan says\n" in text
    assert "      1  shown by no message: none that was tried is broken:\n" in text
    assert (
        "         field-removed (old client): nobody meets it\n           Health.fan_rpm\n" in text
    )


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (SOUND, "shim: sound (between v1 and v2, seed 7)"),
        (replace(SOUND, complete=False), "shim: not finished (between v1 and v2, seed 7)"),
        (replace(SOUND, failures=(FAILURE,)), "shim: NOT SOUND (between v1 and v2, seed 7)"),
    ],
    ids=["sound", "not finished", "not sound"],
)
def test_the_verdict_comes_first(report: Report, line: str) -> None:
    assert report_text(report).splitlines()[0] == line


def test_a_failure_is_told_with_its_example_and_the_command_that_shows_it_again() -> None:
    text = report_text(replace(SOUND, failures=(FAILURE,)))
    assert (
        "  admission: old_client POST /volumes\n"
        "    the request is not as the new spec says\n"
        "    {'role': 'old_client'}\n"
        "    again: isthmus compat verify shim --seed 7\n" in text
    )
    assert "  admission         12 tried  1 broken\n" in text
    assert "  wholeness          1 tried  none broken\n" in text


def test_a_long_example_is_cut() -> None:
    long: Json = {"name": "x" * 5000}
    text = report_text(replace(SOUND, failures=(replace(FAILURE, example=long),)))
    assert max(map(len, text.splitlines())) < 2100


def test_what_was_let_through_is_listed_the_most_frequent_first() -> None:
    other = next(each for each in PLAN.differences if each.subject == "Volume.state")
    text = report_text(replace(SOUND, excused={FAN.id: 3, other.id: 5}))
    told = text[text.index("Let through") :].splitlines()
    assert told == [
        "Let through, because the manifest lists it, by how often messages met it:",
        f"      5  {other.id} values-renamed Volume.state",
        f"      3  {FAN.id} field-removed Health.fan_rpm",
    ]


def test_what_is_always_refused_is_listed() -> None:
    text = report_text(replace(SOUND, refused_always=("old_client GET /gone",)))
    assert text.endswith("only the refusal was tried:\n  old_client GET /gone\n")
