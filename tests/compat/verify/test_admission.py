"""What one spec allows becomes what the other allows, and where it does not, that is said."""

from pathlib import Path

import pytest

from compat.emit.runtime.message import Response
from compat.intent.model import Then
from compat.model.schema import Json
from compat.plan.spot import Side
from compat.verify.bench import Bench
from compat.verify.checks.admission import admission
from tests.compat.plan.making import intent
from tests.compat.plan.specs import interface
from tests.compat.verify.making import NEW, OLD, appliance, case, complaints, racks, small

SPEC: Json = {"name": "db", "size_gib": 1}
VOLUME: dict[str, Json] = {
    "id": "1",
    "name": "db",
    "capacity_bytes": 1 << 30,
    "thin": False,
    "state": "online",
    "node": "n",
}


def create(bench: Bench, **changed: Json) -> list[str]:
    """What is wrong when an old client makes a volume; the callee's answer may be changed."""
    answer = Response(status=201, body=VOLUME | changed)
    return complaints(admission, bench, case(bench, OLD, "POST /volumes", answer, body=SPEC))


def test_messages_of_a_whole_package_are_as_their_specs_say(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        assert create(bench) == []


@pytest.mark.parametrize(
    ("file", "before", "after", "wrong"),
    [
        (
            "lenses/volume_spec.py",
            'value["thin"] = False',
            "pass",
            "the request is not as the new spec says, at /body/thin (required): "
            "'thin' is a required property",
        ),
        (
            "lenses/volume_spec.py",
            'value["thin"] = False',
            'value["thin"] = "no"',
            "the request is not as the new spec says, at /body/thin (type): "
            "'no' is not of type 'boolean'",
        ),
        (
            "lenses/volume.py",
            '"online": "ONLINE"',
            '"online": "on"',
            "the response is not as the old spec says, at /body/state (enum): "
            "'on' is not one of ['ONLINE', 'DEGRADED', 'OFFLINE']",
        ),
        (
            "exchanges/volumes_old_client.py",
            'turned(request, "/v2/volumes", body=v',
            'turned(request, "/v2/volume", body=v',
            "the callee has no operation for POST /v2/volume",
        ),
    ],
    ids=["missing", "of another type", "of another value", "path"],
)
def test_what_its_spec_does_not_allow_is_found_where_it_is(
    tmp_path: Path, file: str, before: str, after: str, wrong: str
) -> None:
    with appliance(tmp_path).broken(file, before, after).bench() as bench:
        assert create(bench) == [wrong]


def test_each_finding_says_which_message_is_at_fault(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken("lenses/volume_spec.py", 'value["thin"] = False', "pass")
    broken = broken.broken("lenses/volume.py", '"online": "ONLINE"', '"online": "on"')
    with broken.bench() as bench:
        answer = Response(status=201, body=VOLUME)
        run = bench.run(case(bench, OLD, "POST /volumes", answer, body=SPEC))
        assert [each.side for each in admission(bench, run)] == [Side.REQUEST, Side.RESPONSE]


def test_a_record_of_a_stream_is_held_against_its_own_schema(tmp_path: Path) -> None:
    tried = racks(tmp_path)
    records: tuple[Json, ...] = ({"at": 1, "what": "on"}, {"at": 2, "what": "off"})
    with tried.bench() as bench:
        stream = Response(status=200, body=b"stream")
        log = case(
            bench, OLD, "GET /racks/{rack}/log", stream, path="/racks/1/log", records=records
        )
        assert complaints(admission, bench, log) == []
    with tried.broken(
        "exchanges/racks_old_client.py", '"off": "OFF"', '"off": "no"'
    ).bench() as bench:
        assert complaints(admission, bench, log) == [
            "a record is not as the old spec says, at /body/what (enum): "
            "'no' is not one of ['ON', 'OFF']"
        ]


def test_a_listed_loss_excuses_what_it_is_about_and_is_counted(tmp_path: Path) -> None:
    """An old client misses the speed of a fan that is no more, and somebody accepted that."""
    with appliance(tmp_path).bench() as bench:
        lost = next(each for each in bench.plan.differences if each.subject == "Health.fan_rpm")
        answer = Response(status=200, body={"status": "fine", "nodes": 2})
        assert complaints(admission, bench, case(bench, OLD, "GET /health", answer)) == []
        assert dict(bench.excused) == {lost.id: 1}


def test_a_listed_loss_excuses_nothing_else(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        answer = Response(status=200, body={"status": "fine"})
        assert complaints(admission, bench, case(bench, OLD, "GET /health", answer)) == [
            "the response is not as the old spec says, at /body/nodes (required): "
            "'nodes' is a required property"
        ]


def test_another_success_passes_only_where_the_plan_lists_it(tmp_path: Path) -> None:
    old = interface({"PUT /jobs": "{200: null}"})
    new = interface({"PUT /jobs": "{200: null, 202: null}"})
    accepted = intent(accept={"status-added *": Then.PASS})
    with small(tmp_path, old, new, accepted).bench() as bench:
        (listed,) = bench.plan.differences
        queued = case(bench, OLD, "PUT /jobs", Response(status=202))
        assert complaints(admission, bench, queued) == []
        assert dict(bench.excused) == {listed.id: 1}
        other = case(bench, OLD, "PUT /jobs", Response(status=203))
        assert complaints(admission, bench, other) == ["PUT /jobs does not answer with 203"]


def test_clients_expect_failures_that_no_spec_names(tmp_path: Path) -> None:
    spec = interface({"PUT /jobs": "{200: null}"})
    with small(tmp_path, spec, spec).bench() as bench:
        for status in (304, 404, 503):
            gone = case(bench, NEW, "PUT /jobs", Response(status=status))
            assert complaints(admission, bench, gone) == []
