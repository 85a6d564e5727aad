"""There and back again, and what does not come back is either listed or found."""

from pathlib import Path

import pytest

from compat.emit.runtime.message import Response
from compat.model.schema import Json
from compat.verify.bench import Bench
from compat.verify.checks.round_trip import round_trip, way_back
from tests.compat.verify.making import NEW, OLD, appliance, case, complaints, racks

VOLUME: Json = {
    "id": "1",
    "name": "db",
    "capacity_bytes": 3 << 30,
    "thin": True,
    "state": "online",
    "node": "n",
}


def create(bench: Bench, volume: Json = VOLUME) -> list[str]:
    answer = Response(status=201, body=volume)
    spec: Json = {"name": "db", "size_gib": 3}
    return complaints(round_trip, bench, case(bench, OLD, "POST /volumes", answer, body=spec))


def test_what_a_whole_package_takes_there_comes_back(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        assert create(bench) == []
        assert not bench.excused


@pytest.mark.parametrize(
    ("file", "before", "after", "wrong"),
    [
        (
            "lenses/volume_spec.py",
            'value["thin"] = False',
            'value["thin"] = value.pop("name") == ""',
            "the request does not come back as it was, at /body/name: 'db' became nothing",
        ),
        (
            "lenses/volume.py",
            'value["capacity_bytes"] = value.pop("size_gib")',
            'value["capacity_bytes"] = value["size_gib"]',
            "the response does not come back as it was, at /body/size_gib: nothing became 3",
        ),
        (
            "exchanges/volumes_new_client.py",
            "status=201",
            "status=200",
            "the response does not come back as it was, at /status: 201 became 200",
        ),
        (
            "exchanges/volumes_new_client.py",
            'turned(request, "/v1/volumes"',
            'turned(request, "/v1/volume"',
            "it comes back to POST /v1/volume",
        ),
        (
            "lenses/volume_spec.py",
            'value["size_gib"] = value.pop("capacity_bytes")',
            'value["size_gib"] = value.pop("size")',
            "the way back fails: KeyError: 'size'",
        ),
    ],
    ids=["dropped", "added", "status", "path", "failure"],
)
def test_what_does_not_come_back_is_found(
    tmp_path: Path, file: str, before: str, after: str, wrong: str
) -> None:
    with appliance(tmp_path).broken(file, before, after).bench() as bench:
        assert create(bench)[0] == wrong


def test_two_values_that_become_one_are_a_listed_loss(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        assert isinstance(VOLUME, dict)
        state = next(each for each in bench.plan.differences if each.subject == "Volume.state")
        assert create(bench, VOLUME | {"state": "rebuilding"}) == []
        assert dict(bench.excused) == {state.id: 1}


def test_another_loss_at_the_same_place_is_not_listed(tmp_path: Path) -> None:
    """Of values that neither version lists the difference does not speak."""
    broken = appliance(tmp_path).broken(
        "lenses/volume.py", "state in STATE_DOWN:", "value.update(state='OFFLINE'):"
    )
    with broken.bench() as bench:
        assert isinstance(VOLUME, dict)
        assert create(bench, VOLUME | {"state": "melting"}) == [
            "the response does not come back as it was, at /body/state: 'melting' became 'offline'"
        ]


def test_what_hooks_change_is_their_business(tmp_path: Path) -> None:
    """This serial number is none that the hook could write as a number."""
    rack: Json = {"name": "a", "first": "b", "last": "c", "room": "main", "serial": {"code": "X"}}
    with racks(tmp_path).bench() as bench:
        tried = case(bench, NEW, "POST /racks", Response(status=200, body={}), body=rack)
        serial = next(each for each in bench.plan.differences if each.kind == "hooked")
        assert complaints(round_trip, bench, tried) == []
        assert bench.excused[serial.id] == 1


def test_a_refusal_on_the_way_back_is_no_loss(tmp_path: Path) -> None:
    """The old client's volume grows a field that no new client may send to an old server."""
    broken = appliance(tmp_path).broken(
        "lenses/volume_spec.py", 'value["thin"] = False', 'value["thin"] = True'
    )
    with broken.bench() as bench:
        assert create(bench) == []


def test_records_come_back_too(tmp_path: Path) -> None:
    records: tuple[Json, ...] = ({"at": 1, "what": "on"}, {"at": 2, "what": "off"})
    broken = racks(tmp_path).broken("exchanges/racks_new_client.py", '"OFF": "off"', '"OFF": "on"')
    with broken.bench() as bench:
        stream = Response(status=200, body=b"stream")
        log = case(
            bench, OLD, "GET /racks/{rack}/log", stream, path="/racks/1/log", records=records
        )
        assert complaints(round_trip, bench, log) == [
            "the response does not come back as it was, at /body/what: 'off' became 'on'"
        ]


def test_where_no_single_call_leads_back_there_is_no_way_back(tmp_path: Path) -> None:
    """The volumes of a node come from the list of all volumes, and nothing leads from there."""
    with appliance(tmp_path).bench() as bench:
        tried = case(bench, OLD, "GET /nodes/{node}/volumes", path="/nodes/1/volumes")
        assert way_back(bench, bench.run(tried)) is None
        assert complaints(round_trip, bench, tried) == []


def test_the_way_back_asks_for_what_was_sent_and_answers_with_what_was_got(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        answer = Response(status=201, body=VOLUME)
        spec: Json = {"name": "db", "size_gib": 3}
        run = bench.run(case(bench, OLD, "POST /volumes", answer, body=spec))
        back = way_back(bench, run)
        assert back is not None
        assert (back.role, back.request) == (NEW, run.outcome.sent[0])
        assert [each.response for (each,) in back.answers.values()] == [run.outcome.answer]
