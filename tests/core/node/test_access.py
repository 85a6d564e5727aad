"""Who may do what: every operation of the spec, for everybody there is."""

import json
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from core.driver.node.spec import contract, read_spec
from core.site.access import Role
from core.site.contract import Operation
from tests.core.node.running import Node, node, token_settings

OPERATIONS: Final = contract().operations
NOBODY: Final = "0" * 24
TOKENS: Final = {role: f"{role.name.lower()}-{'x' * 32}" for role in Role}
EXPIRED: Final = f"expired-{'x' * 32}"
HOLDERS: Final = (
    *((role.name.lower(), token, "") for role, token in TOKENS.items()),
    ("admin", EXPIRED, 'expires = "2020-01-01T00:00:00Z"'),
)
WRONG: Final = {
    "none": None,
    "empty": "Bearer",
    "unknown": f"Bearer {'y' * 40}",
    "expired": f"Bearer {EXPIRED}",
    "prefix": f"Bearer {TOKENS[Role.ADMIN][:-1]}",
    "longer": f"Bearer {TOKENS[Role.ADMIN]}x",
    "basic": f"Basic {TOKENS[Role.ADMIN]}",
    "not ASCII": "Bearer \u00e4\u00f6\u00fc",
}
BODIES: Final[dict[str, Any]] = {
    "createGroup": {"name": "g", "volumes": [{"name": "v", "image": "/nowhere/x.img"}]},
    "keepCopy": {
        "name": "c",
        "epoch": 1,
        "mode": "sync",
        "production": {"node": NOBODY, "site": "left"},
        "volumes": [{"name": "v", "size": 1 << 20}],
        "retention": {"ladder": "2h:all 7d:1h"},  # of which there is none at a copy
    },
    "addCopy": {"site": "http://127.0.0.1:1", "epoch": 1},
    "changeCopy": {"mode": "sync"},
    "verifyCopy": {},
    "standBy": {"epoch": 2, "node": NOBODY},
    "addBookmark": {"name": "m"},
    "failOverGroup": {"dry_run": True},
    "rewindGroup": {"at": "latest"},
    "resizeVolume": {"size": 1 << 20},
    "signVolume": {},
    "openImage": {"group": NOBODY, "at": "latest"},
}
QUERIES: Final[dict[str, Any]] = {"getDivergence": {"point": 0, "epoch": 2}}
MEANT: Final = {
    **dict.fromkeys(("createGroup", "deleteGroup", "keepCopy", "addCopy", "standBy"), Role.ADMIN),
    **dict.fromkeys(("withdrawStandBy", "removeCopy", "releaseCopy"), Role.ADMIN),
    **dict.fromkeys(
        (
            *("addBookmark", "rewindGroup", "failOverGroup", "resizeVolume", "signVolume"),
            *("changeCopy", "verifyCopy"),
            *("openImage", "closeImage", "cancelOperation"),
        ),
        Role.OPERATOR,
    ),
}


@pytest.fixture(scope="module")
def guarded() -> Iterator[Node]:
    with node(token_settings(HOLDERS)) as found:
        yield found


@pytest.fixture(scope="module")
def anybody(guarded: Node) -> Iterator[httpx.Client]:
    with guarded.client() as client:
        yield client


def ask(client: httpx.Client, operation: Operation, header: str | None) -> httpx.Response:
    """A request that is one of the spec, about what is not there."""
    path = operation.path
    for name in ("group", "image", "operation"):
        path = path.replace(f"{{{name}}}", NOBODY)
    path = path.replace("{volume}", "v").replace("{copy}", "right")
    headers = [] if header is None else [(b"Authorization", header.encode("utf-8"))]
    body = {"json": BODIES[operation.id]} if operation.id in BODIES else {}
    if operation.id in QUERIES:
        body["params"] = QUERIES[operation.id]
    request = client.build_request(operation.method, path, headers=headers, **body)
    if operation.id == "getEvents":  # it has no end
        response = client.send(request, stream=True)
        response.close()
        return response
    return client.send(request)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
def test_who_may_and_who_may_not(anybody: httpx.Client, operation: Operation) -> None:
    for why, header in WRONG.items():
        code = ask(anybody, operation, header).status_code
        assert (code == 401) is (operation.role is not None), (why, code)
    for role, token in TOKENS.items():
        code = ask(anybody, operation, f"Bearer {token}").status_code
        may = operation.role is None or role >= operation.role
        assert (code == 403) is (not may), (role, code)
        assert code != 401
        if may:
            assert code in (200, 404, 422), (role, code)


def test_the_spec_asks_for_the_roles_that_are_meant() -> None:
    assert len(OPERATIONS) == 33
    for each in OPERATIONS:
        wanted = None if each.id == "getHealth" else MEANT.get(each.id, Role.VIEWER)
        assert each.role == wanted, each.id


def test_what_nobody_may_know_looks_the_same_whether_or_not_it_is_there(
    anybody: httpx.Client,
) -> None:
    told = {
        (answer.status_code, answer.text)
        for path in ("/v1/groups", "/v1/nothing", f"/v1/groups/{NOBODY}", "/")
        for answer in (anybody.get(path), anybody.post(path))
    }
    assert {code for code, _ in told} == {401}
    assert len(told) == 1
    assert anybody.get("/v1/node").headers["www-authenticate"] == "Bearer"


def test_a_header_that_is_there_twice_is_nobody_s(anybody: httpx.Client, guarded: Node) -> None:
    del guarded
    token = f"Bearer {TOKENS[Role.ADMIN]}"
    headers = [("Authorization", "Bearer x"), ("Authorization", token)]
    assert anybody.get("/v1/node", headers=headers).status_code == 401


def test_the_spec_is_one_of_openapi_3_1() -> None:
    from openapi_spec_validator import validate

    validate(json.loads(json.dumps(read_spec())))


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_a_page_from_elsewhere_does_not_use_a_node_without_tokens(
    asking: httpx.Client, host: str
) -> None:
    answer = asking.get("/v1/node", headers={"Host": host})
    assert answer.status_code == 421
    assert asking.get("/v1/node", headers={"Host": "localhost:1"}).status_code == 200
