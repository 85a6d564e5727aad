"""What a face says it looks into is what it looks into."""

from pathlib import Path

from compat.emit.runtime.message import Response
from compat.intent.model import Intent
from compat.model.schema import Json
from compat.verify.bench import Bench
from compat.verify.cases import Case
from compat.verify.checks.reading import reading
from tests.compat.plan.making import stands_in
from tests.compat.plan.specs import interface
from tests.compat.verify.making import OLD, appliance, case, complaints, racks, small

HOOKS = """from .message import Flow, Request


def jobs(request: Request) -> Flow:
    return (yield Request(method="PUT", path="/tasks"))
"""
CREATE = '"volumes_old_client.create_volume", request=True, answer=True)'


def creation(bench: Bench, status: int = 201) -> Case:
    answer = Response(status=status, body={"name": "db", "capacity_bytes": 1 << 30})
    spec: Json = {"name": "db", "size_gib": 1}
    return case(bench, OLD, "POST /volumes", answer, body=spec)


def test_a_whole_package_looks_into_what_it_says(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        assert complaints(reading, bench, creation(bench)) == []


def test_a_request_that_is_looked_into_after_all_is_found(tmp_path: Path) -> None:
    unsaid = CREATE.replace("request=True, ", "")
    with appliance(tmp_path).broken("old_client.py", CREATE, unsaid).bench() as bench:
        assert complaints(reading, bench, creation(bench)) == [
            "it says that it does not look into the request, and changes it"
        ]


def test_a_request_is_looked_into_even_where_the_spec_has_no_body(tmp_path: Path) -> None:
    """Parameters move into a body, which is another one if a stream is there already."""
    publish = """        "volumes_old_client.publish_volume",
        request=True,"""
    unsaid = publish.replace("True", "False")
    with appliance(tmp_path).broken("old_client.py", publish, unsaid).bench() as bench:
        query = [("host", "web"), ("protocol", "ISCSI")]
        tried = case(
            bench, OLD, "PUT /volumes/{id}/publish", path="/volumes/1/publish", query=query
        )
        found = complaints(reading, bench, tried)
        assert any("it looks into a body that it says it does not" in each for each in found)


def test_an_answer_that_is_looked_into_after_all_is_found(tmp_path: Path) -> None:
    unsaid = CREATE.replace(", answer=True", "")
    with appliance(tmp_path).broken("old_client.py", CREATE, unsaid).bench() as bench:
        assert complaints(reading, bench, creation(bench)) == [
            "it says that it does not look into the answer, and changes it"
        ]


def test_what_depends_on_a_body_that_is_not_read_is_found(tmp_path: Path) -> None:
    """The shim lets both bodies pass as they are, and still decides by them."""
    old, new = (
        interface({"PUT /jobs": f"{{query: {{state: {states}}}, body: [string], 200: [string]}}"})
        for states in ("ON|OFF", "on|off")
    )
    whole = small(tmp_path, old, new)
    with whole.bench() as bench:
        tried = case(bench, OLD, "PUT /jobs", Response(status=200, body=["a"]), body=["b"])
        assert complaints(reading, bench, tried) == []
    exchange = "exchanges/jobs_old_client.py"
    asked = whole.broken(
        exchange,
        "body=own(request.body)",
        "body=own(request.body), headers=() if request.body == ['b'] else [('a', '1')]",
    )
    with asked.bench() as bench:
        assert complaints(reading, bench, tried) == [
            "it looks into a body that it says it does not: "
            "the request's headers: [('a', '1')], not []"
        ]
    answered = small(tmp_path, old, new).broken(
        exchange, "return passed(answer)", "return passed(answer) if answer.body == ['a'] else 0"
    )
    with answered.bench() as bench:
        assert complaints(reading, bench, tried) == [
            "it looks into a body that it says it does not: "
            "it returns 0, which is no answer, not it goes well"
        ]


def test_a_stream_of_records_that_is_not_told_of_is_found(tmp_path: Path) -> None:
    told = '"racks_old_client.read_log", records=True'
    broken = racks(tmp_path).broken("old_client.py", told, '"racks_old_client.read_log"')
    with broken.bench() as bench:
        stream = Response(status=200, body=b"stream")
        log = case(bench, OLD, "GET /racks/{rack}/log", stream, path="/racks/1/log")
        assert complaints(reading, bench, log) == [
            "it does not say that the answer is a stream of records"
        ]


def test_calls_that_it_does_not_make_are_found(tmp_path: Path) -> None:
    whole = appliance(tmp_path)
    listing = '"nodes_old_client.list_node_volumes"'
    routes = (whole.folder / "old_client.py").read_text("utf-8")
    assert listing in routes
    with whole.bench() as bench:
        tried = case(bench, OLD, "GET /nodes/{node}/volumes", path="/nodes/1/volumes")
        assert complaints(reading, bench, tried) == []
    with whole.broken("old_client.py", '("GET", "/volumes")', '("GET", "/nodes")').bench() as bench:
        found = complaints(reading, bench, tried)
        assert found == ["it says it calls (('GET', '/v2/nodes'),), not [('GET', '/v2/volumes')]"]


def test_only_a_hook_knows_what_it_calls(tmp_path: Path) -> None:
    old, new = interface({"PUT /jobs": "{200: null}"}), interface({"PUT /tasks": "{200: null}"})
    decided = Intent(operations=(stands_in("PUT /jobs", hook="jobs"),))
    whole = small(tmp_path, old, new, decided, HOOKS)
    with whole.bench() as bench:
        tried = case(bench, OLD, "PUT /jobs")
        assert complaints(reading, bench, tried) == []
    known = whole.broken("old_client.py", "calls=None", 'calls=(("PUT", "/tasks"),)')
    with known.bench() as bench:
        assert complaints(reading, bench, tried) == [
            "it says it calls (('PUT', '/tasks'),), which only its hook knows"
        ]
