"""Requests find their exchange, and paths are made anew."""

import pytest

from compat.emit.runtime.message import Request
from compat.emit.runtime.routing import Route, Router
from compat.lens.ops import (
    Focus,
    Lens,
    Rename,
)
from compat.model.role import Role
from tests.compat.emit.making import ask, call, exchange, plan_of, running


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/v1/volumes/a", "/v2/volumes/a"),  # an operation that is the same
        ("/volumes/a", "/v2/volumes/a"),  # also without the base path
        ("/v1/other/a", "/v2/other/a"),  # no operation at all
        ("/other", "/other"),
        ("/v10/volumes/a", "/v10/volumes/a"),  # not below the base path
        ("/v1/volumes/a%2Fb", "/v2/volumes/a%2Fb"),
        ("/v1", "/v2"),
    ],
)
def test_the_base_path_is_replaced(path: str, sent: str) -> None:
    requests, answer = ask(
        exchange("GET /volumes/{id}", call("GET /volumes/{id}")),
        request={"method": "GET", "path": path, "query": [("q", "1")], "body": b"raw"},
        answers=({"status": 418, "body": b"short"},),
    )
    assert [(each.path, each.query, each.body) for each in requests] == [
        (sent, [("q", "1")], b"raw")
    ]
    assert (answer.status, answer.body) == (418, b"short")


ROUTES = (
    "GET /volumes",
    "GET /volumes/{id}",
    "GET /volumes/all",
    "POST /volumes/{id}",
    "GET /volumes/{pool}-{disk}",
    "GET /volumes/{id}.json",
    "GET /images/{name}/json",
    "GET /images/{name}/history",
    "GET /tags/{key}={value}",
    "GET /odd/{id:[0-9]+}",
    "GET /spa ces/{id}",
    "HEAD /own",
    "GET /own",
)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("GET /volumes", "/0"),
        ("GET /volumes/x", "/1/x"),
        ("GET /volumes/all", "/2"),
        ("POST /volumes/all", "/3/all"),
        ("GET /volumes/a-b", "/4/a/b"),
        ("GET /volumes/a-b-c", "/4/a/b-c"),
        ("GET /volumes/a.json", "/5/a"),
        ("GET /volumes/.json", "/1/.json"),  # a parameter is never empty
        ("GET /images/library/ubuntu/json", "/6/library/ubuntu"),
        ("GET /images/json/json", "/6/json"),
        ("GET /tags/a=b=c", "/8/a/b=c"),
        ("GET /odd/x", "/9/x"),
        ("GET /spa%20ces/x", "/10/x"),
        ("HEAD /own", "/11"),
        ("HEAD /volumes", "/0"),  # follows GET
        ("get /volumes", "/0"),
        ("OPTIONS /volumes", "/volumes"),
        ("GET /volumes/", "/volumes/"),
        ("GET /nothing/here", "/nothing/here"),
    ],
)
def test_requests_find_their_exchange(asked: str, sent: str) -> None:
    exchanges = []
    for number, route in enumerate(ROUTES):
        method, _, path = route.partition(" ")
        names = [name.partition(":")[0].partition("}")[0] for name in path.split("{")[1:]]
        there = "/".join([f"{method} /{number}", *(f"{{{name}}}" for name in names)])
        exchanges.append(exchange(route, call(there), name=f"route_{number}"))
    method, _, path = asked.partition(" ")
    requests, _ = ask(*exchanges, request={"method": method, "path": path}, answers=({},))
    assert requests[0].path == (f"/v2{sent}" if sent[1].isdigit() else sent)
    assert requests[0].method == method.upper()


def test_a_spanning_parameter_must_be_the_only_way() -> None:
    requests, _ = ask(
        exchange("GET /a/{x}/c", call("GET /1/{x}"), name="one"),
        exchange("GET /{x}/b/c", call("GET /2/{x}"), name="two"),
        request={"method": "GET", "path": "/a/b/b/c"},
        answers=({},),
    )
    assert requests[0].path == "/a/b/b/c"


@pytest.mark.parametrize("difference", ["", "d1"])
def test_path_parameters_are_renamed(difference: str) -> None:
    """Raw values stay as they came, whether the renaming is counted or not."""
    lens: Lens = (
        Focus(path=("path",), lens=(Rename(old="id", new="name", difference=difference),)),
    )
    requests, _ = ask(
        exchange("GET /volumes/{id}/x", call("GET /vols/{name}/y", lens)),
        request={"method": "GET", "path": "/v1/volumes/a%2fb/x"},
        answers=({},),
    )
    assert requests[0].path == "/v2/vols/a%2fb/y"


def test_a_path_parameter_that_nothing_supplies_is_refused() -> None:
    asked = exchange("GET /volumes", call("GET /pools/{pool}/volumes"))
    with running(plan_of({}, {Role.OLD_CLIENT: [asked]})) as module:
        message = module("message")
        flow = module("old_client").exchange(message.Request(method="GET", path="/v1/volumes"))
        with pytest.raises(message.GapError, match=r"GET /volumes: .* path parameter pool"):
            next(flow)


def test_a_whole_segment_wins_over_parameters_without_a_text_between() -> None:
    routes = (Route("GET", "/f/{n}"), Route("GET", "/f/{n}{e}"), Route("GET", "/f/{n}.{e}"))
    router = Router(None, base="", to="", routes=routes)
    for path, template in (("/f/ab", "/f/{n}"), ("/f/a.b", "/f/{n}.{e}")):
        way = router._find("GET", path)
        assert way is not None
        (route, _, _), _ = way
        assert route.template == template


def test_routers_of_the_same_routes_know_their_own_base() -> None:
    routes = (Route("GET", "/a"),)
    for to in ("/p", "/q"):
        router = Router(None, base="", to=to, routes=routes)
        assert router.reads("GET", "/a").calls == (("GET", f"{to}/a"),)


def test_a_method_in_lower_case_is_sent_as_methods_are() -> None:
    router = Router(None, base="/v1", to="/v2", routes=(Route("DELETE", "/a"),))
    assert next(router.exchange(Request(method="delete", path="/v1/a"))).method == "DELETE"
    assert next(router.exchange(Request(method="delete", path="/v1/b"))).method == "delete"
