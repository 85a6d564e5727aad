"""A package does what the interpreter does, and counts what it does."""

from pathlib import Path

import pytest

from compat.emit.runtime.message import Response
from compat.lens.ops import Flow
from compat.model.schema import Json
from compat.verify.bench import Bench
from compat.verify.checks.agreement import agreement, lens_agreement
from tests.compat.verify.making import NEW, OLD, appliance, case, complaints, racks

SPEC: Json = {"name": "db", "size_gib": 1}
REPLICATION = Response(status=200, body={"lag_ms": 7000})


def create(bench: Bench) -> list[str]:
    """What is wrong when an old client makes a volume, which the callee refuses to do."""
    failed = Response(status=500, headers=[("x-a", "1")], body={"code": "1", "detail": "full"})
    return complaints(agreement, bench, case(bench, OLD, "POST /volumes", failed, body=SPEC))


def lag(bench: Bench) -> list[str]:
    tried = case(
        bench, OLD, "GET /volumes/{id}/replication", REPLICATION, path="/volumes/1/replication"
    )
    return complaints(agreement, bench, tried)


MADE = "body=volume_spec_up(own(request.body))"


@pytest.mark.parametrize("raised", ["SystemExit(7)", "KeyError('delax')"])
def test_what_a_lens_raises_is_told_and_ends_nothing(tmp_path: Path, raised: str) -> None:
    start = "def volume_spec_up(value: Json) -> Json:\n"
    broken = appliance(tmp_path).broken(
        "lenses/volume_spec.py", start, f"{start}    raise {raised}\n"
    )
    with broken.bench() as bench:
        assert any(raised.partition("(")[0] in complaint for complaint in create(bench))


def test_a_whole_package_agrees(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        assert create(bench) == []
        assert lag(bench) == []


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        (MADE, f'{MADE}, method="PUT"', "the request's method: 'PUT', not 'POST'"),
        (
            'turned(request, "/v2/volumes", body=v',
            'turned(request, "/v2/volumes/", body=v',
            "the request's path: '/v2/volumes/', not '/v2/volumes'",
        ),
        (
            MADE,
            f'{MADE}, query=[("a", "1")]',
            "the request's query: [('a', '1')], not []",
        ),
        (
            MADE,
            f'{MADE}, headers=[("a", "1")]',
            "the request's headers: [('a', '1')], not []",
        ),
        (
            MADE,
            "body=own(request.body)",
            "the request's body: {'name': 'db', 'size_gib': 1}, "
            "not {'name': 'db', 'capacity_bytes': 1073741824, 'thin': False}",
        ),
        (
            "return revised(answer, body=error_down(own(answer.body)))",
            "return revised(answer, body=error_down(own(answer.body)), status=501)",
            "the answer's status: 501, not 500",
        ),
        (
            "return revised(answer, body=error_down(own(answer.body)))",
            "return answer",
            "the answer's body: {'code': '1', 'detail': 'full'}, "
            "not {'code': '1', 'message': 'full'}",
        ),
    ],
    ids=["method", "path", "query", "headers", "body", "status", "answer"],
)
def test_another_message_is_found(tmp_path: Path, before: str, after: str, wrong: str) -> None:
    file = "exchanges/volumes_old_client.py"
    with appliance(tmp_path).broken(file, before, after).bench() as bench:
        assert f"{wrong} as the interpreter has it" in create(bench)


def test_an_exchange_that_fails_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken(
        "lenses/volume_spec.py", 'value["thin"] = False', 'value["thin"] = value["thick"]'
    )
    with broken.bench() as bench:
        assert create(bench)[0] == "it fails: KeyError: 'thick'"


def test_what_is_not_counted_is_found_with_its_difference(tmp_path: Path) -> None:
    whole = appliance(tmp_path)
    thin = next(each for each in whole.plan.differences if each.subject == "VolumeSpec.thin")
    with whole.broken("lenses/volume_spec.py", "        count_thin_up()", "").bench() as bench:
        run = bench.run(case(bench, OLD, "POST /volumes", body=SPEC))
        found = list(agreement(bench, run))
        assert [each.message for each in found] == ["it is counted 0 times (up), not 1"]
        assert found[0].differences == (thin.id,)


def test_what_is_counted_twice_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken(
        "lenses/replication.py",
        "count_lag_seconds_down()",
        "[count_lag_seconds_down() for _ in 'ab']",
    )
    with broken.bench() as bench:
        assert "it is counted 2 times (down), not 1" in lag(bench)


def test_a_refusal_that_does_not_come_is_found(tmp_path: Path) -> None:
    spec: Json = {"name": "db", "capacity_bytes": 1 << 30, "thin": False, "compression": True}
    whole = appliance(tmp_path)
    with whole.bench() as bench:
        tried = case(bench, NEW, "POST /volumes", body=spec)
        refused = bench.run(tried).outcome.refused
        assert refused
        assert complaints(agreement, bench, tried) == []
    with whole.broken(
        "lenses/volume_spec.py", f'raise refusal("{refused}")', "pass"
    ).bench() as bench:
        found = complaints(agreement, bench, tried)
        assert found == [
            "1 requests are sent, not 0 as the interpreter has it",
            f"it is answered, not it is refused for {refused} as the interpreter has it",
        ]


def test_a_record_that_is_converted_otherwise_is_found(tmp_path: Path) -> None:
    broken = racks(tmp_path).broken("exchanges/racks_old_client.py", '"off": "OFF"', '"off": "ON"')
    with broken.bench() as bench:
        stream = Response(status=200, body=b"stream")
        records: tuple[Json, ...] = ({"at": 2, "what": "off"},)
        log = case(
            bench, OLD, "GET /racks/{rack}/log", stream, path="/racks/1/log", records=records
        )
        assert complaints(agreement, bench, log) == [
            "records ({'at': 2, 'what': 'ON'},), not ({'at': 2, 'what': 'OFF'},) "
            "as the interpreter has it"
        ]


# --- lenses by themselves -------------------------------------------------------------------------


def lens_findings(bench: Bench, name: str) -> list[tuple[Json, str]]:
    return [
        (value, found.message)
        for flow in Flow
        for value, found in lens_agreement(bench, name, flow)
    ]


def test_each_lens_of_a_whole_package_does_what_the_plan_says(tmp_path: Path) -> None:
    with racks(tmp_path).bench() as bench:
        assert [found for name in bench.plan.lenses for found in lens_findings(bench, name)] == []


def test_a_lens_with_a_wrong_factor_is_found_with_a_value_that_shows_it(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken("lenses/replication.py", "1000, 1)", "1001, 1)")
    with broken.bench() as bench:
        found = {
            value["lag_seconds"]: message
            for value, message in lens_findings(bench, "replication")
            if isinstance(value, dict) and isinstance(value.get("lag_seconds"), int)
        }
    assert found
    for seconds, message in found.items():
        assert isinstance(seconds, int)
        assert message == (
            f"{{'lag_ms': {seconds * 1001}}}, not {{'lag_ms': {seconds * 1000}}} "
            "as the interpreter has it"
        )


def test_a_lens_that_takes_1_for_true_is_found(tmp_path: Path) -> None:
    """In Python they are equal, in JSON they are not."""
    broken = appliance(tmp_path).broken(
        "lenses/volume_spec.py", 'value.pop("thin") is not False', 'value.pop("thin") != False'
    )
    with broken.bench() as bench:
        found = lens_findings(bench, "volume_spec")
        assert [value for value, _ in found] != []
        assert {repr(value["thin"]) for value, _ in found if isinstance(value, dict)} <= {
            "0",
            "0.0",
        }


def test_a_lens_that_chokes_on_what_it_does_not_expect_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken(
        "lenses/error.py", "if not isinstance(value, dict):", "if value is None:"
    )
    with broken.bench() as bench:
        assert any("TypeError" in message for _, message in lens_findings(bench, "error"))


def test_a_lens_that_miscounts_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken("lenses/error.py", "        count_message_up()", "")
    with broken.bench() as bench:
        messages = {message for _, message in lens_findings(bench, "error")}
        assert messages == {"it is counted 0 times (up), not 1"}
