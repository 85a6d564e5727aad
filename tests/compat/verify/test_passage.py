"""What neither spec knows passes, and where it does not, that is said."""

from pathlib import Path

from compat.emit.runtime.message import Response
from compat.model.schema import Json
from compat.verify.bench import Bench
from compat.verify.cases import Case, Origin
from compat.verify.checks.passage import passage
from compat.verify.documents import UNKNOWN, UNKNOWN_FIELD
from tests.compat.verify.making import NEW, OLD, appliance, case, complaints, racks

SPEC: Json = {"name": "db", "size_gib": 1, UNKNOWN_FIELD: UNKNOWN.format(1)}


def creation(bench: Bench) -> Case:
    """An old client makes a volume; both sides say something that nobody knows."""
    volume: Json = {
        "id": "1",
        "name": "db",
        "capacity_bytes": 1 << 30,
        "thin": True,
        "state": UNKNOWN.format(2),
        "node": "n",
        UNKNOWN_FIELD: UNKNOWN.format(3),
    }
    answer = Response(status=201, body=volume)
    return case(bench, OLD, "POST /volumes", answer, body=SPEC, origin=Origin.UNKNOWN)


def test_unknown_fields_and_values_pass_a_whole_package(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        assert complaints(passage, bench, creation(bench)) == []


def test_an_unknown_field_of_a_request_that_is_dropped_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken(
        "lenses/volume_spec.py", 'value["thin"] = False', f'value.pop("{UNKNOWN_FIELD}")'
    )
    with broken.bench() as bench:
        assert complaints(passage, bench, creation(bench)) == [
            f"an unknown field or value of the request does not pass, at /body/{UNKNOWN_FIELD}"
        ]


def test_an_unknown_value_of_an_answer_that_is_replaced_is_found(tmp_path: Path) -> None:
    broken = (
        appliance(tmp_path)
        .broken(
            "lenses/volume.py",
            'value["state"] = STATE_DOWN[state]',
            "pass",
        )
        .broken("lenses/volume.py", "state in STATE_DOWN:", "value.update(state='OFFLINE'):")
    )
    with broken.bench() as bench:
        assert complaints(passage, bench, creation(bench)) == [
            "an unknown field or value of the answer does not pass, at /body/state"
        ]


def test_an_unknown_value_of_a_record_that_is_replaced_is_found(tmp_path: Path) -> None:
    whole = racks(tmp_path)
    records: tuple[Json, ...] = ({"at": 1, "what": UNKNOWN.format(1)},)
    with whole.bench() as bench:
        log = case(
            bench,
            OLD,
            "GET /racks/{rack}/log",
            Response(status=200, body=b"stream"),
            path="/racks/1/log",
            records=records,
            origin=Origin.UNKNOWN,
        )
        assert complaints(passage, bench, log) == []
    broken = whole.broken(
        "exchanges/racks_old_client.py", "and what in WHAT_DOWN", "and value.update(what='ON')"
    )
    with broken.bench() as bench:
        assert complaints(passage, bench, log) == [
            "an unknown field or value of the answer does not pass, at /body/what"
        ]


def test_on_another_page_it_does_not_have_to_be_here(tmp_path: Path) -> None:
    """The new client asks for one volume of the two that the old server answers with."""
    volumes: Json = [
        {"id": n, "name": "db", "size_gib": 1, "state": "ONLINE", "node": UNKNOWN.format(n)}
        for n in ("1", "2")
    ]
    with appliance(tmp_path).bench() as bench:
        tried = case(
            bench,
            NEW,
            "GET /volumes",
            Response(status=200, body=volumes),
            query=[("max_entries", "1")],
            origin=Origin.UNKNOWN,
        )
        assert "UNKNOWN" not in repr(bench.run(tried).outcome.answer)
        assert complaints(passage, bench, tried) == []
